"""A database that may be a copy says so before it sends; moving it or starting the machine again is no reason."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.store import SqlDeliveryStore, home, open_engine, upgrade


class Folder:
    """A project's var folder, whose database can be copied, moved and put back as files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def store(self) -> SqlDeliveryStore:
        engine = open_engine("sqlite:///newsletter.db", root=self.path)
        upgrade(engine)
        # A database whose connections are closed is one file: what is copied is all of it.
        self.engine = engine
        return SqlDeliveryStore(engine)

    def settle(self) -> None:
        self.store().settle()
        self.engine.dispose()

    def doubt(self) -> str:
        doubt = self.store().doubt()
        self.engine.dispose()
        return doubt


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    path = tmp_path / "var"
    path.mkdir()
    folder = Folder(path)
    folder.settle()
    yield folder


def test_a_database_that_never_sent_is_at_home_anywhere(delivery: SqlDeliveryStore) -> None:
    assert delivery.doubt() == ""


def test_where_it_sent_from_it_sends_again(delivery: SqlDeliveryStore) -> None:
    for _run in range(2):
        delivery.settle()
        assert delivery.doubt() == ""


def test_a_copied_folder_asks_and_the_first_one_does_not(folder: Folder, tmp_path: Path) -> None:
    copy = Folder(Path(shutil.copytree(folder.path, tmp_path / "copy")))
    assert "is a copy of" in copy.doubt()
    assert str(folder.path) in copy.doubt()
    assert folder.doubt() == ""
    copy.settle()
    assert copy.doubt() == ""


def test_a_moved_folder_does_not_ask(folder: Folder, tmp_path: Path) -> None:
    assert Folder(folder.path.rename(tmp_path / "moved")).doubt() == ""


def test_a_folder_moved_to_another_disk_does_not_ask(folder: Folder, tmp_path: Path) -> None:
    moved = Folder(Path(shutil.copytree(folder.path, tmp_path / "moved")))
    shutil.rmtree(folder.path)
    assert moved.doubt() == ""


def test_an_older_state_written_over_the_database_asks(folder: Folder, tmp_path: Path) -> None:
    backup = shutil.copy(folder.path / "newsletter.db", tmp_path / "backup.db")
    assert folder.doubt() == ""
    folder.settle()
    (folder.path / "newsletter.db").write_bytes(Path(backup).read_bytes())
    assert "an older state" in folder.doubt()


def test_a_whole_folder_put_back_from_a_backup_asks(folder: Folder, tmp_path: Path) -> None:
    backup = shutil.copytree(folder.path, tmp_path / "backup")
    folder.settle()
    folder.path.rename(tmp_path / "lost")
    shutil.copytree(backup, folder.path)
    assert "a backup was put back" in folder.doubt()


def test_another_machine_asks_and_names_the_first(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "machine_id", lambda: "another")
    assert "from another machine, " in folder.doubt()


def test_a_machine_without_an_id_is_known_by_its_files_alone(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = tmp_path / "machine-id"
    monkeypatch.setattr(home, "_MACHINE_IDS", (tmp_path / "none", identity))
    assert home.machine_id() == ""
    identity.write_text("0123456789abcdef\n")
    assert len(home.machine_id()) == 32
    assert "0123456789abcdef" not in home.machine_id()


def test_a_crash_between_the_two_marks_is_no_reason_for_doubt(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*arguments: object, **options: object) -> None:
        raise RuntimeError

    store = folder.store()
    monkeypatch.setattr(home, "writing", crash)
    with pytest.raises(RuntimeError):
        store.settle()
    folder.engine.dispose()
    assert folder.doubt() == ""
