"""What the DNS must show besides SPF: our key, a DMARC policy, somebody who takes answers and bounces."""

from collections.abc import Sequence

from newsletter.delivery.checkup.directory import Directory
from newsletter.delivery.dkim import SigningKey
from newsletter.i18n import _
from newsletter.model import Diagnosis, doubtful, sound, wrong

_POLICIES = ("none", "quarantine", "reject")


def check_key(directory: Directory, key: SigningKey) -> Diagnosis:
    """Does the DNS show the public half of our key, and nothing else (RFC 6376 §3.6.1)?"""
    records = [text for text in directory.texts(key.record_name) if "p=" in text]
    publish = _("publish what newsletter dkim show prints, and wait an hour")
    if not records:
        return wrong("dkim", _("the DNS does not show the key {name}", name=key.record_name), publish)
    if len(records) > 1:
        return wrong("dkim", _("the DNS shows {n} keys at {name}", n=len(records), name=key.record_name), publish)
    tags = _tags(records[0])
    if not tags.get("p"):
        return wrong("dkim", _("the key {name} is revoked in the DNS", name=key.record_name), publish)
    if "".join(tags["p"].split()) != key.public:
        return wrong("dkim", _("the DNS shows another key than ours at {name}", name=key.record_name), publish)
    if "y" in tags.get("t", "").split(":"):
        return doubtful(
            "dkim",
            _("the key {name} is marked as a test (t=y): receivers may ignore it", name=key.record_name),
            _("remove t=y from the record"),
        )
    return sound("dkim", _("the DNS shows our key {name} ({kind})", name=key.record_name, kind=key.algorithm))


def check_dmarc(directory: Directory, *, domain: str, vouching: Sequence[str]) -> Diagnosis:
    """The policy for a From domain, at it or at the nearest domain above (RFC 9989).

    `vouching` are the domains that SPF and DKIM will speak for.
    """
    where, records = _nearest_policy(directory, domain)
    if not records:
        return wrong(
            "dmarc",
            _("there is no DMARC policy for {domain}", domain=domain),
            _("publish at _dmarc.{domain} a TXT record: v=DMARC1;p=none;rua=mailto:…", domain=domain),
        )
    policy = _tags(records[0]).get("p", "").lower()
    if len(records) > 1 or policy not in _POLICIES:
        return wrong(
            "dmarc",
            _("receivers cannot read the DMARC policy at {where}: {record}", where=where, record=" / ".join(records)),
            _("leave one record, with p=none, p=quarantine or p=reject"),
        )
    if not any(is_aligned(domain, other) for other in vouching):
        return _unsatisfied(domain, policy)
    return sound("dmarc", _("{where} says p={policy} of {domain}", where=where, policy=policy, domain=domain))


def _unsatisfied(domain: str, policy: str) -> Diagnosis:
    """A policy that nothing of ours meets: the relay's own signature may still."""
    say = wrong if policy != "none" else doubtful
    return say(
        "dmarc",
        _(
            "neither the return path nor our signature speaks for {domain} (p={policy})",
            domain=domain,
            policy=policy,
        ),
        _("give delivery.return_path an address there; or sign, here (newsletter dkim new) or at the relay"),
    )


def check_exchange(directory: Directory, *, domain: str) -> Diagnosis:
    """Does anybody take the mail of this domain (RFC 5321 §5.1)?"""
    hosts = directory.exchanges(domain)
    mend = _("answers and bounces would be lost: publish an MX record, or write from a domain that has one")
    if hosts == ["."]:
        return wrong("mx", _("{domain} says that it takes no mail", domain=domain), mend)
    if not hosts and not directory.addresses(domain):
        return wrong("mx", _("nobody takes the mail of {domain}: it has no MX record", domain=domain), mend)
    lost = [host for host in hosts if not directory.addresses(host)]
    if lost:
        return wrong(
            "mx", _("{host}, which should take the mail of {domain}, has no address", host=lost[0], domain=domain), mend
        )
    return sound("mx", _("{hosts} takes the mail of {domain}", hosts=", ".join(hosts) or domain, domain=domain))


def check_names(directory: Directory, *, host: str) -> Diagnosis:
    """Is each of the relay's addresses called by a name that leads back to it (RFC 8601 §2.7.3, iprev)?"""
    addresses = directory.addresses(host)
    if not addresses:
        return wrong("relay-name", _("{host} has no address in the DNS", host=host), _("check host under [smtp]"))
    for address in addresses:
        names = directory.names(address)
        if not any(address in directory.addresses(name) for name in names):
            return doubtful(
                "relay-name",
                _("{address}, an address of {host}, has no name that leads back to it", address=address, host=host),
                _("if the relay sends from this address, receivers distrust it: ask whoever runs it for a PTR record"),
            )
    return sound("relay-name", _("every address of {host} has a name that leads back to it", host=host))


def is_aligned(one: str, other: str) -> bool:
    """True when DMARC would take one domain for the other: the same, or one above the other."""
    one, other = one.lower(), other.lower()
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _nearest_policy(directory: Directory, domain: str) -> tuple[str, list[str]]:
    """Where the first policy stands on the way up, and the records there; the last label alone is not asked."""
    labels = domain.split(".")
    for first in range(max(1, len(labels) - 1)):
        where = "_dmarc." + ".".join(labels[first:])
        records = [text for text in directory.texts(where) if text.replace(" ", "").startswith("v=DMARC1")]
        if records:
            return where, records
    return "", []


def _tags(record: str) -> dict[str, str]:
    """`v=DMARC1; p=none` by tag (RFC 6376 §3.2)."""
    pairs = (tag.partition("=") for tag in record.split(";"))
    return {name.strip(): value.strip() for name, _sign, value in pairs if name.strip()}
