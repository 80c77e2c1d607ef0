"""Base64 that is encoded in pieces (RFC 2045 §6.8): the letter once, each reader's values alone.

Three octets make four characters, so what follows a value depends on where the value ends. Each literal is therefore
encoded three times, without its first 0, 1 and 2 octets; a value takes with it what its neighbours lack to make
whole threes, and stands on lines of its own. Lines may have any length up to 76, so nothing else changes.
"""

from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_ROW, _COLUMNS = 57, 76  # octets, and what they become


class _Phase(NamedTuple):
    """A literal without its first 0 to 2 octets, which make three with what goes before them.

    Then whole threes, encoded, and the 0 to 2 octets that are left.
    """

    skipped: bytes
    lines: bytes
    rest: bytes


class Base64Part:
    """A text with holes, encoded but for the holes. Safe to share: nothing in it changes."""

    #: Value of Content-Transfer-Encoding.
    transfer_encoding = "base64"

    def __init__(self, literals: Sequence[str]) -> None:
        """`literals` stand around the holes, one more than there are holes; line ends are LF, and become CRLF."""
        raw = [literal.replace("\n", "\r\n").encode("utf-8", "replace") for literal in literals]
        self._opening = _phase(raw[0], 0)
        self._others = [(literal, [_phase(literal, skipped) for skipped in range(3)]) for literal in raw[1:]]

    @property
    def size(self) -> int:
        """Octets on the wire but for the values."""
        return len(self._opening.lines) + sum(len(phases[0].lines) for _literal, phases in self._others)

    def encode(self, value: str) -> bytes:
        """A value as `pieces` takes it: only what stands before it tells where its threes begin."""
        return value.encode("utf-8", "replace")

    def pieces(self, values: Iterable[bytes]) -> list[bytes]:
        """The whole part with one encoded value in each hole."""
        _none, lines, open_octets = self._opening
        pieces = [lines]
        for value, (literal, phases) in zip(values, self._others, strict=True):
            open_octets += value
            lacking = -len(open_octets) % 3
            if lacking > len(literal):
                open_octets += literal
                continue
            skipped, lines, rest = phases[lacking]
            pieces += encode_lines(open_octets + skipped), lines
            open_octets = rest
        pieces.append(encode_lines(open_octets))
        return pieces


def encode_lines(octets: bytes) -> bytes:
    """Lines of at most 76 characters, each ended by CRLF; nothing makes no line."""
    length = len(octets)
    if 0 < length <= _ROW:
        return b2a_base64(octets, newline=False) + b"\r\n"
    if _ROW < length <= 2 * _ROW:  # most links
        whole = b2a_base64(octets, newline=False)
        return b"%b\r\n%b\r\n" % (whole[:_COLUMNS], whole[_COLUMNS:])
    rows = range(0, len(octets), _ROW)
    return b"".join([b2a_base64(octets[at : at + _ROW], newline=False) + b"\r\n" for at in rows])


def _phase(literal: bytes, skipped: int) -> _Phase:
    whole = len(literal) - (len(literal) - skipped) % 3
    return _Phase(literal[:skipped], encode_lines(literal[skipped:whole]), literal[whole:])
