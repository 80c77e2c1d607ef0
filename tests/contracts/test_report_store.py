"""What every ReportStore promises."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from newsletter.model import (
    AnswerGroup,
    Counts,
    DeliveryState,
    DomainOutcome,
    ImportRow,
    Moves,
    Outcome,
    Phase,
    Reply,
    SubscriptionStatus,
    SuppressionReason,
    Tally,
)
from newsletter.store import SqlAudienceStore, SqlDeliveryStore, SqlReportStore
from tests.store.databases import CONSENT, LATER, NOW, mail_to, subscribe

SENT, DEFERRED, FAILED, UNCERTAIN = (
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
)
NOBODY = Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="no such user here")
BUSY = Reply(phase=Phase.RCPT, code=451, enhanced="4.7.1", text="greylisted")


@pytest.fixture
def reports(engine: Engine) -> SqlReportStore:
    return SqlReportStore(engine)


@pytest.fixture
def mailing(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> int:
    """Five people at three domains."""
    for email in ("a@one.org", "b@one.org", "c@one.org", "d@two.org", "e@three.org"):
        subscribe(audience, email)  # one by one: a database may number those of one import as it likes
    return mail_to(delivery).id


def settle(
    store: SqlDeliveryStore,
    mailing: int,
    states: dict[str, DeliveryState],
    *,
    at: datetime = NOW,
    reply: Reply | None = None,
) -> None:
    """Take everybody who is due, and record these outcomes; the others wait for a minute."""
    outcomes = [
        Outcome(delivery=one.delivery, state=states[one.email], reply=reply)
        if one.email in states
        else Outcome(delivery=one.delivery, state=DEFERRED, due_at=at, counts=False)
        for one in store.claim(mailing, limit=100, now=at)
    ]
    store.record(mailing, outcomes, now=at)


def test_nothing_is_reported_of_a_mailing_without_outcomes(reports: SqlReportStore, mailing: int) -> None:
    assert reports.span(mailing) is None
    assert reports.answers(mailing) == []
    (step,) = reports.timeline(mailing, since=NOW, seconds=60, steps=10)
    assert step.tally == Tally(waiting=5)
    assert reports.counts_of([mailing, 99]) == {mailing: Counts(queued=5), 99: Counts()}
    assert reports.domains(99) == (0, [])
    assert reports.timeline(99, since=NOW, seconds=60, steps=10) == []


def test_the_timeline_says_when_each_delivery_took_its_present_state(
    reports: SqlReportStore, delivery: SqlDeliveryStore, mailing: int
) -> None:
    delivery.record(
        mailing,
        [
            Outcome(delivery=one.delivery, state=DEFERRED if one.email == "a@one.org" else SENT, due_at=LATER)
            for one in delivery.claim(mailing, limit=3, now=NOW)
        ],
        now=NOW + timedelta(seconds=59, microseconds=900_000),
    )
    settle(delivery, mailing, {"a@one.org": SENT, "d@two.org": FAILED, "e@three.org": UNCERTAIN}, at=LATER)
    assert reports.span(mailing) == (NOW + timedelta(seconds=59, microseconds=900_000), LATER)
    steps = reports.timeline(mailing, since=NOW, seconds=60, steps=100)
    assert [(step.at, step.tally) for step in steps] == [
        (NOW, Tally(first=2)),
        (LATER, Tally(later=1, failed=1, uncertain=1)),
    ]


def test_whatever_came_before_or_after_the_timeline_is_in_its_first_or_last_stretch(
    reports: SqlReportStore, delivery: SqlDeliveryStore, mailing: int
) -> None:
    for hour, email in enumerate(("a@one.org", "b@one.org", "c@one.org")):
        (one,) = delivery.claim(mailing, limit=1, now=NOW)
        delivery.record(mailing, [Outcome(delivery=one.delivery, state=SENT)], now=NOW + timedelta(hours=hour))
        assert one.email == email
    steps = reports.timeline(mailing, since=NOW + timedelta(minutes=30), seconds=60, steps=2)
    assert [step.tally for step in steps] == [Tally(first=1, waiting=2), Tally(first=2)]
    assert steps[1].at == NOW + timedelta(minutes=31)


def test_outcomes_are_told_by_domain_the_largest_first(
    reports: SqlReportStore, delivery: SqlDeliveryStore, mailing: int
) -> None:
    states = {"a@one.org": SENT, "b@one.org": SENT, "c@one.org": SENT, "d@two.org": FAILED}
    settle(delivery, mailing, states, reply=NOBODY)
    one, two, three = (
        DomainOutcome(domain="one.org", tally=Tally(first=3)),
        DomainOutcome(domain="two.org", tally=Tally(failed=1)),
        DomainOutcome(domain="three.org", tally=Tally(deferred=1)),
    )
    assert reports.domains(mailing) == (3, [one, three, two])
    assert reports.domains(mailing, order="failed", most=2) == (3, [two, one])


def test_the_domain_of_an_erased_person_is_no_longer_known(
    reports: SqlReportStore, audience: SqlAudienceStore, delivery: SqlDeliveryStore, mailing: int
) -> None:
    settle(delivery, mailing, {"d@two.org": SENT})
    audience.erase("d@two.org", now=LATER)
    assert DomainOutcome(domain="", tally=Tally(first=1)) in reports.domains(mailing)[1]
    assert sum(each.tally.total for each in reports.domains(mailing)[1]) == 5


def test_refusals_are_grouped_by_their_codes_the_most_frequent_first(
    reports: SqlReportStore, delivery: SqlDeliveryStore, mailing: int
) -> None:
    page = delivery.claim(mailing, limit=5, now=NOW)
    replies = [(FAILED, None), (FAILED, NOBODY), (FAILED, NOBODY), (DEFERRED, BUSY), (SENT, None)]
    outcomes = [
        Outcome(delivery=one.delivery, state=state, reply=reply, due_at=LATER if state is DEFERRED else None)
        for one, (state, reply) in zip(page, replies, strict=True)
    ]
    delivery.record(mailing, outcomes, now=NOW)
    assert reports.answers(mailing) == [
        AnswerGroup(state=FAILED, code=550, enhanced="5.1.1", number=2, example="no such user here"),
        AnswerGroup(state=FAILED, code=0, enhanced="", number=1),
        AnswerGroup(state=DEFERRED, code=451, enhanced="4.7.1", number=1, example="greylisted"),
    ]


def test_departures_after_a_mailing_are_those_of_its_readers_from_its_list(
    reports: SqlReportStore, audience: SqlAudienceStore, mailing: int
) -> None:
    subscribe(audience, "late@one.org")
    subscribe(audience, "b@one.org", list_id="friends")
    for email, hours in (("a@one.org", 0), ("b@one.org", 23), ("c@one.org", 24), ("late@one.org", 1)):
        leave(audience, email, at=NOW + timedelta(hours=hours))
    audience.suppress("d@two.org", SuppressionReason.BOUNCED, now=NOW)
    assert reports.departures(mailing, since=NOW, until=NOW + timedelta(days=1)) == 2
    assert reports.departures(mailing, since=LATER, until=LATER) == 0


def leave(audience: SqlAudienceStore, email: str, *, at: datetime = NOW) -> None:
    person = audience.find(email)
    assert person
    for each in audience.subscriptions(person.id):
        audience.set_status(each.id, SubscriptionStatus.UNSUBSCRIBED, now=at, detail="hand")


def test_moves_say_how_people_went(reports: SqlReportStore, audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@one.org", "b@one.org", "c@one.org", "d@one.org")
    leave(audience, "a@one.org", at=LATER)
    audience.suppress("b@one.org", SuppressionReason.BOUNCED, now=LATER)
    audience.erase("c@one.org", now=LATER)
    assert reports.moves("members") == [Moves(at=NOW, joined=4), Moves(at=LATER, left=2, lost=1)]
    assert reports.moves("friends") == []


def test_the_moves_of_a_list_add_up_to_its_audience(reports: SqlReportStore, audience: SqlAudienceStore) -> None:
    chance = random.Random(157)
    for hour in range(120):
        now = NOW + timedelta(hours=hour)
        email, list_id = f"{chance.randrange(12)}@example.org", chance.choice(["members", "all"])
        act = chance.randrange(5)
        if act == 0:
            consent = replace(CONSENT, at=now)
            audience.import_rows([ImportRow(line=2, email=email)], list_id=list_id, consent=consent, dry_run=False)
        elif act == 1:
            audience.suppress(email, SuppressionReason.ASKED, now=now)
        elif act == 2:
            audience.unsuppress(email, now=now)
        elif act == 3 and chance.random() < 0.3:
            audience.erase(email, now=now)
        elif audience.find(email):
            leave(audience, email, at=now)
    for list_id in ("members", "all"):
        moves = reports.moves(list_id)
        assert [each.at for each in moves] == sorted({each.at for each in moves})
        assert sum(each.joined - each.left - each.lost for each in moves) == audience.audience_size(list_id).mailable
