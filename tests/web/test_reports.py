"""Reports in the studio: the index, one mailing, the growth of a list, and their tables."""

import csv
from pathlib import Path

import pytest

from newsletter.model import DeliveryState, Event, MailingState, SuppressionReason
from newsletter.project import Project
from newsletter.web.studio.report_words import percent
from tests.web.asking import Asking
from tests.web.conftest import clerk_of
from tests.web.desk import open_desk
from tests.web.past import FIRST, open_past, send


@pytest.fixture
def past(tmp_path: Path) -> Project:
    return open_past(tmp_path)


def browse(project: Project) -> Asking:
    return clerk_of(project)


@pytest.fixture
def editor(past: Project) -> Asking:
    return browse(past)


def table(editor: Asking, path: str) -> list[dict[str, str]]:
    answer = editor.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines(), delimiter=";"))


def test_before_the_first_mailing_every_page_invites(tmp_path: Path) -> None:
    editor = browse(open_desk(tmp_path))
    assert "The first report comes with the first mailing." in editor.get("/reports").text
    assert 'href="/">Choose an issue' in editor.get("/reports").text
    assert "Nothing was rehearsed yet." in editor.get("/reports?kind=rehearsals").text
    assert "This list is empty." in editor.get("/reports/growth").text
    assert editor.get("/reports/1").status_code == 404


def test_mailings_are_one_a_line_and_rehearsals_stand_apart(editor: Asking, past: Project) -> None:
    send(past, "Une répétition", at=FIRST, list_id="members", rehearsal=True)
    page = editor.get("/reports").text
    assert "3 mailings." in page
    assert page.index("récolter") < page.index("rivières") < page.index("lenteur")
    assert "Une répétition" not in page
    assert "Une répétition" in editor.get("/reports?kind=rehearsals").text


