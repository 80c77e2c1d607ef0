"""The two alternatives of a letter, text and HTML, encoded but for the holes that take one reader's values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Protocol

from newsletter.delivery.base64 import Base64Part
from newsletter.delivery.open_text import OpenText
from newsletter.delivery.quoted_printable import QuotedPrintablePart
from newsletter.model import MergeField, Reader
from newsletter.wording import one_line

#: Most characters of a value in the letter; names and subjects have limits of their own.
VALUE_LIMIT = 1_000
#: Values of one field that many readers share, such as first names.
_REMEMBERED = 2_048


class EncodedPart(Protocol):
    """A text with holes under one Content-Transfer-Encoding."""

    transfer_encoding: str

    @property
    def size(self) -> int:
        """Octets on the wire but for the values."""
        ...

    def encode(self, value: str) -> bytes:
        """A value as `pieces` takes it; raises PermanentFailure on a bad one."""
        ...

    def pieces(self, values: Iterable[bytes]) -> list[bytes]:
        """The encoded part with one encoded value in each hole, ended by CRLF; the first piece is always the same."""
        ...


#: Makes a part of the literals around its holes (one more than there are holes, line ends LF).
Encode = Callable[[Sequence[str]], EncodedPart]


def encode_smallest(literals: Sequence[str]) -> EncodedPart:
    """Quoted-printable while it is the shorter one: base64 from about one octet in six that is not plain ASCII."""
    readable, dense = QuotedPrintablePart(literals), Base64Part(literals)
    return readable if readable.size <= dense.size else dense


#: Makes one field's value for a reader, whose link to leave ends in this token: encoded for the text, and for the HTML.
WriteField = Callable[[Reader, str], tuple[bytes, bytes]]


@dataclass(frozen=True)
class LetterPart:
    """One of the two alternatives."""

    #: What it begins with, whoever reads it: its MIME header and its first literal.
    constant: bytes
    encoded: EncodedPart
    #: Which of all the values goes into each hole.
    holes: tuple[int, ...]

    def pieces(self, values: Sequence[bytes]) -> list[bytes]:
        """The part as it goes into the message, from what the fields' writers made: its constant first."""
        pieces = self.encoded.pieces(map(values.__getitem__, self.holes))
        pieces[0] = self.constant
        return pieces


def make_part(kind: str, text: OpenText, fields: Sequence[MergeField], *, encode: Encode, delimiter: str) -> LetterPart:
    """`fields` are all the letter's; of the two values of each, the second one is the HTML's."""
    encoded = encode(text.literals)
    header = (
        f"{delimiter}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoded.transfer_encoding}\r\n\r\n"
    )
    holes = tuple(2 * fields.index(field) + (kind == "html") for field in text.fields)
    return LetterPart(header.encode("ascii") + encoded.pieces([b""] * len(holes))[0], encoded, holes)


def write_value(field: MergeField, value: str) -> str:
    """One line: the reader's value, else the field's fallback, after the field's prefix unless both are empty."""
    line = one_line(value, limit=VALUE_LIMIT) or one_line(field.fallback, limit=VALUE_LIMIT)
    return field.prefix + line if line else ""


def writer(field: MergeField, text: EncodedPart, html: EncodedPart) -> WriteField:
    """Cleaned, escaped and encoded once, wherever the field stands in the letter."""

    @lru_cache(_REMEMBERED)
    def encode_value(value: str) -> tuple[bytes, bytes]:
        written = write_value(field, value)
        return text.encode(written), html.encode(escape(written))

    name = field.name
    if name == "unsubscribe_url":  # nothing in a token wants escaping
        return lambda _reader, token: (text.encode(token), html.encode(token))
    if name == "email":
        return lambda reader, _token: encode_value(reader.email)
    return lambda reader, _token: encode_value(reader.fields.get(name, ""))
