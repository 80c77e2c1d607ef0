"""Paths that stay in their folder, and links that do not."""

from pathlib import Path

import pytest

from newsletter.editorial.containment import stays_inside


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside, outside = tmp_path / "in", tmp_path / "out"
    for place in (inside / "deep", outside):
        place.mkdir(parents=True)
        (place / "a.md").touch()
    (inside / "up").symlink_to(outside)
    (inside / "down").symlink_to(inside / "deep")
    (inside / "a.md").symlink_to(outside / "a.md")
    (inside / "round").symlink_to(inside / "round")
    return inside.resolve()


@pytest.mark.parametrize("name", ["deep/a.md", "down/a.md", "deep", "absent.md", "down", "round"])
def test_what_stays(folder: Path, name: str) -> None:
    assert stays_inside(folder, name)


@pytest.mark.parametrize("name", ["up/a.md", "a.md", "up", "up/absent.md", "up//a.md"])
def test_what_a_link_leads_out(folder: Path, name: str) -> None:
    assert not stays_inside(folder, name)
