"""Rows read at a glance, a block at a time, say what each says when it is read with care."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.columns import Columns
from newsletter.audience.sheets import Block, Record, as_records, read_sheet
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
LINES = st.one_of(CELLS, CELLS.map(lambda cells: cells[:3]), CELLS.map(lambda cells: [*cells, ""]), st.just([""]))


COLUMNS = Columns(known={"email": 0, "first_name": 1, "last_name": 2, "tags": 3}, fields={"ville": 4}, width=5)


def with_care(block: Block) -> tuple[list[ImportRow], list[Refusal]]:
    rows, refused = [], []
    for record in as_records(block):
        try:
            row = COLUMNS.row(record._replace(plain=False))
        except ContentError as error:
            refused.append(Refusal(line=record.line, address=COLUMNS.address(record), reason=error.message))
        else:
            rows += [row] if row else []
    return rows, refused


@given(st.lists(LINES, min_size=1, max_size=12))
def test_a_block_says_what_each_of_its_rows_says(lines: list[list[str]]) -> None:
    expected = with_care(Block(2, lines))
    refused: list[Refusal] = []
    rows = list(COLUMNS.rows([Block(2, [[*cells] for cells in lines])], refused))
    assert (rows, refused) == expected


def test_plain_lines_come_in_blocks_that_know_their_place(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("courriel;ville\n" + "\n" * 70_000 + "a@example.org;Mons\n", encoding="utf-8")
    last = list(read_sheet(path).parts)[-1]
    assert isinstance(last, Block)
    assert (last.line + len(last.rows) - 1, last.rows[-1]) == (70_002, ["a@example.org", "Mons"])


def test_the_header_is_read_alone_even_where_a_line_names_the_delimiter_first(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("sep=;\ncourriel;nom", encoding="utf-8")
    assert read_sheet(path).header == Record(2, ("courriel", "nom"), plain=True)
