import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from newsletter.model import Counts, DeliveryState, Event, Freeze, Mailing, MailingState, Outcome
from newsletter.project import Orders, Project
from newsletter.web.studio.ledger import LEAST, WIDTH, Ledger, Pace
from tests.fault_server import FaultServer
from tests.web.asking import Asking
from tests.web.conftest import HOST, clerk_of
from tests.web.office import ISSUE, make_office

PAGE = f"/issues/{ISSUE}/mailing"
OURS = {"Origin": HOST}
AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def _await(true: Callable[[], bool]) -> None:
    """Wait for another process; a minute is more than it ever needs."""
    limit = time.monotonic() + 60
    while not true():
        assert time.monotonic() < limit
        asyncio.run(asyncio.sleep(0.05))


def _is_over(office: Project) -> bool:
    return office.mailing("last").state is MailingState.FINISHED


def _uncertain(office: Project) -> Mailing:
    """A mailing of which two deliveries are uncertain, and the others sent."""
    mailing = office.create_mailing(office.plan(office.issue("156")))
    store = office.deliveries
    store.set_state(mailing.id, MailingState.RUNNING, now=AT)
    readers = store.claim(mailing.id, limit=100, now=AT)
    states = [DeliveryState.UNCERTAIN] * 2 + [DeliveryState.SENT] * (len(readers) - 2)
    outcomes = [Outcome(delivery=one.delivery, state=state) for one, state in zip(readers, states, strict=True)]
    store.record(mailing.id, outcomes, now=AT)
    store.set_state(mailing.id, MailingState.FINISHED, now=AT)
    return mailing


def _complain(office: Project, number: int, *, issue: str) -> None:
    """So many readers of a letter press the button."""
    store = office.deliveries
    mail = replace(office.render(office.issue("156"), "members").mail, issue=issue)
    before = store.create_mailing(Freeze(issue=mail.issue, list="members", rehearsal=False), mail, now=AT)
    store.set_state(before.id, MailingState.RUNNING, now=AT)
    readers = store.claim(before.id, limit=100, now=AT)
    store.record(before.id, [Outcome(delivery=one.delivery, state=DeliveryState.SENT) for one in readers], now=AT)
    store.set_state(before.id, MailingState.FINISHED, now=AT)
    for one in readers[:number]:
        to = office.returns.addressee(one.delivery)
        assert to
        office.returns.enter(to, Event(kind="complained", at=AT, detail=to.issue), reason=None, now=AT)


def test_complaints_about_the_letter_before_ask_for_one_more_yes(clerk: Asking, office: Project) -> None:
    assert "for spam" not in clerk.get(PAGE).text
    _complain(office, 3, issue=office.issue("155").id)
    page = clerk.get(PAGE).text
    assert "Three readers in a thousand or more took it for spam" in page
    assert f"“{office.issue('155').subject}”, the letter before: 3 complaints for 60 handed over" in page
    assert re.search(r'<input type="checkbox"[^>]* name="despite_complaints"[^>]* required', page)
    people = office.plan(office.issue("156")).people
    refused = clerk.post(PAGE, data={"typed": str(people), "when": "soon"}, headers=OURS)
    assert refused.status_code == 422
    assert "took the last letter to this list for spam" in refused.text
    yes = {"typed": str(people), "when": "at", "at": "2099-12-01T08:00", "despite_complaints": "true"}
    assert clerk.post(PAGE, data=yes, headers=OURS).status_code == 303
    mailing = office.mailing("last")
    office.cancel(mailing)  # nobody waits until then
    assert mailing.despite_complaints


def test_complaints_about_this_very_letter_are_not_said_of_the_one_before(clerk: Asking, office: Project) -> None:
    _complain(office, 3, issue=ISSUE)
    page = clerk.get(PAGE).text
    assert "This letter, as far as it has left: 3 complaints for 60 handed over" in page
    assert "Send it though readers took this letter for spam" in page
    assert "the letter before" not in page


