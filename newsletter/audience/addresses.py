"""Addresses and names as people type them, made clean or refused with a plain reason."""

import re
import unicodedata

from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.wording import one_line

#: Octets of a whole address, and of the part before the @ (RFC 5321 §4.5.3.1).
_LONGEST, _LONGEST_LOCAL = 254, 64

#: Characters kept of a person's name, or of a tag.
LONGEST_NAME = 100

#: Around an address pasted from a web page or a word processor, and never meant.
_BLANKS = " \t\r\n\v\f\0\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff"
_AROUND = re.compile(f"^[{_BLANKS}]+|[{_BLANKS}]+$")

#: Domains that no mail server on the Internet serves (RFC 6761). `test` and `example` stay: they harm nobody.
_PRIVATE = ("arpa", "invalid", "local", "localhost", "onion")

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"


def _pattern(letters: str) -> re.Pattern[str]:
    """Addresses as nearly all are, whose domain is spelt in these letters."""
    return re.compile(
        rf"(?=.{{3,{_LONGEST}}}\Z)(?=[^@]{{1,{_LONGEST_LOCAL}}}@){_ATOM}(?:\.{_ATOM})*+@(?!.*--)"
        rf"(?:(?!-)[{letters}0-9-]{{1,63}}(?<!-)\.)+(?!(?i:{'|'.join(_PRIVATE)})\Z)[{letters}]{{2,63}}"
    )


# Nearly every address is as plain as these; email-validator, seventy times slower, judges the others.
_PLAIN, _CLEAN = _pattern("A-Za-z"), _pattern("a-z")


def is_clean(address: str) -> bool:
    """Whether `clean_address` would give it back as it is, seen at a glance; False says nothing."""
    return _CLEAN.fullmatch(address) is not None


def clean_address(raw: str) -> str:
    """An address that SMTP can carry: blanks around it gone, its domain lower-cased and an A-label (RFC 5890).

    Raises ContentError with a plain reason. Nothing is asked of the network, and accents before the @ (RFC 6531)
    are refused: too few servers take them.
    """
    address = raw
    if _PLAIN.fullmatch(raw) or _PLAIN.fullmatch(address := _AROUND.sub("", raw)):
        before, _at, domain = address.partition("@")
        return address if domain.islower() else f"{before}@{domain.lower()}"
    if reason := _plain_reason(address):
        raise ContentError(reason)
    return _validated(address)


def clean_words(raw: str, *, limit: int) -> str:
    """Text for a person's record: composed (NFC), without invisible characters, single-spaced, at most `limit` long."""
    if raw.isprintable() and "  " not in raw and unicodedata.is_normalized("NFC", raw):
        return raw.strip()[:limit].rstrip()
    return one_line(" ".join(raw.split()), limit=limit)


def _plain_reason(address: str) -> str | None:
    """What a person can see is wrong, most telling first; None leaves it to the validator."""
    before, _at, domain = address.partition("@")
    stranger = next((letter for letter in before if not letter.isascii()), "")
    reasons = (
        (not address, _("there is no address")),
        ("<" in address or ">" in address, _("write the address alone, without a name and without < >")),
        ("@" not in address, _("there is no @")),
        ("@" in domain, _("there is more than one @")),
        (
            not address.isprintable() or re.search(r"\s", address),
            _("there is a blank or an invisible character inside"),
        ),
        (len(address) > _LONGEST, _("it is longer than {n} characters", n=_LONGEST)),
        (len(before) > _LONGEST_LOCAL, _("the part before the @ is longer than {n} characters", n=_LONGEST_LOCAL)),
        (stranger, _("“{letter}” is not possible before the @", letter=stranger)),
        ("." not in domain, _("the part after the @ has no dot")),
        (
            domain.lower().rpartition(".")[2] in _PRIVATE,
            _("no mail server on the Internet serves {domain}", domain=domain),
        ),
    )
    return next((reason for wrong, reason in reasons if wrong), None)


def _validated(address: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    def check(candidate: str) -> str | None:
        return validate_email(
            candidate, check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True
        ).ascii_email

    try:
        clean = check(address)
    except EmailNotValidError:
        clean = None
    if clean:
        return clean
    before, _at, domain = address.partition("@")
    try:
        check(f"a@{domain}")
    except EmailNotValidError:
        raise ContentError(_("the part after the @, {domain}, is not valid", domain=domain)) from None
    raise ContentError(_("the part before the @, {local}, is not valid", local=before))
