"""`newsletter bounces read`: a rehearsal's letters come back, in every kind of box."""

import json
import re
from collections.abc import Callable
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path

import pytest

from newsletter.cli.app import run
from newsletter.delivery.verp import make_mark
from newsletter.project import Project

Read = Callable[..., tuple[int, str, str]]


@pytest.fixture
def letters(sample_project: Path) -> dict[str, bytes]:
    """A rehearsal to three readers; the head of each letter as its server got it, by address."""
    people = sample_project / "people.csv"
    people.write_text("email\nlea@example.org\nnora@example.org\nzoe@example.org\n")
    settings = sample_project / "newsletter.toml"
    written = re.sub(r"(?m)^return_path *=.*$", 'return_path = "bounce@imagine-magazine.com"', settings.read_text())
    settings.write_text(written)
    common = ["--project", str(sample_project)]
    assert run([*common, "subscribers", "import", str(people), "--list", "members", "--consent", "Adhésion"]) == 0
    assert run([*common, "send", "156", "--rehearsal", "--yes"]) == 0
    raw = [file.read_bytes() for file in (sample_project / "var" / "rehearsal" / "1").rglob("*.eml")]
    heads = [each.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") for each in raw]
    return {parseaddr(message_from_bytes(head)["To"])[1]: head for head in heads}


@pytest.fixture
def read(sample_project: Path, letters: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> Read:
    def read(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["--project", str(sample_project), "bounces", "read", *map(str, words)])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    return read


def bounce(letter: bytes, status: str = "5.1.1", *, to: str = "bounce@imagine-magazine.com") -> bytes:
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    said = f"Final-Recipient: rfc822; x@example.org\nAction: failed\nStatus: {status}\n"
    opening = (
        f"To: {to}\nSubject: Undelivered\nContent-Type: {kind}\n\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n{said}\n"
        "--b\nContent-Type: message/rfc822\n\n"
    )
    unmarked = re.sub(rb"(?m)^(Return-Path|X-MailFrom):.*\n", b"", letter)
    return opening.encode() + unmarked + b"\n\nBonjour\n--b--\n"


def complaint(letter: bytes) -> bytes:
    return (
        bounce(letter)
        .replace(b"delivery-status", b"feedback-report")
        .replace(b"Reporting-MTA", b"Feedback-Type: abuse\nX")
    )


@pytest.fixture
def maildir(tmp_path: Path, sample_project: Path, letters: dict[str, bytes]) -> Path:
    """Four messages: Léa's address is gone by its mark, Nora's box is full and Zoé complains by their Message-IDs."""
    project = Project.open(sample_project)
    gone = next(each.id for each in project.deliveries.deliveries(1) if each.email == "lea@example.org")
    mark = make_mark(gone, project.deliveries.secret())
    box = tmp_path / "Maildir"
    for folder in ("cur", "new", "tmp"):
        (box / folder).mkdir(parents=True)
    (box / "new" / "1.a").write_bytes(bounce(b"Subject: x", to=f"bounce+{mark}@imagine-magazine.com"))
    (box / "new" / "2.b").write_bytes(bounce(letters["nora@example.org"], "5.2.2"))
    (box / "cur" / "3.c:2,S").write_bytes(complaint(letters["zoe@example.org"]))
    (box / "cur" / "4.d:2,").write_bytes(b"Auto-Submitted: auto-replied\nSubject: Absente\x1b[2J\n\nlea@example.org\n")
    return box


def test_a_maildir_is_settled_once_and_stays_as_it_is(read: Read, maildir: Path, sample_project: Path) -> None:
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in maildir.rglob("*") if file.is_file()}
    code, out, _err = read(maildir, "--json")
    report = json.loads(out)
    unclear = [{"place": str(maildir / "cur" / "4.d:2,"), "subject": "Absente [2J", "why": "other"}]
    counts = {
        "bounced": 1,
        "complained": 1,
        "noted": 1,
        "notice": 0,
        "left": 0,
        "repeated": 0,
        "unknown": 0,
        "other": 1,
    }
    assert (code, report) == (0, {"messages": 4, **counts, "unclear": unclear, "unreadable": [], "dry_run": False})
    project = Project.open(sample_project)
    reasons = {each.email: each.reason.value for each in project.suppressions()}
    assert reasons == {"lea@example.org": "bounced", "zoe@example.org": "complained"}
    assert [fact["kind"] for fact in project.person("nora@example.org")["events"]] == ["imported", "bounced"]
    assert project.unsuppress("lea@example.org")
    again = json.loads(read(maildir, "--json")[1])
    assert (again["repeated"], again["other"]) == (3, 1)
    assert [each.email for each in project.suppressions()] == ["zoe@example.org"]
    assert before == {
        file: (file.read_bytes(), file.stat().st_mtime_ns) for file in maildir.rglob("*") if file.is_file()
    }


def test_a_dry_run_writes_nothing(read: Read, maildir: Path, sample_project: Path) -> None:
    code, out, err = read("--dry-run", maildir)
    assert (code, "Dry run" in err) == (0, True)
    assert "1 address fails for good: suppressed" in out
    assert Project.open(sample_project).suppressions() == []


def test_a_message_and_an_mbox_are_read_too(
    read: Read, letters: dict[str, bytes], tmp_path: Path, sample_project: Path
) -> None:
    one, many, empty = tmp_path / "one.eml", tmp_path / "many.mbox", tmp_path / "empty"
    forged = bounce(b"Message-ID: <x@example.net>", to="bounce+ffffffffffffffffffff@imagine-magazine.com")
    one.write_bytes(bounce(letters["lea@example.org"]))
    held = [bounce(letters["nora@example.org"], "4.4.7"), forged, b"Subject: Bonjour\n\nMerci\n"]
    many.write_bytes(b"".join(b"From - Thu Nov 26 10:00:00 2026\n" + each + b"\n" for each in held))
    many.chmod(0o400)
    empty.touch()
    code, out, _err = read(one, many, empty)
    assert code == 0
    assert out.splitlines() == [
        "4 messages read",
        "  1 address fails for good: suppressed",
        "  1 failure for now: noted",
        "  1 report names no letter of ours: nothing done, for you to read",
        "  1 is no report: nothing done, for you to read",
        f"    {many}:2: Undelivered",
        f"    {many}:3: Bonjour",
    ]
    assert many.read_bytes().count(b"From - ") == 3


def test_a_box_that_cannot_be_read_is_one_line_and_hides_no_other(read: Read, maildir: Path, tmp_path: Path) -> None:
    code, out, err = read(tmp_path / "nothing", maildir, maildir / "new")
    assert code == 1
    assert out.startswith("4 messages read")
    assert [line.split(": ")[0] for line in err.splitlines()] == [str(tmp_path / "nothing"), str(maildir / "new")]


def test_of_two_reports_of_one_letter_the_second_is_known(read: Read, maildir: Path) -> None:
    assert "3 known already" in read(maildir, maildir)[1]


def test_the_letter_names_a_box_for_requests_and_what_stands_there_is_obeyed(
    sample_project: Path, letters: dict[str, bytes], read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert b"mailto" not in letters["lea@example.org"], "without a setting, by the web alone"
    monkeypatch.setenv("NEWSLETTER_DELIVERY__UNSUBSCRIBE_MAILTO", "stop@imagine-magazine.com")
    assert run(["--project", str(sample_project), "send", "156", "--rehearsal", "--yes"]) == 0
    raws = [file.read_bytes() for file in (sample_project / "var" / "rehearsal" / "2").rglob("*.eml")]
    lea = next(raw for raw in raws if b"To: lea@example.org" in raw)
    found = re.search(
        rb"List-Unsubscribe: <https?://[^>]+>, <mailto:stop@imagine-magazine.com\?subject=([^>]+)>\r\n", lea
    )
    assert found
    wish = tmp_path / "wish.eml"
    wish.write_bytes(b"From: lea@home.example\nSubject: " + found[1] + b"\n\nunsubscribe\n")
    assert "1 request to leave: obeyed" in read(wish)[1]
    (theirs,) = Project.open(sample_project).person("lea@example.org")["subscriptions"]
    assert theirs["status"] == "unsubscribed"
    assert "1 known already" in read(wish)[1]
