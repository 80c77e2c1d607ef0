"""The letters of the gallery: each shipped layout with the sample's articles, as a reader gets it."""

from pathlib import Path

from newsletter.editorial.issues import read_issue
from newsletter.model import Issue
from newsletter.project import Project
from newsletter.project.newsroom import Preview

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"
#: Layout → the issue that shows it.
LETTERS = {layout: GALLERY / f"{layout}.md" for layout in ("launch", "monthly", "appeal")}


def read_letter(layout: str) -> Issue:
    return read_issue(LETTERS[layout], root=ROOT)


def preview_letter(layout: str) -> Preview:
    return Project.open(ROOT).proofread(read_letter(layout)).preview
