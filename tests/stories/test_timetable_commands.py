"""Mailings at an hour by the commands a person types, and the worker that lets them leave."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.model import MailingState
from tests.faults import Fault
from tests.mailroom import no_progress
from tests.stories.commands import Type
from tests.stories.test_cli_exactness import reported
from tests.stories.timetable import MONDAY, READERS, Office, office

__all__ = ["office"]


def worker(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "newsletter", "--lang", "en", "--project", str(folder), "worker"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_worker_lets_a_mailing_leave_and_a_signal_ends_it(
    office: Office, type_: Type, number: signal.Signals
) -> None:
    assert "newsletter worker" in type_("send", "156", "--yes", "--in", "1h")[2]
    now = datetime.now(UTC)
    office.project.deliveries.reschedule(1, start_at=now, not_after=now + timedelta(days=1), now=now)
    process = worker(office.folder)
    try:
        assert office.server.wait_for(len(READERS), timeout=60)
        code, _, error = type_("worker")
        assert (code, f"another worker is already running: {process.pid}@" in error) == (1, True)
        while reported(type_)["state"] != "finished":
            pass
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    assert process.returncode == 128 + number
    assert "Traceback" not in said
    assert "Mailing 1 leaves on" in said
    assert sorted(office.server.recipients) == READERS


def test_send_at_an_hour_may_stay_for_it(office: Office, type_: Type) -> None:
    code, out, error = type_("send", "156", "--yes", "--in", "5s", "--wait", "--json")
    assert code == 0
    assert json.loads(out)["counts"]["sent"] == len(READERS)
    assert "goes on" in error
    assert "to those who are then in" in error


def test_the_timetable_is_shown_and_changed_by_commands(office: Office, type_: Type) -> None:
    assert type_("send", "156", "--yes", "--at", "2099-12-01 08:00")[0] == 0
    assert "Tuesday, December 1, 2099 at 08:00 (Europe/Brussels)" in type_("mailings")[1]
    assert "Tuesday, December 1, 2099 at 08:00 (Europe/Brussels)" in type_("report")[1]
    assert reported(type_)["start_at"] == "2099-12-01T07:00:00+00:00"
    assert type_("reschedule", "last", "--at", "2099-12-02 08:00")[0] == 0
    assert "December 2, 2099" in type_("mailings")[1]
    assert type_("reschedule", "last")[0] == 2
    assert type_("send", "156", "--yes", "--at", "2099-12-01 08:00", "--in", "5m")[0] == 2
    assert type_("cancel", "last")[0] == 0
    assert reported(type_)["state"] == "cancelled"
    assert type_("send", "156", "--yes", "--at", "2099-12-01 08:00", "--not-after", "2099-11-01 08:00")[0] == 2


def test_a_killed_mailing_says_that_it_was_interrupted(office: Office, type_: Type) -> None:
    project = office.project
    mailing = project.create_mailing(project.plan(project.issue("156")))
    project.deliveries.set_state(mailing.id, MailingState.RUNNING, now=MONDAY)
    assert "interrupted" in type_("report")[1]
    assert "newsletter resume 1" in type_("report")[2]
    assert "interrupted" in type_("mailings")[1]
    assert reported(type_)["interrupted"] is True
    with project.deliveries.sole_sender():
        assert "running" in type_("report")[1]


def test_a_copy_resent_by_another_mailing_carries_the_same_id(office: Office, type_: Type) -> None:
    office.server.faults.append(Fault(at="DOT", does="keep+drop", who=READERS[7], times=1))
    run = office.project.send(office.project.plan(office.project.issue("156")), progress=no_progress)
    assert office.project.counts(run.mailing).uncertain == 1
    office.project.deliveries.set_state(run.mailing.id, MailingState.CANCELLED, now=MONDAY)
    office.project.resolve(run.mailing, resend=True)
    assert type_("send", "156", "--yes")[0] == 0
    copies = [message.content for message in office.server.accepted if message.recipient == READERS[7]]
    ids = {line for copy in copies for line in copy.split(b"\r\n") if line.startswith(b"Message-ID: ")}
    assert (len(copies), len(ids)) == (2, 1)
