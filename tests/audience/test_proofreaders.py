from pathlib import Path

import pytest

from newsletter.audience.proofreaders import FILE_NAME, clean_group, read_groups, write_groups
from newsletter.errors import ContentError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


def test_a_project_without_the_file_has_no_group(file: Path) -> None:
    assert read_groups(file) == {}


def test_what_is_written_is_read_again(file: Path) -> None:
    groups = {"rédaction": ("lea@example.org",), "Les autres": ("nora@example.org", "max@example.org")}
    write_groups(file, groups)
    assert read_groups(file) == groups
    assert list(read_groups(file)) == list(groups)


def test_a_file_written_by_hand_is_read(file: Path) -> None:
    file.write_text('# la rédaction\nredaction = [" Lea@Example.org ", "lea@example.ORG"]\n')
    assert read_groups(file) == {"redaction": ("Lea@example.org", "lea@example.org")}


@pytest.mark.parametrize(
    ("text", "line"),
    [('a = ["lea@example.org"]\nb = ["lea"]\n', 2), ('a = "lea@example.org"\n', 1), ("a = [1]\n", 1), ("a = [\n", 1)],
)
def test_a_mistake_names_its_line(file: Path, text: str, line: int) -> None:
    file.write_text(text)
    with pytest.raises(ContentError) as caught:
        read_groups(file)
    assert str(caught.value).startswith(f"{FILE_NAME}:{line}")


@pytest.mark.parametrize("name", ["", "a\x00b", "[x]", "x" * 80, '"'])
def test_a_name_that_no_line_of_the_file_could_hold_is_refused(name: str) -> None:
    with pytest.raises(ContentError):
        clean_group(name, ["lea@example.org"])


def test_a_group_of_nobody_is_refused() -> None:
    with pytest.raises(ContentError):
        clean_group("redaction", [])
