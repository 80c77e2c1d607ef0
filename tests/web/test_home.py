"""The home page once a letter has left, or is leaving."""

import re
from datetime import UTC, datetime

import pytest

from newsletter.model import DeliveryState, Mailing, MailingState, Outcome, Phase, Reply
from newsletter.project import Project
from newsletter.project.mailroom import NO_ORDERS
from newsletter.web.studio.home import Departure, departures
from tests.web.asking import Asking
from tests.web.holding import heard
from tests.web.office import ISSUE

PAGES = (f"/issues/{ISSUE}/contents", f"/issues/{ISSUE}/proof")
AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def leave(office: Project, state: MailingState, *, rest: DeliveryState = DeliveryState.SENT) -> Mailing:
    """A mailing of the last issue, half of which has left; what stands of the `rest`."""
    mailing = office.create_mailing(office.plan(office.issue("156")))
    store = office.deliveries
    store.set_state(mailing.id, MailingState.RUNNING, now=AT)
    readers = store.claim(mailing.id, limit=100, now=AT)
    later = {"due_at": AT, "reply": Reply(code=450, text="later", phase=Phase.RCPT)}
    outcomes = [
        Outcome(delivery=one.delivery, state=rest, **later)
        if number % 2 and rest is DeliveryState.DEFERRED
        else Outcome(delivery=one.delivery, state=rest if number % 2 else DeliveryState.SENT)
        for number, one in enumerate(readers)
    ]
    store.record(mailing.id, outcomes, now=AT)
    if state is not MailingState.RUNNING:
        store.set_state(mailing.id, state, now=AT)
    return mailing


def left_of(office: Project) -> dict[str, Departure]:
    return departures((one, office.counts(one)) for one in office.mailings())


def test_a_letter_that_left_says_its_day_and_leads_to_its_report(office: Project, clerk: Asking) -> None:
    mailing = leave(office, MailingState.FINISHED)
    page = clerk.get("/?whole=true").text
    assert "left on Friday, November 27, 2026" in page
    assert "60 mails handed over. Nobody got it twice." in page
    assert f'<a class="button primary" href="/reports/{mailing.id}">Read the report</a>' in page
    assert "Not to be missed" not in page


def test_a_mailing_under_way_is_followed_and_is_done_on_no_road(office: Project, clerk: Asking) -> None:
    mailing = leave(office, MailingState.RUNNING)
    with office.deliveries.sole_sender():
        pages = [clerk.get(path).text for path in ("/?whole=true", *PAGES)]
    assert f'<a class="button primary" href="/mailings/{mailing.id}">Follow the mailing</a>' in pages[0]
    for page in pages:
        assert "under way, 60 delivered" in page
        assert re.search(r'<li class="going"', page)  # a dot, and no warning


@pytest.mark.parametrize(
    ("state", "words"),
    [(MailingState.PAUSED, "It is paused; nothing is lost."), (MailingState.RUNNING, "nobody sends at this moment")],
)
def test_a_mailing_that_stands_still_is_not_said_to_go_on(
    office: Project, clerk: Asking, state: MailingState, words: str
) -> None:
    leave(office, state)
    page = clerk.get("/?whole=true").text
    assert words in page
    assert "The mailing is under way." not in page
    assert all("at a standstill, 60 delivered" in clerk.get(path).text for path in PAGES)


def test_who_may_have_got_it_twice_is_said_and_decided_before_any_report(office: Project, clerk: Asking) -> None:
    mailing = leave(office, MailingState.FINISHED, rest=DeliveryState.UNCERTAIN)
    page = clerk.get("/?whole=true").text
    assert "30 are uncertain: it is for you to decide." in page
    assert "Nobody got it twice." not in page
    assert f'<a class="button primary" href="/mailings/{mailing.id}">Decide</a>' in page
    assert '<li class="look" title="30 uncertain">' in clerk.get(f"/issues/{ISSUE}/proof").text
    office.resolve(mailing, resend=False)
    assert "Nobody got it twice." in clerk.get("/?whole=true").text


def test_an_issue_has_left_once_the_first_began_and_is_over_once_all_are(office: Project) -> None:
    first = leave(office, MailingState.FINISHED)
    office.add_subscriber("new@example.org", list_id="members", consent="Bulletin")
    office.approve(office.issue("156"), by="Hélène Vasseur")
    second = leave(office, MailingState.PAUSED)
    left = left_of(office)[ISSUE]
    assert (left.mailing.id, left.sent, left.is_over) == (second.id, 61, False)
    assert left.at == office.mailing(str(first.id)).started_at


def test_a_planned_departure_is_told_and_a_cancelled_one_is_none(office: Project, clerk: Asking) -> None:
    at = datetime(2099, 12, 1, 7, 30, tzinfo=UTC)
    mailing = office.schedule(office.plan(office.issue("156"), start_at=at), orders=NO_ORDERS)
    page = clerk.get("/?whole=true").text
    assert "planned for December 1, 2099 at 08:30" in page
    assert f'<a class="button primary" href="/mailings/{mailing.id}">Follow the mailing</a>' in page
    assert "planned for December 1, 2099" in clerk.get(f"/issues/{ISSUE}/contents").text
    assert "Delete this draft" not in page.partition("The other issues")[0]
    office.cancel(mailing)
    page = clerk.get("/?whole=true").text
    assert "planned for Wednesday, August 16, 2023" in page
    assert "Open the proof" in page
    assert left_of(office) == {}


def test_when_only_those_put_off_are_left_the_ledger_says_when_they_are_asked_again(
    office: Project, clerk: Asking
) -> None:
    mailing = leave(office, MailingState.RUNNING, rest=DeliveryState.DEFERRED)
    page = clerk.get(f"/mailings/{mailing.id}").text
    assert re.search(r"30 mails handed over", page)
    assert "asked again" not in page  # interrupted: nobody is there to ask
    with office.deliveries.sole_sender():
        assert "Servers put 30 of them off: asked again" in clerk.get(f"/mailings/{mailing.id}").text


@pytest.mark.parametrize(("issue", "times"), [("156", 1), ("155", 0)])
def test_a_page_counts_the_mailings_of_its_own_issue_and_once(
    office: Project, clerk: Asking, issue: str, times: int
) -> None:
    leave(office, MailingState.FINISHED)
    for page in ("contents", "proof", "approval", "mailing"):
        counted: list[str] = []
        with heard("count(*) AS number", counted):
            assert clerk.get(f"/issues/{office.issue(issue).id}/{page}").status_code == 200
        assert len(counted) == times, page
