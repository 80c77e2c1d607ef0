"""What every command shares: the project folder, opened when a command first needs it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.project import Newsroom, Project


@dataclass
class State:
    """The global options."""

    folder: Path
    debug: bool

    @cached_property
    def project(self) -> "Project":
        """The project; raises SettingsError when the folder is none."""
        from newsletter.cli.console import say
        from newsletter.project import Project

        project = Project.open(self.folder)
        project.tell = say
        return project

    @cached_property
    def newsroom(self) -> "Newsroom":
        """Of the project, what knows the files alone: a letter is written, built and checked without the rest."""
        from newsletter.project import Newsroom

        return Newsroom.open(self.folder)
