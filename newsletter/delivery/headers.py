"""The header of a message, written by an encoder of our own and read back before anything is sent.

The standard library's writer lets a subscriber's name add a header on supported interpreters, so nothing here uses it.
What is written keeps to a narrow dialect of RFC 5322 and RFC 2047: printable ASCII, one field after another, folded
only at blanks; `split_headers` reads that dialect and refuses everything else.
"""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator, Sequence

from newsletter.errors import PermanentFailure
from newsletter.i18n import _
from newsletter.wording import one_line

#: Most characters of a text header, and of a display name.
TEXT_LIMIT = 250
NAME_LIMIT = 100

#: An address we write: ASCII, no quoted local part, no address literal (RFC 5321 §4.1.2, narrowed).
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")

_BARE_LIMIT = 49
_LINE = 78  # RFC 5322 §2.1.1
_WORD = 75  # RFC 2047 §2
_FOLD = "\r\n "
_OPEN, _CLOSE = "=?utf-8?b?", "?="
_FRAME = len(_OPEN + _CLOSE)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ATOMS = rf"{_ATOM}(?: {_ATOM})*"
_B_WORD = r"=\?utf-8\?b\?[A-Za-z0-9+/]+={0,2}\?="
_B_WORDS = rf"{_B_WORD}(?: {_B_WORD})*"
_ATOM_WORDS = re.compile(_ATOMS)
_MAILBOX = re.compile(rf"(?:({_ATOMS}|{_B_WORDS}) )?<({ADDRESS.pattern})>")

#: A field: no fold straight after the colon, no line of blanks only.
_FIELD = re.compile(r"([!-9;-~]+): ((?:[!-~][ -~]*(?:\r\n [!-~][ -~]*)*)?)\r\n")
_ADDRESS_FIELDS = frozenset({"From", "Reply-To", "To"})
#: Kept on one line whatever their length: some readers do not unfold them.
_NEVER_FOLDED = frozenset({"List-Unsubscribe", "Message-ID"})


def text_header(name: str, value: str) -> bytes:
    """An unstructured field with its line end: as it is when short, ASCII and innocent, else RFC 2047 B words."""
    value = one_line(value, limit=TEXT_LIMIT)
    if not value.isascii() or "=?" in value or len(name) + len(value) + 2 > _LINE - 2:
        value = _encoded(value, after=len(name) + 2)
    return f"{name}: {value}\r\n".encode()


def address_header(name: str, address: str, display_name: str = "") -> bytes:
    """A field with exactly one mailbox, written of an address and a phrase that are each known to be just that.

    Raises PermanentFailure when `address` is not one we can write, or the phrase does not read back as the name.
    """
    if not ADDRESS.fullmatch(address):
        raise PermanentFailure(_("“{address}” is not an address that a message can be sent to", address=address))
    shown = one_line(display_name, limit=NAME_LIMIT)
    if not shown:
        return f"{name}: {address}\r\n".encode("ascii")
    if shown.isascii() and len(shown) <= _BARE_LIMIT and "=?" not in shown and _ATOM_WORDS.fullmatch(shown):
        fits = len(name) + len(shown) + len(address) + 5 <= _LINE
        return f"{name}: {shown}{' ' if fits else _FOLD}<{address}>\r\n".encode("ascii")
    words = _encoded(shown, after=len(name) + 2)
    if _read_b_words(name, words.split(_FOLD)) != shown:
        raise _refusal(name)
    return f"{name}: {words}{_FOLD}<{address}>\r\n".encode("ascii")


def raw_header(name: str, value: str) -> bytes:
    """A field of a machine, on one line and never encoded; raises PermanentFailure unless printable ASCII."""
    if not (value.isascii() and value.isprintable()):
        raise _refusal(name)
    return f"{name}: {value}\r\n".encode()


def mailbox(address: str, display_name: str = "") -> str:
    """What an address field means once decoded: `Hélène <helene@example.org>`, or the bare address."""
    shown = one_line(display_name, limit=NAME_LIMIT)
    return f"{shown} <{address}>" if shown else address


