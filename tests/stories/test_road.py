"""The whole road, by the commands a person types: from the articles to every member's inbox."""

import email
import email.policy
import json
import re
from pathlib import Path

import pytest

from newsletter.errors import RefusedError
from newsletter.model import Readership
from newsletter.project import Project
from tests.message_linter import lint_message
from tests.stories.commands import Type


@pytest.fixture
def members(type_: Type, sample_project: Path) -> int:
    """The sample members, imported."""
    file = str(sample_project / "content" / "members.csv")
    code, out, _ = type_("subscribers", "import", file, "--list", "members", "--consent", "Adhésion 2023", "--json")
    assert code == 0
    return int(json.loads(out)["new"])


def received(project: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((project / "var" / "rehearsal" / "1").rglob("*.eml"))]


def test_every_member_gets_the_letter_once_and_nothing_is_wrong_with_it(
    type_: Type, members: int, sample_project: Path
) -> None:
    assert type_("check", "156")[0] == 0
    assert type_("approve", "156", "--by", "Hélène")[0] == 0
    code, out, _ = type_("send", "156", "--rehearsal", "--yes", "--json")
    assert code == 0
    report = json.loads(out)
    assert report["state"] == "finished"
    assert report["counts"]["sent"] == report["total"] == members == 60
    messages = received(sample_project)
    to = [email.message_from_bytes(raw, policy=email.policy.default)["To"].addresses[0].addr_spec for raw in messages]
    assert len(to) == len({address.lower() for address in to}) == 60
    for raw in messages:
        assert lint_message(raw) == []


def test_two_readers_letters_differ_only_in_what_is_theirs(type_: Type, members: int, sample_project: Path) -> None:
    """No tracking: without names, addresses and unsubscribe tokens, every message is the same message."""
    type_("send", "156", "--rehearsal", "--yes")
    bodies = set()
    for raw in received(sample_project):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        name = message["To"].addresses[0].display_name.split(" ")[0]
        html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
        html = re.sub(r"/u/[\w.-]+", "/u/", html).replace(message["To"].addresses[0].addr_spec, "")
        bodies.add(re.sub(rf" {re.escape(name)}(?=\W)", "", html, count=1) if name else html)
    assert len(bodies) == 1


def test_nothing_leaves_without_a_bon_a_tirer(type_: Type, members: int) -> None:
    code, _, err = type_("send", "156", "--yes")
    assert code == 1
    assert "bon à tirer is missing" in err


def test_a_changed_article_lifts_the_approval_and_send_says_what_changed(
    type_: Type, members: int, sample_project: Path
) -> None:
    type_("approve", "156", "--by", "Hélène")
    issue = sample_project / "content" / "issues" / "2023-08-16-numero-156.md"
    issue.write_text(issue.read_text(encoding="utf-8") + "\nUn mot de plus.\n", encoding="utf-8")
    code, _, err = type_("send", "156", "--yes")
    assert code == 1
    assert "Un mot de plus" in err
    assert "Hélène" in err


def test_people_who_join_after_the_approval_lift_it(type_: Type, members: int) -> None:
    type_("approve", "156", "--by", "Hélène")
    type_("subscribers", "add", "nouvelle@example.org", "--list", "members", "--consent", "Au téléphone")
    code, _, err = type_("send", "156", "--yes")
    assert code == 1
    assert "1 joined" in err


def test_an_approval_is_refused_while_an_error_stands_unless_it_says_why(
    type_: Type, members: int, sample_project: Path
) -> None:
    issue = sample_project / "content" / "issues" / "2023-08-16-numero-156.md"
    text = issue.read_text(encoding="utf-8")
    issue.write_text(re.sub(r"(?m)^preheader:.*\n(?:  .*\n)*", "preheader: ''\n", text), encoding="utf-8")
    code, out, _ = type_("check", "156", "--json")
    assert code == 3
    assert any(finding["level"] == "error" and finding["file"] and finding["hint"] for finding in json.loads(out))
    assert type_("approve", "156", "--by", "Hélène")[0] == 1
    assert type_("approve", "156", "--by", "Hélène", "--despite", "Le préambule viendra")[0] == 0


def test_a_confirmation_needs_somebody(type_: Type, members: int) -> None:
    code, _, err = type_("send", "156", "--rehearsal")
    assert code == 1
    assert "--yes" in err