@pytest.mark.slow
def test_the_number_of_people_lets_the_letter_leave_in_a_process_of_its_own(
    clerk: Asking, office: Project, server: FaultServer
) -> None:
    answer = clerk.post(PAGE, data={"typed": "60", "when": "now"}, headers=OURS)
    assert answer.headers["location"] == "/mailings/1"
    _await(lambda: _is_over(office))
    assert len(server.accepted) == len(set(server.recipients)) == 60
    page = clerk.get("/mailings/1").text
    assert "It is over. Nobody got it twice." in page
    assert "Departure, with the approval of Hélène Vasseur" in page
    assert "100 %" in page
    assert "It has been sent to the whole list." in clerk.get(PAGE).text


@pytest.mark.slow
def test_a_rehearsal_reaches_no_server_but_its_own(clerk: Asking, office: Project, server: FaultServer) -> None:
    assert clerk.post(f"/issues/{ISSUE}/rehearsal", headers=OURS).headers["location"] == "/mailings/1"
    _await(lambda: _is_over(office))
    assert server.accepted == []
    assert "Leaf through the mailbox" in clerk.get("/mailings/1").text
    assert "/rehearsals/1" in clerk.get(PAGE).text
    ledger = clerk.get("/mailings/1").text
    assert "This is a rehearsal: not one mail leaves this computer." in ledger
    assert f'<a class="button big quiet" href="{PAGE}">Prepare the mailing</a>' in ledger
    subject = escape(office.issue("156").subject)
    assert all(subject in clerk.get(path).text for path in ("/mailings/1", "/rehearsals/1", "/"))


@pytest.mark.parametrize("typed", ["", "59", "soixante"])
def test_another_number_sends_nothing(clerk: Asking, office: Project, typed: str) -> None:
    assert clerk.post(PAGE, data={"typed": typed, "when": "now"}, headers=OURS).status_code == 422
    assert office.mailings() == []


def test_a_number_may_be_typed_as_it_is_printed(clerk: Asking, office: Project) -> None:
    at = f"{datetime.now(office.settings.site.zone) + timedelta(days=2):%Y-%m-%dT%H:%M}"
    answer = clerk.post(PAGE, data={"typed": " 6 0 ", "when": "at", "at": at}, headers=OURS)
    assert answer.status_code == 303
    office.cancel(office.mailing("last"))


def test_without_an_approval_nothing_leaves(tmp_path: Path) -> None:
    office = make_office(tmp_path / "autre", port=9)
    clerk = clerk_of(office)
    assert "The approval is missing." in clerk.get(PAGE).text
    assert clerk.post(PAGE, data={"typed": "60", "when": "now"}, headers=OURS).status_code == 422
    assert office.mailings() == []


@pytest.mark.parametrize("at", ["", "hier", "2020-01-01T08:00", "2027-03-28T02:30"])
def test_an_hour_that_is_none_is_said_in_the_page(clerk: Asking, office: Project, at: str) -> None:
    assert clerk.post(PAGE, data={"typed": "60", "when": "at", "at": at}, headers=OURS).status_code == 422
    assert office.mailings() == []
    page = clerk.get(PAGE, params={"when": "at", "at": at or "-"}).text
    assert "At what hour is it to leave?" in page
    assert "leaves" not in page.partition("<h1")[2].partition("</h1>")[0]
    assert 'name="typed" inputmode="numeric" autocomplete="off" required value="" disabled' in page


@pytest.mark.parametrize(
    ("at", "way_out"), [("2020-01-01T08:00", "one to come"), ("2026-10-25T02:30", "an hour before or after")]
)
def test_the_page_never_asks_for_what_its_field_cannot_say(clerk: Asking, at: str, way_out: str) -> None:
    page = clerk.get(PAGE, params={"when": "at", "at": at}).text
    assert way_out in page
    assert "--at" not in page
    assert "+0200" not in page


