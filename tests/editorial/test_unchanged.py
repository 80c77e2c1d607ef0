"""What was made of files is made again once one of them changed, and not before."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.editorial.memory import forget
from newsletter.editorial.unchanged import Unchanged, with_folders
from newsletter.i18n import current_language, speaking

#: Seconds since 1970: long before the file is read.
PAST = 1_000_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "a.md"
    path.parent.mkdir()
    write(path, "un")
    return path


def write(path: Path, words: str, *, at: int = PAST) -> None:
    path.write_text(words, encoding="utf-8")
    os.utime(path, (at, at))


def reader(path: Path) -> tuple[Callable[[], str], list[str]]:
    """A reader of the file, and what it had to read so far."""
    kept: Unchanged[str] = Unchanged(answers=8)
    read: list[str] = []

    def make() -> tuple[str, list[str]]:
        read.append(path.read_text(encoding="utf-8"))
        return read[-1], with_folders(str(path.parent.parent), f"{path.parent.name}/{path.name}")

    return lambda: kept.recall("question", make), read


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's ctime cannot be set back: the clock is put on instead."""
    later = time.time_ns() + 10**9
    monkeypatch.setattr("newsletter.editorial.unchanged.time.time_ns", lambda: later)


def test_a_file_that_did_not_change_is_read_once(file: Path) -> None:
    ask, read = reader(file)
    assert [ask(), ask(), ask()] == ["un", "un", "un"]
    assert read == ["un"]


def test_a_file_that_changed_is_read_again_whatever_its_date_says(file: Path) -> None:
    ask, read = reader(file)
    ask()
    write(file, "deux")
    assert ask() == "deux"
    _copy(file, "trois").replace(file)
    assert ask() == "trois"
    assert read == ["un", "deux", "trois"]


def _copy(file: Path, words: str) -> Path:
    other = file.with_name("other")
    write(other, words)
    return other


def test_a_file_that_changed_just_now_is_not_trusted(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    ask, read = reader(file)
    assert [ask(), ask()] == ["un", "un"]
    assert read == ["un", "un"], "it may change again within the same tick of the clock"


def test_a_link_on_the_way_is_never_trusted(file: Path, tmp_path: Path) -> None:
    ask, read = reader(file)
    ask()
    file.parent.rename(tmp_path / "elsewhere")
    file.parent.symlink_to(tmp_path / "elsewhere")
    assert [ask(), ask()] == ["un", "un"]
    assert read == ["un", "un", "un"]


def test_what_a_missing_file_made_is_not_kept(file: Path) -> None:
    kept: Unchanged[int] = Unchanged(answers=8)
    asked: list[int] = []

    def make() -> tuple[int, list[str]]:
        asked.append(1)
        return len(asked), [str(file), str(file.with_name("absent"))]

    assert [kept.recall("question", make) for _time in range(2)] == [1, 2]


def test_each_language_has_its_own_and_a_new_process_none(file: Path) -> None:
    ask, read = reader(file)
    ask()
    with speaking("fr" if current_language() == "en" else "en"):
        ask()
    forget()
    ask()
    assert len(read) == 3


def test_the_least_recently_asked_for_leaves(file: Path) -> None:
    kept: Unchanged[str] = Unchanged(answers=2)
    made: list[str] = []

    def ask(question: str) -> None:
        kept.recall(question, lambda: (made.append(question) or question, [str(file)]))

    for question in ("a", "b", "a", "c", "a", "b"):
        ask(question)
    assert made == ["a", "b", "c", "b"]
