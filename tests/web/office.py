"""A real project with readers and a mail server on this machine, for the pages that approve and send."""

import re
from pathlib import Path

from newsletter.project import Project, create_project
from tests.moulds import cast

ISSUE = "2023-08-16-numero-156"
#: A file of segments with one in it, of the members.
SEGMENT = """
[coop]
title = "Coopératrices"
list = "members"
tags_any = ["coopératrice"]
"""


def make_office(folder: Path, *, port: int, approved_by: str = "") -> Project:
    """The sample project and its 60 members, its last issue approved if by somebody; it sends to that port."""
    cast(folder, _furnish, approved_by=approved_by)
    settings = folder / "newsletter.toml"
    settings.write_text(settings.read_text().replace("port = 1025", f"port = {port}"))
    return Project.open(folder)


def _furnish(folder: Path, *, approved_by: str) -> None:
    create_project(folder)
    project = Project.open(folder)
    project.import_subscribers(folder / "content/members.csv", list_id="members", consent="Bulletin", dry_run=False)
    if approved_by:
        project.approve(project.issue("156"), by=approved_by)


def rewrite(project: Project, line: str, by: str) -> None:
    """Edit the issue's file as any editor would: the line that matches becomes another."""
    path = project.issues_folder / f"{ISSUE}.md"
    text, number = re.subn(line, by, path.read_text(), count=1, flags=re.M)
    assert number == 1, line
    path.write_text(text)
