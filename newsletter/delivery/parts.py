"""The two alternatives of a letter, text and HTML, encoded but for the holes that take one reader's values."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from html import escape
from typing import Protocol

from newsletter.delivery.base64 import Base64Part
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
    #: What follows a value of letters and digits, which needs no more to be encoded.
    value_end: bytes

    @property
    def size(self) -> int:
        """Octets on the wire but for the values."""
        ...

    def begin(self, octets: bytes) -> bytes:
        """Put these before all that is encoded; returns what is the same in every copy, the first of the pieces."""
        ...

    def encode(self, value: str) -> bytes:
        """A value as `pieces` takes it; raises PermanentFailure on a bad one."""
        ...

    def pieces(self, values: Iterable[bytes]) -> list[bytes]:
        """The encoded part with one encoded value in each hole, ended by CRLF."""
        ...


#: Makes a part of the literals around its holes (one more than there are holes, line ends LF).
Encode = Callable[[Sequence[str]], EncodedPart]


def encode_smallest(literals: Sequence[str]) -> EncodedPart:
    """Quoted-printable while it is the shorter one: base64 from about one octet in six that is not plain ASCII."""
    readable, dense = QuotedPrintablePart(literals), Base64Part(literals)
    return readable if readable.size <= dense.size else dense


#: Makes one field's value for a reader, whose link to leave ends in this token: encoded for the text, and for the HTML.
WriteField = Callable[[Reader, bytes], tuple[bytes, bytes]]


def mime_header(kind: str, part: EncodedPart, *, delimiter: str) -> bytes:
    """What stands before a part of type text/`kind`, the line between it and what precedes it first."""
    return (
        f"{delimiter}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {part.transfer_encoding}\r\n\r\n"
    ).encode("ascii")


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
    if name == "unsubscribe_url":
        return lambda _reader, token: (token + text.value_end, token + html.value_end)
    if name == "email":
        return lambda reader, _token: encode_value(reader.email)
    return lambda reader, _token: encode_value(reader.fields.get(name, ""))
