"""`newsletter purge`, four hundred days and six years later: what goes, what stays, and what a person is told."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsletter.audience.subscriptions import unsubscribe
from newsletter.audience.tokens import make_unsubscribe_token
from newsletter.i18n import speaking
from newsletter.project import Orders, Project
from newsletter.settings import read_settings
from tests.fault_server import FaultServer
from tests.faults import Fault
from tests.mailroom import no_progress
from tests.stories.commands import Type
from tests.stories.test_cli_exactness import through

READERS = [f"reader{number}@example.org" for number in range(6)]

#: A project so many days after all that happened in it.
Live = Callable[..., Path]


@pytest.fixture
def live(sample_project: Path) -> Iterator[Live]:
    """Number 156 is rehearsed, then sent to six readers, and one of them leaves; all of it so many days ago."""
    with FaultServer() as server:
        through(server, sample_project)

        def live(days: int, *, refused: str = "") -> Path:
            if refused:
                server.faults.append(Fault(at="RCPT", does=f"550 5.7.1 <{refused}> not today", who=refused))
            at = datetime.now(UTC) - timedelta(days=days)
            project = Project(sample_project, read_settings(sample_project), now=lambda: at)
            for reader in READERS:
                project.add_subscriber(reader, list_id="members", consent="Adhésion 2023")
            for rehearsal in (True, False):
                plan = project.plan(project.issue("156"), rehearsal=rehearsal)
                project.send(plan, orders=Orders(unapproved=True), progress=no_progress)
            leave(project, READERS[0], at=at)
            age(project.rehearsal_folder(1), at=at)
            return sample_project

        yield live


def leave(project: Project, email: str, *, at: datetime) -> None:
    """By the link in the letter."""
    person = project.audience.find(email)
    assert person
    (theirs,) = project.audience.subscriptions(person.id)
    token = make_unsubscribe_token(project.audience.secret(), theirs.id)
    assert unsubscribe(project.audience, token, now=at, detail="one-click")


def age(path: Path, *, at: datetime) -> None:
    """As if it had been written then."""
    for one in (*path.rglob("*"), path):
        os.utime(one, (at.timestamp(), at.timestamp()))


def purged(type_: Type, *options: str) -> dict[str, int]:
    """What `purge --json` counts, of what is not nothing."""
    code, out, _err = type_("purge", "--json", *options)
    assert code == 0
    return {kind: number for kind, number in json.loads(out).items() if number}


def report(type_: Type) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(type_("report", "2", "--json")[1])
    return found


def test_nothing_young_goes(live: Live, type_: Type) -> None:
    live(80)
    assert purged(type_) == {}
    assert "Nothing is older than it may be." in type_("purge")[1]


def test_four_hundred_days_later_the_addresses_go_and_the_report_stays(live: Live, type_: Type) -> None:
    folder = live(400)
    rehearsal, before = folder / "var" / "rehearsal" / "1", report(type_)
    assert purged(type_, "--dry-run") == {"deliveries": 12, "rehearsals": 1, "dry_run": True}
    assert rehearsal.is_dir()
    assert purged(type_) == {"deliveries": 12, "rehearsals": 1}
    assert purged(type_) == {}
    assert not rehearsal.exists()
    after = report(type_)
    assert after["emptied_at"]
    assert {**after, "emptied_at": None} == before


def test_four_hundred_days_later_nobody_gets_it_twice(live: Live, type_: Type) -> None:
    live(400)
    purged(type_)
    code, _out, err = type_("send", "156", "--yes", "--unapproved")
    assert code == 1
    assert "nobody to send to" in err


def test_a_purge_says_in_french_what_it_did_a_sentence_a_kind(live: Live, type_: Type) -> None:
    live(400)
    with speaking("fr"):
        _code, out, err = type_("purge", "--dry-run")
    remises, rehearsal = out.replace("\u202f", " ").replace("\u00a0", " ").splitlines()
    assert remises.startswith("12 remises : leurs adresses sont oubliées ; qui a eu le numéro reste connu sans nom")
    assert rehearsal == "1 répétition : ses lettres sont supprimées."
    assert err.startswith("À blanc")


def test_six_years_later_whoever_left_is_gone_and_stays_out(live: Live, type_: Type) -> None:
    folder = live(6 * 366)
    found = purged(type_)
    assert (found["consents"], found["people"]) == (1, 1)
    listed = type_("subscribers", "list", "--list", "members")[1]
    assert [reader for reader in READERS if reader not in listed] == READERS[:1]
    for file in (folder / "var").rglob("*"):
        assert not file.is_file() or READERS[0].encode() not in file.read_bytes(), file
    sheet = folder / "people.csv"
    sheet.write_text(f"email\n{READERS[0]}\n", encoding="utf-8")
    again = type_("subscribers", "import", str(sheet), "--list", "members", "--consent", "x", "--json")[1]
    assert (json.loads(again)["new"], json.loads(again)["kept_out"]) == (0, 1)


@pytest.mark.parametrize("days", [200, 400, 6 * 366])
def test_a_dry_run_counts_what_a_purge_then_lets_go(live: Live, type_: Type, days: int) -> None:
    live(days, refused=READERS[2])
    foreseen = purged(type_, "--dry-run")
    assert foreseen.pop("dry_run") is True
    assert foreseen["answers"] == 1
    assert purged(type_) == foreseen
    assert purged(type_) == {}


def test_doctor_says_when_a_purge_is_due(live: Live, type_: Type) -> None:
    live(400)
    found = {one["code"]: one for one in json.loads(type_("doctor", "--json")[1])}
    assert (found["retention"]["level"], found["retention"]["message"][:2]) == ("warning", "13")
    purged(type_)
    found = {one["code"]: one for one in json.loads(type_("doctor", "--json")[1])}
    assert found["retention"]["level"] == "ok"


def test_logs_of_processes_go_by_the_time_they_were_written(type_: Type, sample_project: Path) -> None:
    errands = sample_project / "var" / "errands"
    errands.mkdir(parents=True)
    for name, days in (("1.log", 91), ("2.log", 1)):
        (errands / name).write_text("lea@example.org", encoding="utf-8")
        age(errands / name, at=datetime.now(UTC) - timedelta(days=days))
    assert purged(type_) == {"logs": 1}
    assert [file.name for file in errands.iterdir()] == ["2.log"]


def test_what_is_kept_is_a_setting_and_less_than_thirty_days_is_refused(
    live: Live, type_: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(80)
    monkeypatch.setenv("NEWSLETTER_RETENTION__LEDGER", "60d")
    assert purged(type_, "--dry-run")["deliveries"] == 12
    monkeypatch.setenv("NEWSLETTER_RETENTION__LEDGER", "29d")
    code, _out, err = type_("purge")
    assert code == 1
    assert err.startswith("NEWSLETTER_RETENTION__LEDGER: retention.ledger: what comes back within 30 days")


def test_while_a_mailing_runs_the_file_is_not_written_anew_and_that_is_said(live: Live, type_: Type) -> None:
    folder = live(400)
    with Project.open(folder).deliveries.sole_sender():
        code, out, err = type_("purge")
    assert code == 0
    assert out.startswith("12 deliveries")
    assert "may still hold what was forgotten" in err
