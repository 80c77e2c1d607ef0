"""SPF (RFC 7208): does the domain of the return path say who may send for it, and does that say our relay?"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from newsletter.delivery.checkup.directory import Directory
from newsletter.i18n import _
from newsletter.model import Diagnosis, doubtful, sound, wrong

CODE = "spf"
_MOST_QUESTIONS = 10  # §4.6.4
#: A mechanism or a modifier, and what follows its `:`, `=` or `/`.
_TERM = re.compile(r"([^:=/]*)[:=]?(.*)", re.DOTALL)
_ASKING = ("include", "a", "mx", "ptr", "exists", "redirect")


def records_of(directory: Directory, domain: str) -> list[str]:
    """The SPF records of a domain."""
    return [text for text in directory.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]


def check_spf(directory: Directory, *, domain: str, relay: Sequence[str] = ()) -> Iterator[Diagnosis]:
    """`relay` are the relay's addresses, where they are known."""
    records = records_of(directory, domain)
    if len(records) != 1:
        yield wrong(
            CODE,
            _("{domain} has {n} SPF records: receivers can use none of them", domain=domain, n=len(records))
            if records
            else _("{domain} does not say who may send for it: it has no SPF record", domain=domain),
            _("publish at {domain} a TXT record like v=spf1 include:… -all; your relay says which", domain=domain),
        )
        return
    reading = _Reading(directory, domain=domain, record=records[0])
    if reading.questions > _MOST_QUESTIONS:
        yield wrong(
            CODE,
            _("the SPF record of {domain} asks more than 10 questions", domain=domain),
            _("remove includes that are no longer used: receivers give up after ten"),
        )
    yield _ending(domain, records[0], reading)
    if relay and not any(reading.allows(address) for address in relay):
        yield doubtful(
            CODE,
            _("the SPF record of {domain} does not name the relay's own address", domain=domain),
            _("that is well if the relay sends from others; else add what it tells you to include"),
        )


def _ending(domain: str, record: str, reading: "_Reading") -> Diagnosis:
    if reading.ends_in in ("+", "?"):
        return wrong(
            CODE,
            _("the SPF record of {domain} lets anybody send: {record}", domain=domain, record=record),
            _("end it in -all or ~all"),
        )
    if not reading.ends_in:
        return doubtful(
            CODE,
            _("the SPF record of {domain} does not say what to do with others: {record}", domain=domain, record=record),
            _("end it in -all or ~all"),
        )
    return sound(CODE, _("{domain} says who may send for it: {record}", domain=domain, record=record))


class _Reading:
    """What a record, and those it leads to, come to."""

    def __init__(self, directory: Directory, *, domain: str, record: str) -> None:
        self._directory = directory
        #: Questions that a receiver must ask of the DNS.
        self.questions = 0
        self._networks: list[IPv4Network | IPv6Network] = []
        #: Qualifier of `all`: `-`, `~`, `?` or `+`; "" when there is none.
        self.ends_in = self._take(domain, record)

    def allows(self, address: str) -> bool:
        """True when an address is among the networks that pass."""
        return any(ip_address(address) in network for network in self._networks)

    def _take(self, domain: str, record: str) -> str:
        ends_in = redirect = ""
        for term in record.lower().split()[1:]:
            qualifier = term[0] if term[0] in "+-~?" else "+"
            name, value = _TERM.fullmatch(term.lstrip("+-~?")).groups("")  # type: ignore[union-attr]
            self.questions += name in _ASKING
            if name == "all":
                ends_in = qualifier
            elif name == "redirect":
                redirect = value
            elif name == "include":
                self._follow(value)
            elif qualifier == "+" and self.questions <= _MOST_QUESTIONS and "%" not in value:
                self._pass(name, value, domain=domain)
        return ends_in or (self._follow(redirect) if redirect else "")

    def _follow(self, domain: str) -> str:
        """The same for the record of another domain; a loop ends where a receiver stops asking."""
        if self.questions > _MOST_QUESTIONS or "%" in domain:
            return ""
        return next((self._take(domain, record) for record in records_of(self._directory, domain)), "")

    def _pass(self, name: str, value: str, *, domain: str) -> None:
        """Note the networks of `ip4:`, `ip6:`, `a` and `mx`; what is no network passes nobody."""
        host, _slash, mask = value.partition("/")
        hosts = {"ip4": [host], "ip6": [host], "a": [host or domain], "mx": []}.get(name, [])
        if name == "mx":
            hosts = self._directory.exchanges(host or domain)
        for one in hosts:
            for address in self._directory.addresses(one) if name in ("a", "mx") else [one]:
                with suppress(ValueError):
                    width = mask.partition("//")[0] if ":" not in address else mask.rpartition("//")[2]
                    self._networks.append(ip_network(f"{address}/{width}" if width else address, strict=False))
