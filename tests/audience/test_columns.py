"""Rows read at a glance, a block at a time, say what each says when it is read with care."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.audience.columns import Columns
from newsletter.audience.sheets import Block, Record, read_sheet
from newsletter.errors import ContentError
from newsletter.model import ImportRow, Refusal

ADDRESSES = [
    "a@example.org",
    "A.b@Example.org",
    " c@example.org ",
    "'+d@example.org",
    "é@example.org",
    "a@élan.be",
    "x",
    "",
]
WORDS = st.sampled_from(
    ["", " ", "Ève", " Ève ", "'=1+1", "'", "d’Hondt", "n" * 101, "x" * 99 + " y", "coop, vélo,coop"]
)
CELLS = st.tuples(st.sampled_from(ADDRESSES), WORDS, WORDS, WORDS, WORDS).map(list)
#: Lines as nearly all are.
NEAT = st.tuples(
    st.sampled_from([each for each in ADDRESSES if each[:1] not in " '"]),
    *[st.sampled_from(["", "Ève", "d’Hondt", "x" * 99 + "y", "coop, vélo,coop"])] * 4,
).map(list)
LINES = st.one_of(CELLS, CELLS.map(lambda cells: cells[:3]), CELLS.map(lambda cells: [*cells, ""]), st.just([""]))


COLUMNS = Columns(known={"email": 0, "first_name": 1, "last_name": 2, "tags": 3}, fields={"ville": 4}, width=5)


def with_care(block: Block) -> tuple[list[ImportRow], list[Refusal]]:
    rows, refused = [], []
    for record in block.records():
        try:
            row = COLUMNS.row(record._replace(plain=False))
        except ContentError as error:
            refused.append(Refusal(line=record.line, address=COLUMNS.address(record), reason=error.message))
        else:
            rows += [row] if row else []
    return rows, refused


@given(st.lists(st.one_of(LINES, NEAT), min_size=1, max_size=12))
@example([["A.b@Example.org", "Ève", "", "coop", "Mons"], ["a@example.org", "", "x", "", ""]])
@example([["x" * 60 + "@example.org", "", "", "", ""], ["a@example.org", "", "n" * 101, "", ""]])
@example([["no address", "", "", "", ""], ["a@example.org", "", "", "", ""], ["none either", "", "", "", ""]])
def test_a_block_says_what_each_of_its_rows_says(lines: list[list[str]]) -> None:
    block = Block(2, [";".join(cells) for cells in lines], ";")
    expected = with_care(block)
    refused: list[Refusal] = []
    rows = list(COLUMNS.rows([block], refused))
    assert (rows, refused) == expected
    assert all(isinstance(row, ImportRow) for row in rows)


@given(st.lists(NEAT, min_size=1, max_size=12))
def test_neat_lines_are_seen_all_at_once(lines: list[list[str]]) -> None:
    columns = Block(2, [";".join(cells) for cells in lines], ";").columns(5)
    assert columns == [list(column) for column in zip(*lines, strict=True)]


@pytest.mark.parametrize("line", ["a; b;c", "a;b ;c", "a;'b;c", " a;b;c", "a;b;c ", "'a;b;c", "a;b", "a;b;c;d", ""])
def test_a_line_out_of_the_ordinary_is_not_seen_at_a_glance(line: str) -> None:
    assert Block(2, ["x;y;z", line], ";").columns(3) is None


def test_plain_lines_come_in_blocks_that_know_their_place(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("courriel;ville\n" + "\n" * 70_000 + "a@example.org;Mons\n", encoding="utf-8")
    last = list(read_sheet(path).parts)[-1]
    assert isinstance(last, Block)
    assert (last.line + len(last.lines) - 1, last.lines[-1]) == (70_002, "a@example.org;Mons")


def test_the_header_is_read_alone_even_where_a_line_names_the_delimiter_first(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("sep=;\ncourriel;nom", encoding="utf-8")
    assert read_sheet(path).header == Record(2, ("courriel", "nom"), plain=True)
