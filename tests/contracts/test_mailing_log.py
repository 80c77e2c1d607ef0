"""What every DeliveryStore writes down of a mailing."""

from datetime import timedelta

from newsletter.model import Approval, DeliveryState, Freeze, MailingEvent, MailingEventKind, MailingState, Outcome
from newsletter.store import SqlAudienceStore, SqlDeliveryStore
from tests.store.databases import LATER, MAIL, NOW, numbered, subscribe

Kind = MailingEventKind


def _freeze(delivery: SqlDeliveryStore, *, later: bool = False, approved: str = "") -> int:
    hours = {"start_at": LATER, "not_after": LATER} if later else {}
    freeze = Freeze(issue=MAIL.issue, list="members", rehearsal=False, approved=approved, **hours)
    return delivery.create_mailing(freeze, MAIL, now=NOW).id


def _kinds(delivery: SqlDeliveryStore, mailing: int) -> list[MailingEventKind]:
    """Oldest first."""
    return [event.kind for event in delivery.log(mailing)][::-1]


def test_a_departure_names_who_approved_these_very_bytes(delivery: SqlDeliveryStore) -> None:
    for by, sha256 in (("Hélène", "ab"), ("Nora", "cd"), ("Basile", "ef")):
        delivery.save_approval(Approval(issue=MAIL.issue, by=by, at=NOW, parts={}, sha256=sha256, people=0))
    mailing = _freeze(delivery, approved="cd")
    delivery.set_state(mailing, MailingState.RUNNING, now=LATER)
    assert delivery.log(mailing) == [MailingEvent(at=LATER, kind=Kind.STARTED, words="Nora")]


def test_every_move_is_written_once_and_what_changes_nothing_is_not(delivery: SqlDeliveryStore) -> None:
    mailing = _freeze(delivery)
    moves = (
        (MailingState.RUNNING, ""),
        (MailingState.PAUSED, "the server refuses"),
        (MailingState.PAUSED, "the server refuses"),
        (MailingState.RUNNING, ""),
        (MailingState.CANCELLED, ""),
        (MailingState.RUNNING, ""),  # too late: it stays cancelled
    )
    for minutes, (state, note) in enumerate(moves):
        delivery.set_state(mailing, state, now=NOW + timedelta(minutes=minutes), note=note)
    assert _kinds(delivery, mailing) == [Kind.STARTED, Kind.PAUSED, Kind.RESUMED, Kind.CANCELLED]
    assert [event.words for event in delivery.log(mailing)] == ["", "", "the server refuses", ""]


def test_a_mailing_with_an_hour_says_it_and_every_other_one(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(2))
    mailing = _freeze(delivery, later=True)
    later = LATER + timedelta(hours=1)
    delivery.reschedule(mailing, start_at=later, not_after=later, now=NOW)
    delivery.start_mailing(mailing, now=later)
    delivery.start_mailing(mailing, now=later)
    delivery.reschedule(mailing, start_at=LATER, not_after=LATER, now=later)  # it has started: no other hour
    assert _kinds(delivery, mailing) == [Kind.PLANNED, Kind.PLANNED, Kind.STARTED]
    assert [event.start_at for event in delivery.log(mailing)] == [None, later, LATER]


def test_an_interruption_says_how_many_it_leaves_uncertain_and_nothing_when_there_was_none(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(5))
    mailing = _freeze(delivery)
    delivery.recover(mailing, started=frozenset(), now=NOW)
    page = delivery.claim(mailing, limit=4, now=NOW)
    delivery.record(mailing, [Outcome(delivery=page[0].delivery, state=DeliveryState.SENT)], now=NOW)
    started = frozenset(reader.delivery for reader in page[:3])  # the first one's answer is known
    delivery.recover(mailing, started=started, now=LATER)
    delivery.recover(mailing, started=frozenset(), now=LATER)
    assert delivery.log(mailing) == [MailingEvent(at=LATER, kind=Kind.RECOVERED, number=2)]


def test_a_decision_about_the_uncertain_is_written_with_their_number(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, *numbered(3))
    mailing = _freeze(delivery)
    delivery.claim(mailing, limit=3, now=NOW)
    delivery.recover(mailing, started=None, now=NOW)
    first = next(iter(delivery.deliveries(mailing))).email
    delivery.resolve(mailing, resend=True, now=LATER, email=first)
    delivery.resolve(mailing, resend=False, now=LATER)
    delivery.resolve(mailing, resend=False, now=LATER)
    written = [(event.kind, event.number) for event in delivery.log(mailing)]
    assert written == [(Kind.KEPT, 2), (Kind.RESENT, 1), (Kind.RECOVERED, 3)]


def test_a_remark_stays_with_its_own_mailing(delivery: SqlDeliveryStore) -> None:
    first, second = _freeze(delivery), _freeze(delivery)
    delivery.remark(first, "a relay is left out", now=LATER)
    assert delivery.log(first) == [MailingEvent(at=LATER, kind=Kind.REMARKED, words="a relay is left out")]
    assert delivery.log(second) == []
