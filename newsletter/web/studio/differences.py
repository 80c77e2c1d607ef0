"""Two versions of a file, side by side in one list: what stayed, what went, what came."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Lines of context on each side of a difference.
CONTEXT = 2


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: `same`, `gone`, `come`, or `skip` for lines left out."""

    kind: str
    text: str = ""


def differences(ours: str, theirs: str) -> list[Line]:
    """The lines that differ, with a little of what stands around them."""
    one, other = ours.splitlines(), theirs.splitlines()
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return [line for group in matcher.get_grouped_opcodes(CONTEXT) for line in _lines(group, one, other)]


def _lines(group: list[tuple[str, int, int, int, int]], one: list[str], other: list[str]) -> Iterator[Line]:
    yield Line(kind="skip")
    for tag, start, end, other_start, other_end in group:
        if tag == "equal":
            yield from (Line(kind="same", text=text) for text in one[start:end])
            continue
        yield from (Line(kind="gone", text=text) for text in one[start:end])
        yield from (Line(kind="come", text=text) for text in other[other_start:other_end])
