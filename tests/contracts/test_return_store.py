"""What every ReturnStore promises."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from newsletter.model import Addressee, AudienceChange, Event, Readership, SuppressionReason
from newsletter.store import SqlAudienceStore, SqlDeliveryStore, SqlReturnStore
from tests.store.databases import LATER, MAIL, NOW, mail_to, subscribe

BOUNCED = Event(kind="bounced", at=NOW, detail=f"5.1.1, {MAIL.issue}")
EVERYBODY = Readership.whole("members")


@pytest.fixture
def returns(engine: Engine) -> SqlReturnStore:
    return SqlReturnStore(engine)


@pytest.fixture
def lea(audience: SqlAudienceStore, delivery: SqlDeliveryStore, returns: SqlReturnStore) -> Addressee:
    """One of two readers of a mailing."""
    subscribe(audience, "lea@example.org", "nora@example.org")
    mailing = mail_to(delivery)
    number = next(each.id for each in delivery.deliveries(mailing.id) if each.email == "lea@example.org")
    to = returns.addressee(number)
    assert to
    return to


def test_a_delivery_names_its_reader_and_its_issue(audience: SqlAudienceStore, lea: Addressee) -> None:
    person = audience.find("lea@example.org")
    assert person and lea == Addressee(person.id, "lea@example.org", MAIL.issue, mailing=1)


def test_an_erased_reader_is_named_no_more(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, returns: SqlReturnStore, lea: Addressee
) -> None:
    audience.erase(lea.email, now=LATER)
    assert [returns.addressee(number) is None for number, _reader in returns.copies(1)].count(True) == 1
    assert returns.addressee(999) is None


def test_the_copies_of_a_mailing_are_its_deliveries(
    delivery: SqlDeliveryStore, returns: SqlReturnStore, lea: Addressee
) -> None:
    assert sorted(number for number, _reader in returns.copies(1)) == [each.id for each in delivery.deliveries(1)]
    assert lea.subscriber in {reader for _number, reader in returns.copies(1)}


def test_a_fact_is_entered_once_and_suppresses_once(
    audience: SqlAudienceStore, returns: SqlReturnStore, lea: Addressee
) -> None:
    assert returns.enter(lea, BOUNCED, reason=SuppressionReason.BOUNCED, now=LATER)
    assert audience.is_suppressed(lea.email)
    assert audience.unsuppress(lea.email, now=LATER)
    assert not returns.enter(lea, BOUNCED, reason=SuppressionReason.BOUNCED, now=LATER)
    assert not audience.is_suppressed(lea.email)
    kinds = [event.kind for event in audience.events(lea.subscriber)]
    assert kinds == ["imported", "bounced", "suppressed", "unsuppressed"]


def test_a_failure_for_now_bars_nobody_and_moves_no_audience(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, returns: SqlReturnStore, lea: Addressee
) -> None:
    before = audience.readers_digest(EVERYBODY)
    assert returns.enter(lea, Event(kind="bounced", at=LATER, detail="5.2.2, x"), reason=None, now=LATER)
    assert audience.readers_digest(EVERYBODY) == before
    assert audience.audience_change("members", NOW - timedelta(days=1)) == AudienceChange(joined=2, left=0)
    assert delivery.withdrawn(1, after=0)[1] == frozenset()


def test_whoever_complains_during_a_mailing_is_not_written_to(
    delivery: SqlDeliveryStore, returns: SqlReturnStore, lea: Addressee
) -> None:
    fact = Event(kind="complained", at=NOW, detail=MAIL.issue)
    assert returns.enter(lea, fact, reason=SuppressionReason.COMPLAINED, now=NOW)
    assert delivery.withdrawn(1, after=0)[1] == {lea.subscriber}
    assert [reader.email for reader in delivery.claim(1, limit=9, now=NOW)] == ["nora@example.org"]


def test_a_complaint_counts_with_its_mailing_once_and_outlives_the_reader(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore, returns: SqlReturnStore, lea: Addressee
) -> None:
    fact = Event(kind="complained", at=NOW, detail=MAIL.issue)
    assert returns.enter(lea, fact, reason=SuppressionReason.COMPLAINED, now=NOW)
    assert not returns.enter(lea, fact, reason=SuppressionReason.COMPLAINED, now=NOW)
    assert returns.enter(lea, BOUNCED, reason=None, now=NOW)
    audience.erase(lea.email, now=LATER)
    assert delivery.load_mailing(1).complaints == 1


def test_erasing_a_person_empties_what_came_back(
    audience: SqlAudienceStore, returns: SqlReturnStore, lea: Addressee
) -> None:
    returns.enter(lea, BOUNCED, reason=SuppressionReason.BOUNCED, now=LATER)
    audience.erase(lea.email, now=LATER)
    assert {event.detail for event in audience.events(lea.subscriber)} == {""}
