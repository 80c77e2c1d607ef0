"""Base64 that is encoded in pieces (RFC 2045 §6.8): the letter once, each reader's values alone.

Three octets make four characters, so what follows a value depends on where the value ends. Each literal is therefore
encoded three times, without its first 0, 1 and 2 octets; a value takes with it what its neighbours lack to make
whole threes, and stands on lines of its own. Lines may have any length up to 76, so nothing else changes.
"""

from binascii import b2a_base64
from collections.abc import Iterable, Sequence

_ROW = 57  # octets that make 76 columns


#: A literal after so many octets: what makes their last ones three, whole threes encoded, and what is left. Without
#: lines the literal is too short, and goes along with the next value.
_Phase = tuple[bytes, bytes | None, bytes]


class Base64Part:
    """A text with holes, encoded but for the holes. Safe to share once it has begun."""

    #: Value of Content-Transfer-Encoding.
    transfer_encoding = "base64"
    value_end = b""

    def __init__(self, literals: Sequence[str]) -> None:
        """`literals` stand around the holes, one more than there are holes; line ends are LF, and become CRLF."""
        raw = [literal.replace("\n", "\r\n").encode("utf-8", "replace") for literal in literals]
        _none, lines, self._rest = _phase(raw[0], 0)
        self._opening = lines or b""
        # By how many octets, beyond whole threes, stand before the literal.
        self._others = [[_phase(literal, -before % 3) for before in range(3)] for literal in raw[1:]]

    @property
    def size(self) -> int:
        """Octets on the wire but for the values."""
        return len(self._opening) + sum(len(phases[0][1] or b"") for phases in self._others)

    def begin(self, octets: bytes) -> bytes:
        """Put these before all that is encoded; returns what is the same in every copy, the first of the pieces."""
        self._opening = octets + self._opening
        return self._opening

    def encode(self, value: str) -> bytes:
        """A value as `pieces` takes it: only what stands before it tells where its threes begin."""
        return value.encode("utf-8", "replace")

    def pieces(self, values: Iterable[bytes]) -> list[bytes]:
        """The whole part with one encoded value in each hole."""
        pieces, octets = [self._opening], self._rest
        for value, phases in zip(values, self._others, strict=True):
            octets += value
            first, lines, rest = phases[len(octets) % 3]
            octets += first
            if lines is not None:
                pieces += encode_lines(octets), lines
                octets = rest
        pieces.append(encode_lines(octets))
        return pieces


def encode_lines(octets: bytes) -> bytes:
    """Lines of at most 76 characters, each ended by CRLF; nothing makes no line."""
    if len(octets) <= _ROW:
        return b2a_base64(octets, newline=False) + b"\r\n" if octets else b""
    rows = range(0, len(octets), _ROW)
    return b"".join([b2a_base64(octets[at : at + _ROW], newline=False) + b"\r\n" for at in rows])


def _phase(literal: bytes, first: int) -> _Phase:
    if len(literal) < first:
        return literal, None, b""
    whole = len(literal) - (len(literal) - first) % 3
    return literal[:first], encode_lines(literal[first:whole]), literal[whole:]
