"""The files of a build: complete, or as they were."""

import json
from pathlib import Path

import pytest

from newsletter.editorial.output import write_build
from newsletter.errors import ContentError
from newsletter.model import RenderedMail

MAIL = RenderedMail(
    issue="2023-08-16-numero-156",
    variant="members",
    language="fr",
    subject="Objet",
    preheader="Préambule",
    html="<p>é</p>",
    text="é",
    fields=(),
    sha256="0" * 64,
)


def test_the_manifest_says_what_the_files_are(tmp_path: Path) -> None:
    build = write_build(tmp_path / "out", MAIL, [], eml=b"x", html="<p>\u00e9</p>", text="\u00e9")
    manifest = json.loads((build.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["sha256"] == MAIL.sha256
    assert manifest["files"]["message.html"]["bytes"] == len((build.folder / "message.html").read_bytes()) == 9
    assert {path.name for path in build.folder.iterdir()} == {*manifest["files"], "manifest.json"}


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(ContentError):
        write_build(tmp_path / "out", MAIL, [], eml=b"", html="", text="")


def test_a_full_disk_leaves_the_last_build_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_build(tmp_path, MAIL, [], eml=b"old", html="old", text="old")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ContentError, match="the disk is full"):
        write_build(tmp_path, MAIL, [], eml=b"new", html="new", text="new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