def test_a_departure_in_a_moment_is_cancelled_with_one_button(clerk: Asking, office: Project) -> None:
    plan = office.plan(office.issue("156"), start_at=datetime.now(UTC) + timedelta(minutes=5))
    mailing = office.schedule(plan, orders=Orders())
    assert clerk.get(PAGE).headers["location"] == f"/mailings/{mailing.id}"
    page = clerk.get(f"/mailings/{mailing.id}").text
    assert re.search(r"Leaving in [45] min", page)
    assert "0 %" not in page  # nothing has begun
    clerk.post(f"/mailings/{mailing.id}/cancel", headers=OURS)
    assert office.mailing("last").state is MailingState.CANCELLED
    assert clerk.get(PAGE).status_code == 200


def test_a_mailing_that_began_is_given_up_only_with_the_word(clerk: Asking, office: Project) -> None:
    mailing = office.create_mailing(office.plan(office.issue("156")))
    for typed, status in (("", 422), ("oui", 422), ("Cancel ", 303)):
        answer = clerk.post(f"/mailings/{mailing.id}/cancel", data={"typed": typed}, headers=OURS)
        assert answer.status_code == status
    assert "60 people will not get this letter" in clerk.get(f"/mailings/{mailing.id}").text


def test_a_mailing_whose_process_died_says_so_and_offers_to_go_on(clerk: Asking, office: Project) -> None:
    mailing = office.create_mailing(office.plan(office.issue("156")))
    office.deliveries.set_state(mailing.id, MailingState.RUNNING, now=AT)
    page = clerk.get(f"/mailings/{mailing.id}").text
    assert "It was interrupted" in page
    assert f'action="/mailings/{mailing.id}/resume"' in page


def test_a_mailing_past_its_last_hour_asks_before_it_goes_on(clerk: Asking, office: Project) -> None:
    mailing = office.create_mailing(office.plan(office.issue("156")), orders=Orders(not_after=AT - timedelta(days=9)))
    office.deliveries.set_state(mailing.id, MailingState.PAUSED, now=AT)
    page = clerk.get(f"/mailings/{mailing.id}").text
    assert "Its last hour is past" in page
    assert f'action="/mailings/{mailing.id}/late"' in page
    assert f'action="/mailings/{mailing.id}/resume"' not in page


def test_why_the_process_could_not_send_is_said(clerk: Asking, office: Project) -> None:
    mailing = office.create_mailing(office.plan(office.issue("156")))
    with office.deliveries.sole_sender():
        office.dispatch(mailing)
        _await(lambda: office.last_words(mailing) != "")
    assert "another process is already sending" in clerk.get(f"/mailings/{mailing.id}").text


def test_a_mailing_is_followed_even_when_the_file_of_its_issue_is_gone(clerk: Asking, office: Project) -> None:
    mailing = _uncertain(office)
    assert "The four stages" in clerk.get(f"/mailings/{mailing.id}").text
    (office.issues_folder / f"{ISSUE}.md").unlink()
    page = clerk.get(f"/mailings/{mailing.id}")
    assert page.status_code == 200
    assert "The four stages" not in page.text
    assert ISSUE in page.text


def test_uncertain_ones_are_left_when_somebody_says_so(clerk: Asking, office: Project) -> None:
    mailing = _uncertain(office)
    page = clerk.get(f"/mailings/{mailing.id}").text
    assert "2 uncertain mails: it is for you to decide" in page
    clerk.post(f"/mailings/{mailing.id}/keep", headers=OURS)
    assert office.counts(mailing) == Counts(sent=60)


def test_one_uncertain_person_is_decided_about_alone(clerk: Asking, office: Project) -> None:
    mailing = _uncertain(office)
    first, second = (one.email for one in office.outcomes(mailing, DeliveryState.UNCERTAIN, most=9))
    clerk.post(f"/mailings/{mailing.id}/keep", data={"email": first}, headers=OURS)
    assert office.counts(mailing) == Counts(sent=59, uncertain=1)
    people = clerk.get(f"/mailings/{mailing.id}/people/uncertain").text
    assert second in people
    assert first not in people


