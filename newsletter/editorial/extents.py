"""Where each block is in the letter, and what it weighs: read between the tokens of its row."""

import re
from collections.abc import Iterator, Mapping, Sequence
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


def weigh_rows(parts: Sequence[str], rows: Sequence[Sequence[Piece]]) -> tuple[str, Mapping[int, Extent]]:
    """The HTML without the tokens of its rows, and the extent of each block by its number.

    Every second part is a token, or what was set in its place. A row that stands nowhere is at the end, and weighs
    nothing; tokens of a row printed twice, or half, stay.
    """
    found: dict[int, Extent] = {}
    html: list[str] = []
    tags = seen = opened = start = 0
    open_token = ""
    for place, mark in _marks(parts):
        passed = "".join(parts[seen:place])
        html.append(passed)
        tags, seen, row = tags + passed.count("<"), place + 1, rows[int(mark[2])]
        if mark[1] == "a" and not open_token and row[0].number not in found:
            open_token, start, opened = mark[0], tags, len(html)
        elif mark[1] == "e" and open_token == f"{SLOT}a{mark[2]}z":
            weight = len("".join(html[opened:]).encode()) // len(row)
            found |= dict.fromkeys((piece.number for piece in row), Extent(start, tags, weight))
            open_token = ""
        else:
            html.append(mark[0])
    if open_token:  # never closed
        html.insert(opened, open_token)
    rest = "".join(parts[seen:])
    tags += rest.count("<")
    nowhere = dict.fromkeys((piece.number for row in rows for piece in row), Extent(tags, tags, 0))
    return "".join((*html, rest)), nowhere | found


def _marks(parts: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """The tokens of rows, and where each is among the parts."""
    for place in range(1, len(parts), 2):
        if parts[place].startswith(SLOT) and (mark := _MARK.fullmatch(parts[place])):
            yield place, mark
