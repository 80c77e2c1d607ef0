"""One person joins or leaves, with proof and at once."""

import pytest

from newsletter.audience.subscriptions import add_subscriber, unsubscribe
from newsletter.audience.tokens import make_unsubscribe_token, make_web_token
from newsletter.errors import ContentError, RefusedError, UsageError
from newsletter.model import Subscriber, SubscriptionStatus, SuppressionReason
from newsletter.store import SqlAudienceStore
from tests.store.databases import LATER, NOW


@pytest.fixture
def store(sqlite) -> SqlAudienceStore:
    return SqlAudienceStore(sqlite)


def add(store: SqlAudienceStore, email: str = "eve@example.org", *, consent: str = "by phone") -> Subscriber:
    return add_subscriber(store, email, list_id="members", consent_text=consent, now=NOW, first_name=" Ève\u200b")


def test_adding_somebody_keeps_the_name_and_the_proof(store: SqlAudienceStore) -> None:
    person = add(store)
    assert (person.email, person.first_name) == ("eve@example.org", "Ève")
    (theirs,) = store.subscriptions(person.id)
    assert theirs.consent
    assert (theirs.status, theirs.consent.text, theirs.consent.source) == ("confirmed", "by phone", "hand")


def test_adding_twice_is_one_person_and_one_event(store: SqlAudienceStore) -> None:
    assert add(store) == add(store, "EVE@example.org")
    person = store.find("eve@example.org")
    assert person
    assert len(store.events(person.id)) == 1


def test_adding_by_hand_brings_back_whoever_had_left(store: SqlAudienceStore) -> None:
    person = add(store)
    token = make_unsubscribe_token(store.secret(), store.subscriptions(person.id)[0].id)
    unsubscribe(store, token, now=LATER, detail="one-click")
    add(store)
    assert store.subscriptions(person.id)[0].status is SubscriptionStatus.CONFIRMED


def test_a_suppressed_address_cannot_be_added(store: SqlAudienceStore) -> None:
    store.suppress("eve@example.org", SuppressionReason.COMPLAINED, now=NOW)
    with pytest.raises(RefusedError, match="suppression list"):
        add(store)
    assert store.find("eve@example.org") is None


def test_nobody_is_added_without_a_good_address_and_a_consent_text(store: SqlAudienceStore) -> None:
    with pytest.raises(ContentError, match="no @"):
        add(store, "eve.example.org")
    with pytest.raises(UsageError, match="consent"):
        add(store, consent=" ")
    assert list(store.subscribers()) == []


def test_a_token_ends_its_subscription_at_once_and_again(store: SqlAudienceStore) -> None:
    person = add(store)
    token = make_unsubscribe_token(store.secret(), store.subscriptions(person.id)[0].id)
    for _ in range(2):
        theirs = unsubscribe(store, token, now=LATER, detail="one-click")
        assert theirs
        assert (theirs.status, theirs.changed_at) == (SubscriptionStatus.UNSUBSCRIBED, LATER)
    assert store.audience_size("members").mailable == 0
    assert store.events(person.id)[-1].detail == "one-click"


def test_a_token_not_ours_or_of_somebody_erased_ends_nothing(store: SqlAudienceStore) -> None:
    person = add(store)
    subscription = store.subscriptions(person.id)[0].id
    for token in ("1.forged", make_web_token(store.secret(), subscription)):
        assert unsubscribe(store, token, now=LATER, detail="one-click") is None
    assert store.audience_size("members").mailable == 1
    store.erase("eve@example.org", now=LATER)
    assert unsubscribe(store, make_unsubscribe_token(store.secret(), subscription), now=LATER, detail="x") is None