def split_headers(raw: bytes) -> list[tuple[str, str]]:
    """Fields in order, unfolded and decoded; raises PermanentFailure on any byte outside our dialect."""
    text = raw.decode("ascii", "replace")
    written = _FIELD.findall(text)
    # Fields that fill the text to its last octet have nothing between them.
    if sum([len(name) + len(value) + 4 for name, value in written]) != len(text):
        raise _refusal(_FIELD.sub("", text).partition(":")[0])
    return [(name, _decoded(name, _unfolded(name, value))) for name, value in written]


def check_headers(raw: bytes, intended: Sequence[tuple[str, str]]) -> None:
    """Refuse to send `raw` unless it reads back as exactly these fields, in order, once each.

    `intended` holds decoded values: cleaned text, or `mailbox(…)` for From, Reply-To and To. Raises PermanentFailure.
    """
    found = split_headers(raw)
    if found != list(intended) or len({name.lower() for name, _value in found}) != len(found):
        differing = [pair[0] for pair in found if pair not in intended] or [name for name, _value in intended]
        raise _refusal(differing[0])


def _encoded(text: str, *, after: int) -> str:
    """RFC 2047 B words joined by folds; the first leaves room for the `after` columns before it."""
    room = _octets_in(_LINE - 2 - after)
    if 0 < len(octets := text.encode()) <= room:
        return _b_word(octets)
    return _FOLD.join(_b_words(text, room=room))


def _b_words(text: str, *, room: int) -> Iterator[str]:
    """Words of at most 75 columns, the first of at most `room` octets, split between characters, never inside one."""
    chunk = b""
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > room:
            yield _b_word(chunk)
            room, chunk = _octets_in(_WORD), b""
        chunk += octets
    if chunk:
        yield _b_word(chunk)


def _octets_in(columns: int) -> int:
    return (columns - _FRAME) // 4 * 3


def _b_word(octets: bytes) -> str:
    return f"{_OPEN}{b2a_base64(octets, newline=False).decode('ascii')}{_CLOSE}"


def _decoded(name: str, value: str) -> str:
    """What a reader's mail program would understand; raises PermanentFailure when that is not plain to see."""
    if name in _ADDRESS_FIELDS:
        if ADDRESS.fullmatch(value):
            return value
        # Read as RFC 5322 does: a name with a bare comma would be two addresses, whatever it decodes to.
        match = _MAILBOX.fullmatch(value)
        if not match:
            raise _refusal(name)
        return f"{_unworded(name, match[1])} <{match[2]}>" if match[1] else match[2]
    return _unworded(name, value)


def _unworded(name: str, value: str) -> str:
    return _read_b_words(name, value.split(" ")) if "=?" in value else value


def _read_b_words(name: str, words: Sequence[str]) -> str:
    """Each holds whole characters (RFC 2047 §5); raises PermanentFailure when one is anything else."""
    text = ""
    try:
        for word in words:
            octets = word.removeprefix(_OPEN).removesuffix(_CLOSE)
            if not 0 < len(octets) == len(word) - _FRAME:
                raise _refusal(name)
            text += a2b_base64(octets, strict_mode=True).decode()
    except ValueError:
        raise _refusal(name) from None
    return text


def _unfolded(name: str, value: str) -> str:
    """The value on one line; raises PermanentFailure when a line of it is longer than it must be."""
    if len(name) + len(value) + 2 <= _LINE or name in _NEVER_FOLDED:
        return value.replace("\r\n", "")
    first, *others = value.split("\r\n")
    if len(name) + len(first) + 2 > _LINE and " " in first:
        raise _refusal(name)
    if any(len(line) > _LINE and " " in line[1:] for line in others):
        raise _refusal(name)
    return first + "".join(others)


def _refusal(name: str) -> PermanentFailure:
    return PermanentFailure(
        _(
            "the header {name} would not reach the reader as intended; this message is not sent",
            name=one_line(name, limit=40),
        )
    )
