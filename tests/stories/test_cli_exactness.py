"""Exactness by the commands a person types: killed, cancelled, sent twice; nobody forgotten, nobody doubled."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import RefusedError
from newsletter.project import Project, create_project
from tests.fault_server import FaultServer
from tests.faults import Fault
from tests.moulds import cast
from tests.stories.commands import Type

PEOPLE = 400
PASSWORD = "perce-neige-éèà"


@pytest.fixture
def office(sample_project: Path) -> Path:
    """A project with an approved issue and many readers, on two lists."""
    return cast(sample_project, _furnish)


def _furnish(folder: Path) -> None:
    create_project(folder)
    sheet = folder / "people.csv"
    sheet.write_text("email\n" + "".join(f"{reader}\n" for reader in READERS), encoding="utf-8")
    project = Project.open(folder)
    for name in ("members", "public"):
        project.import_subscribers(sheet, list_id=name, consent="Adhésion 2023", dry_run=False)
    project.approve(project.issue("156"), by="Anne")


READERS = [f"reader{number:03}@example.org" for number in range(PEOPLE)]


def through(server: FaultServer, project: Path, **settings: object) -> None:
    """Write into the project's settings that letters leave by this server."""
    file = project / "newsletter.toml"
    text = file.read_text(encoding="utf-8")
    for key, value in {"port": server.port, "connections": 3, **settings}.items():
        text = re.sub(rf"(?m)^{key} = \S+", f"{key} = {json.dumps(value)}", text)
    file.write_text(text, encoding="utf-8")


def struck(project: Path, server: FaultServer, *arguments: str, after: int) -> None:
    """Run a command in a process of its own and kill it once so many more messages have arrived."""
    command = [sys.executable, "-m", "newsletter", "--project", str(project), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        assert server.wait_for(len(server.accepted) + after), "nothing is sent"
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def reported(type_: Type, mailing: str = "last") -> dict[str, Any]:
    """What `report --json` says."""
    found: dict[str, Any] = json.loads(type_("report", mailing, "--json")[1])
    return found


def uncertain(report: dict[str, Any]) -> set[str]:
    return {one["email"] for one in report["named"] if one["state"] == "uncertain"}


def doubled(server: FaultServer) -> set[str]:
    return {reader for reader, copies in Counter(server.recipients).items() if copies > 1}


@pytest.mark.slow
def test_killed_and_resumed_everybody_has_it_once_or_is_named(office: Path, type_: Type) -> None:
    with FaultServer() as server:
        through(server, office)
        struck(office, server, "send", "156", "--yes", after=90)
        struck(office, server, "resume", "last", after=110)
        code, out, _ = type_("resume", "last", "--json")
        report = json.loads(out)
        assert code == (4 if uncertain(report) else 0)
        assert report["state"] == "finished"
        assert doubled(server) == set()
        assert set(READERS) - set(server.recipients) <= uncertain(report)
        assert len(uncertain(report)) <= 2 * 2 * 3
        type_("resolve", "last", "--resend")
        assert type_("resume", "last")[0] == 0
    assert set(server.recipients) == set(READERS)
    assert doubled(server) <= uncertain(report)
    ids = {(message.recipient, message_from_bytes(message.content)["Message-ID"]) for message in server.accepted}
    assert len(ids) == PEOPLE, "a copy sent again carries the same id"


@pytest.mark.slow
def test_whoever_was_only_claimed_when_a_mailing_was_killed_and_cancelled_gets_the_next_one(
    office: Path, type_: Type
) -> None:
    with FaultServer() as server:
        through(server, office)
        struck(office, server, "send", "156", "--yes", after=90)
        assert type_("cancel", "last")[0] == 0
        report = reported(type_)
        assert report["counts"]["sending"] == 0
        assert type_("send", "156", "--yes")[0] == 0
    assert doubled(server) == set()
    assert set(READERS) - set(server.recipients) <= uncertain(report)


@pytest.mark.slow
def test_an_interrupted_mailing_is_resumed_and_not_sent_anew(office: Path, type_: Type) -> None:
    with FaultServer() as server:
        through(server, office)
        struck(office, server, "send", "156", "--yes", after=90)
        type_("subscribers", "add", "new@example.org", "--list", "members", "--consent", "Adhésion 2023")
        type_("approve", "156", "--by", "Anne")
        before = len(server.accepted)
        code, _, error = type_("send", "156", "--yes")
        assert (code, len(server.accepted)) == (1, before)
        assert "mailing 1 of this issue is not over" in error
        assert "newsletter resume 1" in error


def test_an_issue_sent_twice_reaches_only_those_who_joined(office: Path, type_: Type) -> None:
    with FaultServer() as server:
        through(server, office)
        assert type_("send", "156", "--yes")[0] == 0
        code, _, error = type_("send", "156", "--yes")
        assert code == 1
        assert "there is nobody to send to" in error
        type_("subscribers", "add", "new@example.org", "--list", "members", "--consent", "Adhésion 2023")
        assert type_("send", "156", "--yes")[0] == 1
        type_("approve", "156", "--by", "Anne")
        assert type_("send", "156", "--yes")[0] == 0
    assert sorted(server.recipients) == sorted([*READERS, "new@example.org"])


def test_of_two_who_send_at_once_one_is_refused(office: Path, type_: Type) -> None:
    project = Project.open(office)
    plan = project.plan(project.issue("156"))
    with FaultServer() as server:
        through(server, office)
        assert type_("send", "156", "--yes")[0] == 0
        with pytest.raises(RefusedError, match="have changed"):
            project.send(plan, progress=lambda counts: None)
    assert sorted(server.recipients) == READERS
    assert len(project.mailings()) == 1


def test_a_list_is_approved_for_itself(office: Path, type_: Type) -> None:
    with FaultServer() as server:
        through(server, office)
        code, _, error = type_("send", "156", "--list", "public", "--yes")
        assert (code, server.accepted) == (1, [])
        assert "the list was members, it is now public" in error
        assert "--list public --by" in error
        assert type_("approve", "156", "--list", "public", "--by", "Anne")[0] == 0
        assert type_("send", "156", "--list", "public", "--yes")[0] == 0
        assert type_("send", "156", "--list", "members", "--yes")[0] == 1
    assert sorted(server.recipients) == READERS


@pytest.mark.parametrize("options", [(), ("--debug",)], ids=["quietly", "in detail"])
def test_a_wrong_password_stops_with_an_error_and_is_never_shown(
    office: Path, type_: Type, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP__PASSWORD", PASSWORD)
    faults = [Fault(at="AUTH", does=f"535 5.7.8 {PASSWORD} is wrong")]
    with FaultServer(faults=faults, password="another") as server:
        through(server, office, username="lettre")
        code, out, error = type_(*options, "send", "156", "--yes")
    assert (code, server.said("AUTH"), server.accepted) == (1, 1, [])
    assert "NEWSLETTER_SMTP__PASSWORD; the server was asked only once" in error
    assert "newsletter resume 1" in error
    assert PASSWORD not in out + error + json.dumps(reported(type_), ensure_ascii=False)


def test_a_mailing_that_only_waits_has_not_failed(office: Path, type_: Type) -> None:
    with FaultServer(faults=[Fault(at="RCPT", does="451 4.7.1 greylisted", once_each=True)]) as server:
        through(server, office)
        code, _, error = type_("send", "156", "--yes")
    assert code == 0
    assert "resume after" in error