def test_the_same_issue_builds_to_the_same_bytes(type_: Type, sample_project: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert type_("build", "156", "--out", str(tmp_path / folder))[0] == 0
    for name in ("message.html", "message.txt", "message.eml", "manifest.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert lint_message((tmp_path / "one" / "message.eml").read_bytes()) == []


def test_a_new_issue_never_takes_an_article_that_an_issue_already_has(type_: Type, sample_project: Path) -> None:
    code, out, _ = type_("new", "La lettre de septembre", "--date", "2023-09-20")
    assert code == 0
    written = (sample_project / out.strip()).read_text(encoding="utf-8")
    earlier = (sample_project / "content" / "issues" / "2023-08-16-numero-156.md").read_text(encoding="utf-8")
    taken = re.findall(r"article: (\S+\.md)", written)
    assert not set(taken) & set(re.findall(r"article: (\S+\.md)", earlier))


def test_every_article_is_told_why_it_is_taken_or_left(type_: Type) -> None:
    code, out, _ = type_("articles", "--date", "2023-08-16", "--json")
    assert code == 0
    choices = json.loads(out)
    assert {"new", "already-sent", "expired", "draft"} <= {choice["code"] for choice in choices}
    assert all(choice["reason"] and set(choice) >= {"path", "title", "date", "taken"} for choice in choices)


def test_a_broken_article_hides_no_other_and_is_one_line(type_: Type, sample_project: Path) -> None:
    (sample_project / "content" / "articles" / "2023-08-01-casse.md").write_text("---\ntitle: a\ntitle: b\n---\n")
    code, out, _ = type_("articles", "--date", "2023-08-16", "--json")
    assert code == 0
    choices = json.loads(out)
    assert sum(choice["code"] == "unreadable" for choice in choices) == 1
    assert len(choices) > 10


def test_a_proof_goes_to_anybody_and_is_marked(type_: Type, sample_project: Path) -> None:
    code, out, _ = type_("proof", "156", "--to", "lea@example.org", "--to", "moussa@example.org", "--rehearsal")
    assert code == 0
    assert "lea@example.org" in out
    folder = sample_project / "var" / "rehearsal" / "proofs"
    subjects = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["Subject"]
        for path in folder.rglob("*.eml")
    ]
    assert len(subjects) == 2
    assert all("1" in subject.split("]")[0] for subject in subjects)


def test_a_proof_goes_to_a_saved_group_with_a_line_on_top(type_: Type, sample_project: Path) -> None:
    (sample_project / "proofreaders.toml").write_text('Redaction = ["lea@example.org", "moussa@example.org"]\n')
    code, out, _ = type_("proof", "156", "--group", "redaction", "--to", "lea@example.org", "--banner", "--rehearsal")
    assert code == 0
    assert out.splitlines() == ["lea@example.org: handed over", "moussa@example.org: handed over"]
    received = sorted((sample_project / "var" / "rehearsal" / "proofs").glob("*.eml"))
    assert b"*** Proof 1" in received[0].read_bytes()
    code, _, err = type_("proof", "156", "--group", "relecture", "--rehearsal")
    assert (code, "known groups: Redaction" in err) == (2, True)
    assert type_("proof", "156", "--rehearsal")[0] == 2


def test_an_approval_given_to_what_nobody_read_is_refused(sample_project: Path) -> None:
    project = Project.open(sample_project)
    issue = project.issue("156")
    with pytest.raises(RefusedError):
        project.approve(issue, by="Hélène", seen="0" * 64)
    seen = project.standing(project.render(issue).mail, Readership.whole(issue.list))
    assert project.approve(issue, by="Hélène", seen=seen.sha256).sha256 == seen.sha256
    assert project.standing(project.render(issue).mail, Readership.whole(issue.list)).holds


def test_somebody_who_unsubscribes_is_not_written_to_again(type_: Type, members: int, sample_project: Path) -> None:
    from newsletter.audience.tokens import make_unsubscribe_token
    from newsletter.project import Project

    project = Project.open(sample_project)
    person = project.audience.find("camille.delvaux@example.org") or next(iter(project.subscribers("members")))[0]
    subscription = project.audience.subscriptions(person.id)[0]
    assert project.unsubscribe(make_unsubscribe_token(project.audience.secret(), subscription.id))
    _, out, _ = type_("send", "156", "--rehearsal", "--yes", "--json")
    assert json.loads(out)["total"] == 59
    _, again, _ = type_(
        "subscribers", "import", str(sample_project / "content" / "members.csv"),
        "--list", "members", "--consent", "Adhésion 2023", "--json",
    )  # fmt: skip
    assert json.loads(again) == {"new": 0, "updated": 0, "unchanged": 59, "kept_out": 1, "refused": []}


def test_a_mailing_ends_with_its_report_in_words(type_: Type, members: int) -> None:
    code, out, _ = type_("send", "156", "--rehearsal", "--yes")
    assert code == 0
    assert f"{members} handed over of {members}." in out


def test_the_last_line_of_a_json_report_is_the_report(type_: Type, members: int) -> None:
    type_("send", "156", "--rehearsal", "--yes")
    code, out, _ = type_("report", "last", "--json")
    assert code == 0
    report = json.loads(out)
    assert {"mailing", "issue", "state", "started_at", "finished_at", "counts", "total"} <= set(report)
    assert sum(report["counts"].values()) == report["total"]


def test_a_drafted_issue_builds_and_only_waits_for_its_editorial(type_: Type, sample_project: Path) -> None:
    """What `new` writes, the layout knows: only the words are missing."""
    code, out, _ = type_("new", "La lettre de septembre", "--date", "2023-09-20")
    assert code == 0
    assert type_("build", "septembre")[0] == 0
    assert type_("check", "septembre")[0] == 3
    path = sample_project / out.strip()
    head = path.read_text(encoding="utf-8").rpartition("---")[0]
    path.write_text(f"{head}---\nLes vendanges ont commencé.\n", encoding="utf-8")
    code, findings, _ = type_("check", "septembre", "--json")
    assert code == 0, findings


def test_the_numbers_go_on_after_a_letter_that_has_none(type_: Type, sample_project: Path) -> None:
    issues = sample_project / "content" / "issues"
    assert type_("new", "Le mois", "--date", "2023-09-20", "--layout", "monthly")[0] == 0
    assert "number:" not in (issues / "2023-09-20-le-mois.md").read_text(encoding="utf-8")
    assert type_("new", "Numéro 157", "--date", "2023-10-11", "--layout", "launch")[0] == 0
    assert "\nnumber: 157\n" in (issues / "2023-10-11-numero-157.md").read_text(encoding="utf-8")
