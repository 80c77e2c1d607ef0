import stat
from pathlib import Path

import pytest

from newsletter.atomic import replacing, write_atomically


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("old")
    with pytest.raises(RuntimeError, match="half way"), replacing(file) as draft:
        draft.write_text("ne")
        raise RuntimeError("half way")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_the_old_file_is_read_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("old")
    with replacing(file) as draft:
        draft.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("old")
    file.chmod(0o640)
    write_atomically(file, b"new")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", 0o640)


def test_a_new_file_gets_the_permissions_asked_for_or_the_usual_ones(tmp_path: Path) -> None:
    with replacing(tmp_path / "private", mode=0o600) as draft:
        draft.touch()
    (tmp_path / "usual").touch()
    write_atomically(tmp_path / "new", b"")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes["private"] == 0o600
    assert modes["new"] == modes["usual"]


def test_a_file_that_may_not_be_replaced_is_not(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.md", b"mine", replace=False)
    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "a.md", b"other", replace=False)
    assert (tmp_path / "a.md").read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 1
