"""Where each block is in the letter, and what it weighs: read between the tokens of its row."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from newsletter.editorial.manuscript import SLOT
from newsletter.editorial.pieces import Piece

#: Before a row, and after it; its number.
_MARK = re.compile(rf"{SLOT}([ae])(\d{{4,}})z")


class Extent(NamedTuple):
    """Where a block is in the HTML, counted in `<`, and its share of the bytes."""

    start: int
    end: int
    html_bytes: int


class _Scale:
    """What stands before the open row, and in it."""

    def __init__(self) -> None:
        self.html: list[str] = []
        self.tags = 0
        #: Where the row that is open begins in `html`.
        self.opened = 0

    def passed(self) -> str:
        """What came since the last call."""
        text = "".join(self.html[self.opened :])
        self.opened = len(self.html)
        self.tags += text.count("<")
        return text


def weigh_rows(parts: Iterable[str], rows: Sequence[Sequence[Piece]]) -> tuple[str, Mapping[int, Extent]]:
    """The HTML without the tokens of its rows, and the extent of each block by its number.

    Each token is a part of its own. A row that stands nowhere is at the end, and weighs nothing; tokens of a row
    printed twice, or half, stay.
    """
    found: dict[int, Extent] = {}
    scale, open_token = _Scale(), ""
    for part in parts:
        mark = _MARK.fullmatch(part) if part.startswith(SLOT) else None
        row = rows[int(mark[2])] if mark else ()
        if mark and mark[1] == "a" and not open_token and row[0].number not in found:
            scale.passed()
            open_token = part
        elif mark and mark[1] == "e" and open_token == f"{SLOT}a{mark[2]}z":
            start, weight = scale.tags, len(scale.passed().encode()) // len(row)
            found |= dict.fromkeys((piece.number for piece in row), Extent(start, scale.tags, weight))
            open_token = ""
        else:
            scale.html.append(part)
    if open_token:  # never closed
        scale.html.insert(scale.opened, open_token)
    scale.passed()
    nowhere = dict.fromkeys((piece.number for row in rows for piece in row), Extent(scale.tags, scale.tags, 0))
    return "".join(scale.html), nowhere | found