def test_the_index_is_leafed_through(editor: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.web.studio.reports.PAGE", 2)
    assert "lenteur" not in editor.get("/reports").text
    assert "lenteur" in editor.get("/reports?page=2").text
    assert editor.get("/reports?page=9").status_code == 200


def test_a_report_says_what_happened_in_sentences(editor: Asking, past: Project) -> None:
    counts = past.counts(past.mailing("2"))
    page = editor.get("/reports/2").text
    assert f"{counts.sent} mails handed over of {counts.total}" in page
    assert "Nobody got it twice." in page
    assert f"{counts.failed} addresses were refused." in page
    assert "the address does not exist" in page
    assert "3 people unsubscribed in the week after." in page
    assert "gmail.com" in page
    assert "opened" not in page


def complain(project: Project, mailing: int, number: int) -> None:
    """So many of its readers press the button."""
    for one in list(project.deliveries.deliveries(mailing, DeliveryState.SENT))[:number]:
        to = project.returns.addressee(one.id)
        assert to
        fact = Event(kind="complained", at=FIRST, detail=to.issue)
        assert project.returns.enter(to, fact, reason=SuppressionReason.COMPLAINED, now=project.now())


def test_complaints_are_set_against_what_was_handed_over_and_warn(editor: Asking, past: Project) -> None:
    sent = past.counts(past.mailing("3")).sent
    complain(past, 3, 2)
    page = editor.get("/reports/3").text
    assert f"2 complaints for {sent} handed over" in page
    assert "took it for spam" not in page, "two are chance"
    complain(past, 2, 3)
    page = editor.get("/reports/2").text
    assert "Three readers in a thousand or more took it for spam" in page
    told = table(editor, "/reports/3/compared.csv")
    assert [row["complaints"] for row in told] == ["2", "3", "0"]
    assert told[1]["complaints per letter handed over"].endswith("%")


def test_words_of_servers_and_editors_are_never_markup(editor: Asking) -> None:
    page = editor.get("/reports/3").text
    assert "<b>Semer</b>" not in page
    assert "&lt;b&gt;Semer&lt;/b&gt; &amp; récolter" in page
    assert "&lt;nobody@example.org&gt;" in page


def test_a_mailing_is_compared_with_those_before_it_to_the_same_list(editor: Asking, past: Project) -> None:
    past.add_subscriber("seule@example.org", list_id="all", consent="x")
    send(past, "Pour tous", at=FIRST, list_id="all")
    page = editor.get("/reports/2").text
    assert "lenteur" in page
    assert "récolter" not in page
    assert "This is the first to this list" in editor.get("/reports/4").text


def test_the_order_of_domains_and_the_range_stand_in_the_address(editor: Asking) -> None:
    page = editor.get("/reports/1?sort=failed&range=start").text
    assert 'href="/reports/1?sort=size&amp;range=start#domains"' in page or "sort=size&range=start#domains" in page
    assert editor.get("/reports/1?sort=name").status_code == 422
    assert editor.get("/reports/1?range=none").status_code == 422


def test_a_mailing_that_has_not_begun_has_a_report_too(editor: Asking, past: Project) -> None:
    from newsletter.model import Freeze
    from tests.mailroom import MAIL

    later = Freeze(issue="x", list="members", rehearsal=False, start_at=past.now())
    mailing = past.deliveries.create_mailing(later, MAIL, now=past.now())
    page = editor.get(f"/reports/{mailing.id}").text
    assert "Nothing has left yet." in page
    assert f'href="/mailings/{mailing.id}"' in page
    for name in ("deliveries", "timeline", "domains", "answers", "compared"):
        assert table(editor, f"/reports/{mailing.id}/{name}.csv") is not None
    past.deliveries.set_state(mailing.id, MailingState.CANCELLED, now=past.now())
    assert editor.get(f"/reports/{mailing.id}").status_code == 200


def test_the_page_of_a_mailing_that_is_over_leads_to_its_report(editor: Asking) -> None:
    assert 'href="/reports/2">Read the report' in editor.get("/mailings/2").text


def test_every_delivery_is_in_the_download(editor: Asking, past: Project) -> None:
    rows = table(editor, "/reports/1/deliveries.csv")
    assert len(rows) == past.counts(past.mailing("1")).total
    refused = next(row for row in rows if row["code"] == "550 5.1.1")
    assert refused["outcome"] == "failed"
    assert refused["answer"] == "<nobody@example.org>: no such user & co"
    assert refused["since"].startswith("2025-07-02 08:00")
    assert {row["attempts"] for row in rows} == {"1", "2"}


def test_no_cell_of_a_download_runs_as_a_formula(editor: Asking, past: Project) -> None:
    past.add_subscriber("=1+1@example.org", list_id="all", consent="x")
    send(past, "Pour tous", at=FIRST, list_id="all")
    (row,) = table(editor, "/reports/4/deliveries.csv")
    assert row["address"] == "'=1+1@example.org"


def test_every_table_adds_up(editor: Asking, past: Project) -> None:
    counts = past.counts(past.mailing("1"))
    domains = table(editor, "/reports/1/domains.csv")
    assert sum(int(row["people"]) for row in domains) == counts.total
    steps = table(editor, "/reports/1/timeline.csv")
    assert sum(int(row["accepted at once"]) + int(row["accepted after being deferred"]) for row in steps) == counts.sent
    answers = table(editor, "/reports/1/answers.csv")
    assert sum(int(row["people"]) for row in answers) == counts.failed
    assert {row["meaning"] for row in answers} == {"the address does not exist", "the mailbox is full"}
    compared = table(editor, "/reports/3/compared.csv")
    assert [row["mailing"] for row in compared] == ["3", "2", "1"]
    assert compared[0]["seconds"] == "2400"


def test_the_growth_of_a_list_ends_with_its_size(editor: Asking, past: Project) -> None:
    size = past.audience.audience_size("members").mailable
    months = table(editor, "/reports/growth.csv?list=members")
    assert int(months[-1]["on the list"]) == size
    assert sum(int(row["joined"]) for row in months) == 420
    assert sum(int(row["dead addresses"]) for row in months) == 9
    page = editor.get("/reports/growth?list=members&span=all").text
    assert f"{size} people receive the letter" in page
    assert f"In {len(months)} months: +{size}." in page


def test_a_list_that_is_not_one_is_told(editor: Asking) -> None:
    for path in ("/reports/growth?list=../etc", "/reports/growth.csv?list=x"):
        assert editor.get(path).status_code == 404
    assert editor.get("/reports/1/people.csv").status_code == 422


@pytest.mark.parametrize(
    ("number", "whole", "words"), [(0, 0, ""), (0, 9, "0%"), (9, 9, "100%"), (9_999, 10_000, "99.9%"), (1, 2, "50%")]
)
def test_a_share_is_never_rounded_up_to_all(number: int, whole: int, words: str) -> None:
    assert percent(number, whole) == words
