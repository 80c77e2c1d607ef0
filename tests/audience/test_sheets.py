"""Tables as spreadsheets write them, and as accidents leave them."""

import codecs
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.audience.sheets import Sheet, read_sheet
from newsletter.errors import ContentError

TEXT = "Courriel;Prénom\r\nhelene@example.org;Hélène – l’Œuvre\r\n"


def read(folder: Path, content: bytes | str) -> Sheet:
    path = folder / "members.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_sheet(path)


def cells(folder: Path, content: bytes | str) -> list[tuple[int, tuple[str, ...]]]:
    """Line and cells of every row; none may have a problem."""
    found = list(read(folder, content).records)
    assert [record.problem for record in found] == [""] * len(found)
    return [(record.line, record.cells) for record in found]


def problems(folder: Path, content: bytes | str) -> list[tuple[int, str]]:
    return [(record.line, record.problem) for record in read(folder, content).records]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("cp1252"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 mark", "cp1252", "utf-16-le mark", "utf-16-be mark", "utf-16-le", "utf-16-be"],
)
def test_every_encoding_that_a_spreadsheet_writes_is_read(tmp_path: Path, content: bytes) -> None:
    sheet = read(tmp_path, content)
    assert sheet.header.cells == ("Courriel", "Prénom")
    assert [record.cells for record in sheet.records] == [("helene@example.org", "Hélène – l’Œuvre")]
    assert sheet.sha256 == hashlib.sha256(content).hexdigest()


def test_one_bad_byte_far_down_makes_the_whole_file_cp1252(tmp_path: Path) -> None:
    head = b"email\n" + b"a@example.org\n" * 100_000
    last = list(read(tmp_path, head + "hélène@example.org\n".encode("cp1252")).records)[-1]
    assert last.cells == ("hélène@example.org",)


def test_a_byte_that_no_encoding_knows_costs_its_row_alone(tmp_path: Path) -> None:
    found = problems(tmp_path, b"email\n\x81\xe9@example.org\nb@example.org\n")
    assert found[0][0] == 2
    assert "cannot be read" in found[0][1]
    assert found[1] == (3, "")


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_is_the_one_of_the_header(tmp_path: Path, delimiter: str) -> None:
    rows = [["email", "nom"], ["a@example.org", "Un;deux,trois\tquatre"]]
    content = "".join(delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    assert cells(tmp_path, content) == [(2, ("a@example.org", "Un;deux,trois\tquatre"))]


def test_delimiters_inside_a_quoted_header_do_not_count(tmp_path: Path) -> None:
    assert cells(tmp_path, 'email;"Nom, prénom, titre"\na@example.org;Ève\n') == [(2, ("a@example.org", "Ève"))]


def test_the_line_that_names_the_delimiter_is_honoured(tmp_path: Path) -> None:
    sheet = read(tmp_path, "sep=|\r\nemail|nom\r\na@example.org|Dupont; Cie\r\n")
    assert (sheet.header.line, sheet.header.cells) == (2, ("email", "nom"))
    assert [record.cells for record in sheet.records] == [("a@example.org", "Dupont; Cie")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(tmp_path: Path, end: str) -> None:
    assert cells(tmp_path, end.join(["email", "a@example.org", "", "b@example.org"])) == [
        (2, ("a@example.org",)),
        (4, ("b@example.org",)),
    ]


def test_a_quoted_cell_may_hold_quotes_delimiters_and_line_ends(tmp_path: Path) -> None:
    content = 'email;nom\na@example.org;"Jean ""Jo"" Dupont;\nMons"\nb@example.org;Ève\n'
    assert cells(tmp_path, content) == [
        (2, ("a@example.org", 'Jean "Jo" Dupont;\nMons')),
        (4, ("b@example.org", "Ève")),
    ]


def test_a_quotation_mark_inside_a_bare_cell_is_a_letter(tmp_path: Path) -> None:
    assert cells(tmp_path, 'email;nom\na@example.org;Disque 5" vinyle\n') == [
        (2, ("a@example.org", 'Disque 5" vinyle'))
    ]


def test_a_quote_never_closed_costs_one_line_of_a_long_file(tmp_path: Path) -> None:
    good = "".join(f"reader{n}@example.org;R\n" for n in range(3000))
    found = problems(tmp_path, f'email;nom\n{good}torn@example.org;"Jean\n{good}')
    assert [(line, problem) for line, problem in found if problem] == [
        (3002, "a quotation mark opens on this line and is never closed")
    ]
    assert len(found) == 6001


def test_a_quote_never_closed_at_the_end_is_told_with_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, 'email;nom\na@example.org;Ève\nb@example.org;"Jean')
    assert found == [(2, ""), (3, "a quotation mark opens on this line and is never closed")]


def test_quotes_that_do_not_match_are_told_with_their_line(tmp_path: Path) -> None:
    found = problems(tmp_path, 'email;nom\na@example.org;"Jean"Paul\nb@example.org;Ève\n')
    assert found == [(2, "the quotation marks of this line do not match"), (3, "")]


def test_a_huge_cell_a_huge_line_and_a_nul_byte_are_told_with_their_lines(tmp_path: Path) -> None:
    content = f"email\n{'x' * 5_000}\n{'y' * 1_000_000}\na\0b@example.org\na@example.org\n"
    assert problems(tmp_path, content) == [
        (2, "a cell holds 5000 characters"),
        (3, "the line is longer than 100000 characters"),
        (4, "there is a NUL byte in this line"),
        (5, ""),
    ]


@pytest.mark.parametrize("content", [b"PK\x03\x04rest of a zip", b"\xd0\xcf\x11\xe0\xa1\xb1"], ids=["xlsx", "xls"])
def test_a_workbook_renamed_is_told_how_to_be_saved(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ContentError, match="a workbook, not a CSV") as refusal:
        read(tmp_path, content)
    assert "CSV UTF-8" in (refusal.value.hint or "")


@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", codecs.BOM_UTF8, b"sep=;\n"])
def test_an_empty_file_is_told_so(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ContentError, match="the file is empty"):
        read(tmp_path, content)


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be read"):
        read_sheet(tmp_path / "nowhere.csv")
    with pytest.raises(ContentError, match="cannot be read"):
        read_sheet(tmp_path)


def test_a_header_with_an_open_quote_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="never closed") as refusal:
        read(tmp_path, 'email;"nom\n')
    assert refusal.value.where
    assert refusal.value.where.line == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(tmp_path: Path, content: bytes) -> None:
    try:
        found = list(read(tmp_path, content).records)
    except ContentError:
        return
    assert all(record.problem or record.cells for record in found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text('a";,\t \n\r\0é', max_size=20), max_size=12))
def test_a_good_last_row_survives_whatever_stands_before_it(tmp_path: Path, junk: list[str]) -> None:
    content = "email;nom\n" + "\n".join(junk) + "\nlast@example.org;Ève\n"
    found = list(read(tmp_path, content).records)
    said = [record.cells for record in found if not record.problem]
    assert ("last@example.org", "Ève") in said or any("last@example.org" in "".join(row) for row in said)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(ContentError):
        read_sheet(tmp_path / "a.csv")
