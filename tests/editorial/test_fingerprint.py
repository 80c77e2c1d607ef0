"""What changes with every file of a folder."""

import os
from pathlib import Path

import pytest

from newsletter.editorial.fingerprint import files_digest, files_state


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "layout" / "blocks").mkdir(parents=True)
    (tmp_path / "layout" / "blocks" / "card.mjml").write_text("un")
    (tmp_path / "layout" / "layout.toml").write_text("deux")
    (tmp_path / "elsewhere").write_text("trois")
    (tmp_path / "layout" / "linked.txt").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "layout"


@pytest.fixture(params=[0, 10**12], ids=["at once", "much later"])
def later(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock, as if the files had been written long ago."""
    from newsletter.editorial.unchanged import time

    now = time.time_ns
    monkeypatch.setattr("newsletter.editorial.unchanged.time.time_ns", lambda: now() + request.param)


@pytest.mark.usefixtures("later")
def test_other_bytes_of_the_same_length_and_hour_are_another_state(folder: Path) -> None:
    file = folder / "blocks" / "card.mjml"
    before, digest, state = file.stat(), files_digest([folder]), files_state([folder])
    assert files_state([folder]) == state
    file.write_text("UN")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert files_digest([folder]) != digest
    assert files_state([folder]) != state


@pytest.mark.usefixtures("later")
def test_a_file_more_and_what_a_link_leads_to_are_another_state(folder: Path) -> None:
    states = {files_state([folder])}
    (folder.parent / "elsewhere").write_text("TROIS")
    states.add(files_state([folder]))
    (folder / "new.txt").write_text("")
    states.add(files_state([folder]))
    (folder / "new.txt").rename(folder / "other.txt")
    assert len({*states, files_state([folder])}) == 4
