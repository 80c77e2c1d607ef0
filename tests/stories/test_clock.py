"""The clock of the machine is set between two commands: each is a process that believes Debian's `faketime`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import pytest

from newsletter.project import Project, create_project
from tests.fault_server import FaultServer
from tests.faults import Fault
from tests.moulds import cast
from tests.stories.commands import Type
from tests.stories.test_cli_exactness import through

READERS = [f"reader{number:03}@example.org" for number in range(120)]


def believing(clock: str) -> dict[str, str]:
    """What makes a program believe that the clock stands there: Debian's `faketime -m --exclude-monotonic` says this.

    That command itself would stay beside the program, hear its signals alone, and leave its shared memory behind when
    it is killed: on the day its number comes again it does not start.
    """
    if not any(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")):
        pytest.skip("faketime is not installed")
    library = "/usr/$LIB/faketime/libfaketimeMT.so.1"  # the linker knows what $LIB is
    return {"LD_PRELOAD": library, "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Office(NamedTuple):
    """A project with an approved issue and its server."""

    folder: Path
    server: FaultServer

    def start(self, *arguments: str, clock: str = "+0") -> "subprocess.Popen[str]":
        """A command whose clock stands so far from ours, `-1d` or `+1h`; how time passes stays as it is."""
        command = [sys.executable, "-m", "newsletter", "--lang", "en", "--project", str(self.folder), *arguments]
        return subprocess.Popen(
            command, env=os.environ | believing(clock), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str, clock: str = "+0") -> tuple[int, str, str]:
        process = self.start(*arguments, clock=clock)
        out, error = process.communicate(timeout=120)
        assert "Traceback" not in error
        return process.returncode, out, error

    def counts(self) -> dict[str, int]:
        """How many stand in each state that somebody stands in."""
        project = Project.open(self.folder)
        counts = asdict(project.counts(project.mailing("last")))
        return {state: number for state, number in counts.items() if number}


@pytest.fixture
def office(sample_project: Path) -> Iterator[Office]:
    cast(sample_project, _furnish)
    with FaultServer() as server:
        through(server, sample_project, connections=2)
        yield Office(sample_project, server)


def _furnish(folder: Path) -> None:
    create_project(folder)
    sheet = folder / "people.csv"
    sheet.write_text("email\n" + "\n".join(READERS) + "\n", encoding="utf-8")
    project = Project.open(folder)
    project.import_subscribers(sheet, list_id="members", consent="Adhésion 2023", dry_run=False)
    project.approve(project.issue("156"), by="Anne")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clock", "comes_too_late"), [("-400d", False), ("-1d", False), ("+1d", False), ("+400d", True)]
)
def test_a_clock_set_between_a_pause_and_its_resume_loses_and_doubles_nobody(
    office: Office, clock: str, comes_too_late: bool
) -> None:
    process = office.start("send", "156", "--yes")
    assert office.server.wait_for(30), "nothing is sent"
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert (process.returncode, "newsletter resume 1" in said) == (130, True)
    assert len(office.server.accepted) < len(READERS)
    if comes_too_late:
        assert "newsletter resume 1 --late" in office.run("resume", "last", clock=clock)[2]
    assert office.run("resume", "last", *["--late"] * comes_too_late, clock=clock)[0] == 0
    assert sorted(office.server.recipients) == READERS
    assert office.counts() == {"sent": len(READERS)}


@pytest.mark.slow
@pytest.mark.parametrize(("clock", "five_hours_later"), [("-9600h", "-9595h"), ("-24h", "-19h")])
def test_a_clock_put_back_makes_no_deferred_reader_wait_for_it_to_catch_up(
    office: Office, type_: Type, clock: str, five_hours_later: str
) -> None:
    office.server.faults.append(Fault(at="RCPT", does="451 4.7.1 greylisted", once_each=True))
    assert type_("send", "156", "--yes")[0] == 0
    assert office.counts() == {"deferred": len(READERS)}
    assert office.run("resume", "last", clock=clock)[0] == 0
    assert office.server.recipients == [], "a clock that is put back hastens nobody"
    assert office.run("resume", "last", clock=five_hours_later)[0] == 0
    assert sorted(office.server.recipients) == READERS
    assert office.counts() == {"sent": len(READERS)}


@pytest.mark.slow
def test_a_mailing_too_late_by_the_clock_of_the_moment_is_refused(office: Office, type_: Type) -> None:
    assert type_("send", "156", "--yes", "--at", "2099-01-01 10:00")[0] == 0
    code, _out, error = office.run("resume", "last", clock="+30000d")
    assert code == 1
    assert "mailing 1 comes too late" in error
    assert "newsletter resume 1 --late" in error
    assert office.server.recipients == []
