"""A project with an hour: readers, an approved issue, a server, and a clock that somebody sets."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.model import Mailing, MailingState
from newsletter.project import Orders, Project, create_project
from newsletter.project.watch import Watch
from newsletter.settings import read_settings
from tests.fault_server import FaultServer
from tests.mailroom import no_progress
from tests.moulds import cast
from tests.stories.test_cli_exactness import through

READERS = [f"reader{number:03}@example.org" for number in range(40)]
#: After everything that the real clock of the commands dates.
MONDAY = datetime(2099, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    """What time it is, until somebody sets it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


class Office:
    """A project with forty readers, an approved issue, a server and a clock."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        self.folder, self.server, self.clock = folder, server, Clock(MONDAY)
        through(server, folder)
        self.project = Project(folder, read_settings(folder), now=self.clock)
        self.told: list[str] = []

    def approve(self) -> None:
        self.project.approve(self.project.issue("156"), by="Anne")

    def schedule(self, **orders: object) -> Mailing:
        """In one hour."""
        plan = self.project.plan(self.project.issue("156"), start_at=self.clock() + timedelta(hours=1))
        return self.project.schedule(plan, orders=Orders(**orders))

    def watch(self, mailing: Mailing | None = None) -> Watch:
        """For one look at the timetable."""
        look = Watch(project=self.project, tell=self.told.append, progress=no_progress, look_seconds=0)
        look.stop = OneLook()
        return look

    def look(self) -> list[MailingState]:
        """Let leave what is due; how each run ended."""
        return [run.mailing.state for run in self.watch().runs()]

    def state(self, mailing: Mailing) -> tuple[MailingState, str]:
        found = self.project.mailing(str(mailing.id))
        return found.state, found.note


class OneLook(threading.Event):
    """Stops whoever would wait."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


@pytest.fixture
def office(sample_project: Path) -> Iterator[Office]:
    cast(sample_project, _furnish)
    with FaultServer() as server:
        yield Office(sample_project, server)


def _furnish(folder: Path) -> None:
    create_project(folder)
    sheet = folder / "people.csv"
    sheet.write_text("email\n" + "\n".join(READERS) + "\n", encoding="utf-8")
    project = Project(folder, read_settings(folder), now=lambda: MONDAY)
    project.import_subscribers(sheet, list_id="members", consent="Adhésion 2023", dry_run=False)
    project.approve(project.issue("156"), by="Anne")
