"""Where each block is in the letter, and what it weighs: read between the tokens of its row."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from newsletter.editorial.manuscript import SLOT
from newsletter.editorial.pieces import Piece

#: A row between its tokens: its number, and what it shows.
_ROW = re.compile(rf"{SLOT}a(\d{{4,}})z(.*?){SLOT}e\1z", re.DOTALL)


class Extent(NamedTuple):
    """Where a block is in the HTML, counted in `<`, and its share of the bytes."""

    start: int
    end: int
    html_bytes: int


def weigh_rows(html: str, rows: Sequence[Sequence[Piece]]) -> tuple[str, Mapping[int, Extent]]:
    """The HTML without the tokens of its rows, and the extent of each block by its number.

    A row that stands nowhere is at the end, and weighs nothing; tokens of a row printed twice, or half, stay.
    """
    found: dict[int, Extent] = {}
    parts: list[str] = []
    tags = read = 0
    for match in _ROW.finditer(html):
        row, before, body = rows[int(match[1])], html[read : match.start()], match[2]
        if row[0].number not in found:
            first = tags + before.count("<")
            tags = first + body.count("<")
            found |= dict.fromkeys((it.number for it in row), Extent(first, tags, len(body.encode()) // len(row)))
            parts += (before, body)
            read = match.end()
    nowhere = dict.fromkeys((piece.number for row in rows for piece in row), Extent(tags, tags, 0))
    return "".join((*parts, html[read:])), nowhere | found
