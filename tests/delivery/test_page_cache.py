"""A kill is told from a power cut, and from a disk that was pulled out; where that cannot be told, it is not."""

import os
from pathlib import Path

import pytest

from newsletter.delivery import page_cache
from newsletter.delivery.page_cache import epoch_of


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux whose folder is on the first partition of a disk."""
    device = tmp_path.stat().st_dev
    partition = tmp_path / "devices" / "sda" / "sda1"
    partition.mkdir(parents=True)
    (partition.parent / "diskseq").write_text("9\n")
    (tmp_path / "block").mkdir()
    (tmp_path / "block" / f"{os.major(device)}:{os.minor(device)}").symlink_to(partition)
    (tmp_path / "boot_id").write_text("cc0a61f5-0c9b-4f0e-9d2f-2d3d0c0f7f10\n")
    monkeypatch.setattr(page_cache, "_DISKS", tmp_path / "block")
    monkeypatch.setattr(page_cache, "_BOOT", tmp_path / "boot_id")
    return tmp_path


def test_while_the_machine_and_the_disk_stay_the_epoch_does(machine: Path) -> None:
    (machine / "folder").mkdir()
    assert 0 < epoch_of(machine) == epoch_of(machine / "folder") < 2**56


@pytest.mark.parametrize("changed", ["boot_id", "devices/sda/diskseq"])
def test_a_new_start_and_a_new_appearance_of_the_disk_are_new_epochs(machine: Path, changed: str) -> None:
    before = epoch_of(machine)
    (machine / changed).write_text("10\n")
    assert 0 != epoch_of(machine) != before


@pytest.mark.parametrize("missing", ["boot_id", "devices/sda/diskseq", "folder"])
def test_where_something_is_not_said_nobody_can_tell(machine: Path, missing: str) -> None:
    (machine / "folder").mkdir()
    path = machine / missing
    path.rmdir() if path.is_dir() else path.unlink()
    assert epoch_of(machine / "folder") == 0
