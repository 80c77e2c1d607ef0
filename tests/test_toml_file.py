"""A TOML file that is no text, no TOML or no file is one line with its place, and nothing is waited for."""

import os
from pathlib import Path

import pytest

from newsletter.errors import LayoutError, NewsletterError
from newsletter.i18n import speaking
from newsletter.toml_file import line_of, read_toml


def test_a_key_is_found_in_its_own_table_or_else_the_nearest_one_around_it():
    source = 'title = "a"\n[site]\n# title = "b"\ntitle = "c"\n[lists.members]\nfrom = "d"\n'
    lines = [line_of(source, keys.split(".")) for keys in ("title", "site.title", "lists.members.from")]
    assert lines == [1, 4, 6]
    assert line_of(source, ["lists", "members", "title"]) == 5
    assert line_of(source, ["smtp", "port"]) is None


def mistake(path: Path) -> NewsletterError:
    with speaking("en"), pytest.raises(LayoutError) as caught:
        read_toml(path, file="a.toml", error=LayoutError)
    return caught.value


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"a = 1\nb = ", "a.toml:2: this line is not TOML"),
        (b"a = 1\na = 2", "a.toml:2: this line is not TOML, or says a key or a table twice"),
        (b"a = 1\n# \xe9\n", "a.toml:2: the file is not UTF-8: byte 0xE9"),
        (b"a = " + b"[" * 5000, "a.toml: this line is not TOML"),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, content: bytes, shown: str) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    assert str(mistake(path)).startswith(shown)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    assert read_toml(path, file="a.toml", error=LayoutError)[0] == {"a": 1, "b": 2}


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    assert "no ordinary file" in mistake(tmp_path / "a.toml").message


def test_a_folder_and_a_link_to_itself_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").mkdir()
    (tmp_path / "b.toml").symlink_to("b.toml")
    assert "no ordinary file" in mistake(tmp_path / "a.toml").message
    assert "leads back to itself" in mistake(tmp_path / "b.toml").message
