"""Quoted-printable that is encoded in pieces (RFC 2045 §6.7): the letter once, each reader's values alone.

It works because a value stands on physical lines of its own: what precedes it ends in a soft break, and so does the
value. No line is longer than 76, ends in a blank, or starts with a dot or `From `: nothing on the way has a reason to
rewrite a line, and the sender needs no dot-stuffing. No line holds two blanks in a row: it is its own relaxed form
(RFC 6376 §3.4.4).
"""

import re
from collections.abc import Iterable, Sequence

from newsletter.errors import PermanentFailure
from newsletter.i18n import _

#: Two columns short of what the norm allows beside the soft break: room to escape what starts a line.
_WIDTH = 73
_SOFT_BREAK = b"=\r\n"

#: What cannot stand as it is, and the second of two blanks.
_SPECIAL = re.compile(rb"[^ -<>-~]|(?<= ) ")
#: A row of at most 73 columns that does not end inside an escape.
_ROW = re.compile(rb".{1,73}(?<!=)(?<!=[0-9A-F])")
_LINE_START = re.compile(rb"^(?:\.|F(?=rom ))", re.MULTILINE)
#: A value that is one row as it stands, unless two blanks are in it.
_PLAIN = re.compile(rf"(?!\.|From )[ -<>-~]{{0,{_WIDTH - 1}}}[!-<>-~]")
_SOUND = re.compile(rb"(?:(?!\.|From )(?:[ -~]{0,75}[!-~])?\r\n)*")


def encode_literal(text: str, *, hole_follows: bool) -> bytes:
    """Any number of lines, ended by LF; starts and, when a hole follows, ends at the start of a physical line."""
    rows = b"\r\n".join([_folded(_escaped(line)) for line in text.encode("utf-8", "replace").split(b"\n")])
    encoded = _LINE_START.sub(_escape_one, rows)
    broken = not encoded or encoded.endswith(b"\r\n")
    return encoded + _SOFT_BREAK if hole_follows and not broken else encoded


def encode_value(value: str) -> bytes:
    """One value on physical lines of its own, ended by a soft break; a line end in it is escaped like any octet.

    Raises PermanentFailure when it is not fit to send.
    """
    if "  " not in value and _PLAIN.fullmatch(value):
        return value.encode("ascii") + _SOFT_BREAK
    if not value:
        return b""
    encoded = _LINE_START.sub(_escape_one, _folded(_escaped(value.encode("utf-8", "replace")))) + _SOFT_BREAK
    check_lines(encoded)
    return encoded


class QuotedPrintablePart:
    """A text with holes, encoded but for the holes. Safe to share once it has begun."""

    #: Value of Content-Transfer-Encoding.
    transfer_encoding = "quoted-printable"
    value_end = _SOFT_BREAK
    #: A value as `pieces` takes it.
    encode = staticmethod(encode_value)

    def __init__(self, literals: Sequence[str]) -> None:
        """`literals` stand around the holes, one more than there are holes; line ends are LF, the last one ends a line.

        Raises PermanentFailure when an encoded literal is not fit to send.
        """
        last = len(literals) - 1
        self._open = [b""] * (2 * last + 1)
        self._open[::2] = [encode_literal(text, hole_follows=n < last) for n, text in enumerate(literals)]
        for literal in self._open:
            check_lines(literal)

    @property
    def size(self) -> int:
        """Octets on the wire but for the values."""
        return sum(map(len, self._open))

    def begin(self, octets: bytes) -> bytes:
        """Put these before all that is encoded; returns what is the same in every copy, the first of the pieces."""
        self._open[0] = octets + self._open[0]
        return self._open[0]

    def pieces(self, values: Iterable[bytes]) -> list[bytes]:
        """The whole part with one encoded value in each hole."""
        pieces = self._open.copy()
        pieces[1::2] = values  # ValueError unless there are as many as holes
        return pieces


def check_lines(encoded: bytes) -> None:
    """Refuse what a mail server could misread: raises PermanentFailure on any line that is not as promised above."""
    if not _SOUND.fullmatch(encoded if encoded.endswith(b"\r\n") else encoded + b"\r\n"):
        raise PermanentFailure(_("a part of the message is not encoded as it should be; this message is not sent"))


def _escaped(octets: bytes) -> bytes:
    escaped = _SPECIAL.sub(_escape_one, octets)
    return escaped[:-1] + b"=20" if escaped.endswith(b" ") else escaped


def _folded(line: bytes) -> bytes:
    return line if len(line) <= _WIDTH else _SOFT_BREAK.join(_ROW.findall(line))


def _escape_one(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]
