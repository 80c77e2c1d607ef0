"""Readers who take a letter for spam: the next one asks before it leaves, by the commands a person types."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.i18n import speaking
from tests.cli.test_returning import complaint
from tests.fault_server import FaultServer
from tests.stories.commands import Type
from tests.stories.test_cli_exactness import through

READERS = [f"reader{number:02}@example.org" for number in range(20)]
NEXT = "2023-11-16-numero-157"


@pytest.fixture
def server(type_: Type, sample_project: Path) -> Iterator[FaultServer]:
    """Through which number 156 has left for twenty readers; number 157 is written."""
    sheet = sample_project / "people.csv"
    sheet.write_text("email\n" + "\n".join(READERS) + "\n", encoding="utf-8")
    assert type_("subscribers", "import", str(sheet), "--list", "members", "--consent", "Adhésion 2023")[0] == 0
    issues = sample_project / "content" / "issues"
    shutil.copy(issues / "2023-08-16-numero-156.md", issues / f"{NEXT}.md")
    with FaultServer() as server:
        through(server, sample_project)
        assert type_("send", "156", "--yes", "--unapproved")[0] == 0
        yield server


def complain(type_: Type, folder: Path, server: FaultServer, number: int) -> None:
    """So many of those who got a letter press the button."""
    box = folder / "complaints"
    box.mkdir()
    for place, taken in enumerate(server.accepted[:number]):
        head = taken.content.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n")
        (box / f"{place}.eml").write_bytes(complaint(head))
    assert type_("bounces", "read", *map(str, sorted(box.iterdir())))[0] == 0


def test_three_complaints_in_twenty_stop_the_next_letter_until_somebody_says_so(
    type_: Type, sample_project: Path, server: FaultServer
) -> None:
    complain(type_, sample_project, server, 3)
    with speaking("fr"):
        code, _out, err = type_("send", NEXT, "--yes", "--unapproved")
    assert code == 1
    assert "3 lecteurs sur 20 ont pris la dernière lettre à cette liste pour du spam (15" in err
    assert "--despite-complaints" in err
    assert len(server.accepted) == 20, "nothing left"
    assert type_("send", NEXT, "--rehearsal", "--yes")[0] == 0, "a rehearsal reaches nobody"
    code, _out, err = type_("send", NEXT, "--yes", "--unapproved", "--despite-complaints")
    assert code == 0
    assert "3 complaints for 20 handed over (15%)." in err
    assert sorted(server.recipients[20:]) == sorted(set(READERS) - set(server.recipients[:3]))


def test_the_report_sets_complaints_against_what_was_handed_over(
    type_: Type, sample_project: Path, server: FaultServer
) -> None:
    complain(type_, sample_project, server, 2)
    report = json.loads(type_("report", "1", "--json")[1])
    assert (report["complaints"], report["complaint_rate"]) == (2, 0.1)
    assert "2 complaints for 20 handed over (10%)." in type_("report", "1")[1]
    assert type_("send", NEXT, "--yes", "--unapproved")[0] == 0, "two readers are chance"


def test_a_mailing_with_an_hour_is_held_by_complaints_that_came_since(
    type_: Type, sample_project: Path, server: FaultServer
) -> None:
    assert type_("send", NEXT, "--yes", "--unapproved", "--in", "1d")[0] == 0
    complain(type_, sample_project, server, 3)
    code, _out, err = type_("resume", "2")
    assert code == 1
    assert "for spam" in err
    assert type_("resume", "2", "--despite-complaints")[0] == 0


def test_a_permission_given_with_the_hour_is_remembered(type_: Type, sample_project: Path, server: FaultServer) -> None:
    complain(type_, sample_project, server, 3)
    assert type_("send", NEXT, "--yes", "--unapproved", "--in", "1d")[0] == 1
    assert type_("send", NEXT, "--yes", "--unapproved", "--in", "1d", "--despite-complaints")[0] == 0
    assert type_("resume", "2")[0] == 0
    assert len(server.accepted) == 37
