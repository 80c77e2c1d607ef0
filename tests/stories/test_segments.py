"""A letter to a segment, by the commands a person types: exactly those people, and nobody else."""

import csv
import email
import email.policy
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from newsletter.errors import RefusedError
from newsletter.model import DeliveryState, MailingState, Outcome
from newsletter.project import Project
from newsletter.project.mailroom import NO_ORDERS, Orders
from tests.stories.commands import Type

_UNAPPROVED = Orders(unapproved=True)
SEGMENTS = """
[namur]
title = "Namur et environs"
list = "members"
fields.ville = ["Namur", "Salzinnes"]

[coop]
title = "Coopératrices"
list = "members"
tags_any = ["coopératrice", "coopérateur"]
"""


@pytest.fixture
def project(type_: Type, sample_project: Path) -> Path:
    """The sample members, imported, and two segments of them."""
    file = str(sample_project / "content" / "members.csv")
    assert type_("subscribers", "import", file, "--list", "members", "--consent", "Adhésion 2023")[0] == 0
    (sample_project / "segments.toml").write_text(SEGMENTS, encoding="utf-8")
    return sample_project


def people(project: Path, *towns: str, coop: bool = False) -> set[str]:
    """Whom the sample's own table says to live there, or to be of the cooperative."""
    with (project / "content" / "members.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    found = (row for row in rows if row["Ville"] in towns or (coop and "coopérat" in row["Étiquettes"]))
    return {row["Courriel"].lower() for row in found}


def received(project: Path, mailing: int = 1) -> list[str]:
    raws = [path.read_bytes() for path in (project / "var" / "rehearsal" / str(mailing)).rglob("*.eml")]
    messages = [email.message_from_bytes(raw, policy=email.policy.default) for raw in raws]
    return sorted(message["To"].addresses[0].addr_spec.lower() for message in messages)


def test_segments_are_listed_with_their_people(type_: Type, project: Path) -> None:
    code, out, _ = type_("segments", "--json")
    assert code == 0
    found = json.loads(out)
    assert [(each["segment"], each["list"], each["title"]) for each in found] == [
        ("namur", "members", "Namur et environs"),
        ("coop", "members", "Coopératrices"),
    ]
    assert [each["people"] for each in found] == [
        len(people(project, "Namur", "Salzinnes")),
        len(people(project, coop=True)),
    ]
    assert found[0]["conditions"] == ["ville is Namur or Salzinnes"]
    assert "Namur et environs" in type_("segments")[1]


def test_exactly_the_segment_gets_the_letter_and_the_report_says_why_others_did_not(type_: Type, project: Path) -> None:
    wanted = people(project, "Namur", "Salzinnes") - people(project, coop=True)
    assert wanted
    code, out, err = type_("send", "156", "--segment", "namur", "--exclude", "coop", "--rehearsal", "--yes", "--json")
    assert code == 0
    assert received(project) == sorted(wanted)
    assert "“Namur et environs”, a segment of the list" in err
    assert "except “Coopératrices”" in err
    assert "not in the segment" in err
    report = json.loads(out)
    assert (report["segment"], report["total"]) == ("namur", len(wanted))
    assert "ville is Namur or Salzinnes" in report["readers"]
    left_out = report["left_out"]
    both = people(project, "Namur", "Salzinnes") & people(project, coop=True)
    assert left_out["without"] == {"coop": len(both)}
    assert left_out["outside"] == 60 - len(wanted) - len(both)
    assert f"{left_out['outside']} not in the segment" in type_("report")[1]


def test_a_report_keeps_the_definition_of_its_day(type_: Type, project: Path) -> None:
    type_("send", "156", "--segment", "namur", "--rehearsal", "--yes")
    (project / "segments.toml").unlink()
    report = json.loads(type_("report", "--json")[1])
    assert "“Namur et environs” (ville is Namur or Salzinnes)" in report["readers"]
    assert "namur" in type_("mailings", "--json")[1]


def test_an_approval_for_a_segment_is_not_one_for_the_list_nor_the_other_way_round(type_: Type, project: Path) -> None:
    assert type_("approve", "156", "--by", "Hélène", "--segment", "namur")[0] == 0
    code, _, err = type_("send", "156", "--yes")
    assert code == 1
    assert "it was given for “Namur et environs” (ville is Namur or Salzinnes)" in err
    code, _, err = type_("send", "156", "--segment", "coop", "--yes")
    assert code == 1
    assert "newsletter approve 2023-08-16-numero-156 --segment coop" in err
    assert type_("approve", "156", "--by", "Hélène")[0] == 0
    plans = Project.open(project)
    issue = plans.issue("156")
    for how in ({}, {"segment": "namur"}):
        assert plans.plan(issue, readers=plans.readership(issue, **how)).changes == ()


def test_a_departure_keeps_the_approval_of_a_segment_and_a_newcomer_lifts_it(type_: Type, project: Path) -> None:
    assert type_("approve", "156", "--by", "Hélène", "--segment", "coop")[0] == 0
    opened = Project.open(project)
    issue = opened.issue("156")

    def changes() -> tuple[str, ...]:
        return opened.plan(issue, readers=opened.readership(issue, segment="coop")).changes

    for group in ({"coop": True}, {"towns": ("Matam",)}):
        person = opened.audience.find(sorted(people(project, *group.get("towns", ()), coop="coop" in group))[0])
        assert person
        opened.leave(opened.subscriptions(person.id)[0], detail="hand")
        assert changes() == ()
    add = project / "more.csv"
    add.write_text("Courriel;Étiquettes\nnew@example.org;coopératrice\nother@example.org;moulin\n", encoding="utf-8")
    assert type_("subscribers", "import", str(add), "--list", "members", "--consent", "Adhésion 2024")[0] == 0
    assert changes() == ("the people have changed: 1 joined, 1 left",)


def test_a_definition_that_changes_lifts_the_approval_and_both_are_said(type_: Type, project: Path) -> None:
    type_("approve", "156", "--by", "Hélène", "--segment", "namur")
    path = project / "segments.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"Salzinnes"', '"Liège"'), encoding="utf-8")
    code, _, err = type_("send", "156", "--segment", "namur", "--yes")
    assert code == 1
    assert "it was given for “Namur et environs” (ville is Namur or Salzinnes)" in err
    assert "it is now for “Namur et environs” (ville is Namur or Liège)" in err


def test_a_planned_mailing_leaves_to_the_segment_of_the_day_it_was_planned(type_: Type, project: Path) -> None:
    type_("approve", "156", "--by", "Hélène", "--segment", "namur")
    opened = Project.open(project)
    issue = opened.issue("156")
    at = opened.now() + timedelta(hours=1)
    plan = opened.plan(issue, readers=opened.readership(issue, segment="namur"), start_at=at)
    mailing = opened.schedule(plan, orders=NO_ORDERS)
    (project / "segments.toml").unlink()
    later = Project(project, opened.settings, now=lambda: datetime.now(at.tzinfo) + timedelta(hours=2))
    later._start(later.mailing("last"), orders=NO_ORDERS)
    found = [one.email.lower() for one in later.deliveries.deliveries(mailing.id)]
    assert sorted(found) == sorted(people(project, "Namur", "Salzinnes"))


def test_the_rest_of_the_list_gets_it_afterwards_and_nobody_twice(type_: Type, project: Path) -> None:
    opened = Project.open(project)
    issue = opened.issue("156")
    segment = opened.plan(issue, readers=opened.readership(issue, segment="namur"))
    first = opened.create_mailing(segment, orders=_UNAPPROVED)
    with pytest.raises(RefusedError, match="is not over"):
        opened.require_sendable(opened.plan(issue), orders=_UNAPPROVED)
    page = opened.deliveries.claim(first.id, limit=100, now=opened.now())
    taken = [Outcome(delivery=reader.delivery, state=DeliveryState.SENT) for reader in page]
    opened.deliveries.record(first.id, taken, now=opened.now())
    opened.deliveries.set_state(first.id, MailingState.FINISHED, now=opened.now())
    account = opened.account(issue)
    assert (account.people, account.served) == (60 - len(taken), len(taken))
    second = opened.create_mailing(opened.plan(issue), orders=_UNAPPROVED)
    rest = {one.email for one in opened.deliveries.deliveries(second.id)}
    assert len(rest) == 60 - len(taken)
    assert not rest & {reader.email for reader in page}


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("--segment", "namurr"), "no segment namurr in segments.toml", "did you mean namur?"),
        (("--exclude", "membres"), "no list and no segment is called membres", "did you mean members?"),
        (("--exclude", "members"), "nobody is left when members is left out", ""),
        (("--segment", "namur", "--exclude", "namur"), "nobody is left when namur is left out", ""),
        (("--segment", "namur", "--list", "public"), "the segment namur is of the list members", "--list members"),
        (("--list", "publik"), "no list publik in newsletter.toml", "public"),
    ],
)
def test_a_name_that_there_is_not_is_one_line_with_the_nearest(
    type_: Type, project: Path, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    for command in (("send", "156", "--yes"), ("approve", "156", "--by", "Léa")):
        code, _, err = type_(*command, *arguments)
        assert code == 2
        assert err.splitlines()[0] == message
        assert hint in err


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ('tags_none = ["cooperatrice"]', "nobody on its list has the tag cooperatrice", "coopératrice"),
        ("fields.vile = true", "nobody on its list has a field vile", "ville"),
        ('not_sent = ["2023-08-16-numero-165"]', "no issue 2023-08-16-numero-165", "2023-08-16-numero-156"),
    ],
)
def test_a_misspelt_condition_sends_to_nobody(type_: Type, project: Path, line: str, message: str, hint: str) -> None:
    (project / "segments.toml").write_text(f'[odd]\nlist = "members"\nwords = "a"\n{line}\n', encoding="utf-8")
    for command in (("send", "156", "--segment", "odd", "--yes"), ("segments",)):
        code, _, err = type_(*command)
        assert code == 2
        assert f"segment odd: {message}" in err
        assert hint in err


def test_a_mistake_in_the_file_is_one_line_with_its_place_and_stops_nothing_else(type_: Type, project: Path) -> None:
    (project / "segments.toml").write_text('[odd]\nlist = "membres"\nwords = "a"\n', encoding="utf-8")
    code, _, err = type_("send", "156", "--segment", "odd", "--yes")
    assert code == 1
    assert err.splitlines()[0] == "segments.toml:2: no list membres in newsletter.toml"
    assert type_("send", "156", "--rehearsal", "--yes")[0] == 0