@pytest.mark.parametrize("page", ["", "/people/uncertain"])
def test_whoever_is_named_is_one_click_away_wherever_they_are_now(clerk: Asking, office: Project, page: str) -> None:
    mailing = _uncertain(office)
    erased, suppressed = (one.email for one in office.outcomes(mailing, DeliveryState.UNCERTAIN, most=9))
    office.suppress(suppressed)
    office.erase(erased)
    people = clerk.get(f"/mailings/{mailing.id}{page}").text
    [path] = re.findall(r'href="(/subscribers/\d+)"', people)
    assert "somebody who was erased" in people
    assert 'name="email" value=""' not in people
    assert suppressed in clerk.get(path).text


def test_a_figure_of_the_account_opens_its_people(clerk: Asking, office: Project) -> None:
    person = next(office.subscribers("members"))[0]
    office.leave(office.subscriptions(person.id)[0], detail="hand")
    page = clerk.get(PAGE).text
    [path] = set(re.findall(r'href="(/subscribers[^"]*unsubscribed)"', page))
    assert person.email in clerk.get(path.replace("&amp;", "&")).text


@pytest.mark.slow
def test_uncertain_ones_are_resent_when_somebody_says_so(clerk: Asking, office: Project, server: FaultServer) -> None:
    mailing = _uncertain(office)
    clerk.post(f"/mailings/{mailing.id}/resend", headers=OURS)
    _await(lambda: office.counts(mailing) == Counts(sent=60))
    assert len(server.accepted) == 2


def test_who_paused_a_mailing_resumes_it_and_a_decision_does_not(clerk: Asking, office: Project) -> None:
    mailing = _uncertain(office)
    office.deliveries.set_state(mailing.id, MailingState.PAUSED, now=AT)
    clerk.post(f"/mailings/{mailing.id}/resend", headers=OURS)
    assert office.counts(mailing) == Counts(sent=58, queued=2)
    assert office.mailing("last").state is MailingState.PAUSED


def test_the_account_is_a_subtraction(clerk: Asking, office: Project) -> None:
    office.suppress("solange@example.org")
    account = office.account(office.issue("156"))
    left_out = account.pending + account.unsubscribed + account.suppressed + account.served
    assert account.listed - left_out == account.people
    _uncertain(office)
    assert office.account(office.issue("156")).served == 60


def test_every_outcome_is_seen_in_the_bar_and_the_bar_is_full() -> None:
    mailing = Mailing(id=1, issue="x", list="y", state=MailingState.RUNNING, rehearsal=False, created_at=AT)
    counts = Counts(sent=99_000, failed=1, uncertain=1, queued=998)
    shares = Ledger(mailing=mailing, counts=counts, interrupted=False, trouble="").shares
    assert [share.key for share in shares] == ["sent", "failed", "uncertain", "queued"]
    assert min(share.width for share in shares) > LEAST * 0.95
    assert sum(share.width for share in shares) == pytest.approx(WIDTH, abs=1)


def test_the_pace_is_measured_on_the_last_looks_alone() -> None:
    pace = Pace()
    assert pace.measure(Counts(sent=10), at=AT) == 0
    assert pace.measure(Counts(sent=20), at=AT + timedelta(seconds=10)) == 60


@pytest.mark.parametrize("act", ["pause", "resume", "late", "cancel", "keep", "resend"])
def test_another_site_decides_nothing(clerk: Asking, office: Project, act: str) -> None:
    mailing = _uncertain(office)
    assert clerk.post(f"/mailings/{mailing.id}/{act}", data={"typed": "cancel"}).status_code == 403
    assert office.counts(mailing).uncertain == 2


def test_an_act_that_does_not_exist_is_not_done(clerk: Asking) -> None:
    assert clerk.post("/mailings/1/erase", headers=OURS).status_code == 422
