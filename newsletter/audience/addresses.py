"""Addresses and names as people type them, made clean or refused with a plain reason."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

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


# Nearly every address is as plain as this; email-validator, seventy times slower, judges the others.
_PLAIN = re.compile(
    rf"(?=.{{3,{_LONGEST}}}\Z)(?=[^@]{{1,{_LONGEST_LOCAL}}}@){_ATOM}(?:\.{_ATOM})*+@(?!.*--)"
    rf"(?:(?!-)[A-Za-z0-9-]{{1,63}}(?<!-)\.)+(?!(?i:{'|'.join(_PRIVATE)})\Z)[A-Za-z]{{2,63}}"
)

#: What stands before the @ of nearly every address; `_plain_reasons` has seen its length.
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*+")

#: Characters of an address up to which none of its parts can be too long.
LONGEST_SHORT = _LONGEST_LOCAL
#: Characters of any other field.
LONGEST_FIELD = 1_000

_LETTERS = "[a-z0-9]++"
_CLEAN_LINES = re.compile(
    rf"(?:{_ATOM}(?:\.{_ATOM})*+@(?:{_LETTERS}(?:-{_LETTERS})*+\.)++(?!(?:{'|'.join(_PRIVATE)})\n)[a-z]{{2,}}+\n)*+"
)


def doubtful(addresses: Sequence[str]) -> Iterator[int]:
    """Positions of those that `clean_address` must see; it would give all others back as they are.

    They are `LONGEST_SHORT` at most, and of one line each: seen all together they cost a third.
    """
    text = "\n".join([*addresses, ""])
    start = position = 0
    while run := _CLEAN_LINES.match(text, start):
        position += text.count("\n", start, run.end())
        if run.end() == len(text):
            return
        yield position
        start, position = text.index("\n", run.end()) + 1, position + 1


def clean_address(raw: str) -> str:
    """An address that SMTP can carry: blanks around it gone, its domain lower-cased and an A-label (RFC 5890).

    Raises ContentError with a plain reason. Nothing is asked of the network, and accents before the @ (RFC 6531)
    are refused: too few servers take them.
    """
    address = raw
    if _PLAIN.fullmatch(raw) or _PLAIN.fullmatch(address := _AROUND.sub("", raw)):
        before, _at, domain = address.partition("@")
        return address if domain.islower() else f"{before}@{domain.lower()}"
    if not address:
        raise ContentError(_("there is no address"))
    for reason in _plain_reasons(address):
        raise ContentError(reason)
    return _validated(address)


def clean_words(raw: str, *, limit: int) -> str:
    """Text for a person's record: composed (NFC), without invisible characters, single-spaced, at most `limit` long."""
    if raw.isprintable() and "  " not in raw and unicodedata.is_normalized("NFC", raw):
        return raw.strip()[:limit].rstrip()
    return one_line(" ".join(raw.split()), limit=limit)


def _plain_reasons(address: str) -> Iterator[str]:
    """What a person can see is wrong, most telling first; nothing leaves it to the validator."""
    before, _at, domain = address.partition("@")
    if "<" in address or ">" in address:
        yield _("write the address alone, without a name and without < >")
    if "@" not in address:
        yield _("there is no @")
    if "@" in domain:
        yield _("there is more than one @")
    if not address.isprintable() or re.search(r"\s", address):
        yield _("there is a blank or an invisible character inside")
    if len(address) > _LONGEST:
        yield _("it is longer than {n} characters", n=_LONGEST)
    if len(before) > _LONGEST_LOCAL:
        yield _("the part before the @ is longer than {n} characters", n=_LONGEST_LOCAL)
    if not before.isascii():
        yield _("“{letter}” is not possible before the @", letter=next(each for each in before if not each.isascii()))
    if "." not in domain:
        yield _("the part after the @ has no dot")
    if domain.lower().rpartition(".")[2] in _PRIVATE:
        yield _("no mail server on the Internet serves {domain}", domain=domain)


def _validated(address: str) -> str:
    before, _at, domain = address.partition("@")
    carried = _carried(domain)
    if not carried:
        raise ContentError(_("the part after the @, {domain}, is not valid", domain=domain))
    address = f"{before}@{carried}"
    clean = address if _LOCAL.fullmatch(before) and len(address) <= _LONGEST else _judged(address)
    if not clean:
        raise ContentError(_("the part before the @, {local}, is not valid", local=before))
    return clean


@lru_cache(maxsize=4096)
def _carried(domain: str) -> str:
    """A domain in A-labels, "" when it is none. Asked again and again: people share their domains."""
    return _judged(f"a@{domain}").removeprefix("a@")


def _judged(address: str) -> str:
    """What email-validator makes of an address; "" when it refuses."""
    if _PLAIN.fullmatch(address):
        return address
    from email_validator import EmailNotValidError, validate_email

    try:
        judged = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True
        )
    except EmailNotValidError:
        return ""
    return judged.ascii_email or ""
