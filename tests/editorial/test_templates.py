"""Templates compiled once for a user, where nobody else can write, and never at the price of a letter."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.editorial.templates import Templates, forget_templates
from newsletter.model import Layout


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the system keeps temporary files, empty."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    forget_templates()
    yield tmp_path
    forget_templates()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A layout of one template."""
    folder = tmp_path / "maquette"
    folder.mkdir()
    (folder / "x.txt").write_text("{{ 1 + 1 }}")
    nothing: dict[str, str] = {}
    return Layout(
        name="maquette",
        folder=str(folder),
        kit=None,
        help="",
        blocks={},
        parameters={},
        colours=nothing,
        fonts=nothing,
        classes=nothing,
        width=600,
        sha256="",
    )


def _printed(layout: Layout) -> str:
    """By a process that has just started."""
    forget_templates()
    return Templates(layout).render("x.txt", {}, language="fr")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("newsletter-*.cache"))


def test_what_was_compiled_is_found_again_and_prints_the_same(kept: Path, layout: Layout) -> None:
    first = _printed(layout)
    files = {file: file.stat().st_mtime_ns for file in _files(kept)}
    assert files
    assert _printed(layout) == first
    assert {file: file.stat().st_mtime_ns for file in _files(kept)} == files


def test_only_its_user_can_write_what_is_run(kept: Path, layout: Layout) -> None:
    _printed(layout)
    [folder] = {file.parent for file in _files(kept)}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == os.getuid()


def test_a_folder_that_others_can_write_to_is_not_believed(kept: Path, layout: Layout) -> None:
    folder = kept / f"_jinja2-cache-{os.getuid()}"
    folder.symlink_to(kept)
    assert _printed(layout)
    assert not _files(kept)


def test_a_template_that_changed_is_compiled_again(kept: Path, layout: Layout) -> None:
    assert _printed(layout) == "2"
    (Path(layout.folder) / "x.txt").write_text("{{ 1 + 2 }}")
    assert _printed(layout) == "3"


def test_a_damaged_file_and_a_full_disk_cost_only_time(
    kept: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _printed(layout)
    for file in _files(kept):
        file.write_bytes(file.read_bytes()[:30])
    assert _printed(layout) == first

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    for file in _files(kept):
        file.unlink()
    assert _printed(layout) == first
