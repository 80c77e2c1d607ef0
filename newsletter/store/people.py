"""What the store says about people: the conditions, the events and the rows that its two halves share."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, bindparam, exists, insert, select

from newsletter.model import (
    Consent,
    Event,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
)
from newsletter.store.keyed import address_key
from newsletter.store.tables import consents, events, subscribers, subscriptions, suppressions
from newsletter.store.transactions import hold, reading

#: Rows read, or written, at a time: memory stays flat however long the list.
PAGE = 1000

#: Events of one list after which a person is written to, or is not.
JOINED = ("imported", SubscriptionStatus.CONFIRMED.value)
LEFT = (SubscriptionStatus.UNSUBSCRIBED.value, SubscriptionStatus.PENDING.value)

#: Events of the person, whatever the list.
SUPPRESSED, UNSUPPRESSED, ERASED = "suppressed", "unsuppressed", "erased"

#: Event of nobody: a file changed names, tags or fields, and what was counted by them is counted again.
AMENDED = "amended"


def is_suppressed() -> ColumnElement[bool]:
    """Condition on `subscribers`: the address is never to be mailed."""
    return exists().where(suppressions.c.email_key == subscribers.c.email_key)


def is_among(
    connection: Connection, person: ColumnElement[int], *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Condition on `subscribers`: of the rows that fit these conditions, one names this `person`.

    SQLite reads those rows once; else it would look for them again at each person. PostgreSQL does the better of the
    two of itself, and only where the person is named by the conditions.
    """
    if connection.dialect.name == "postgresql":
        return exists().where(*conditions, person == subscribers.c.id).correlate(subscribers)
    # Said, since the statement may stand within another one that reads the same tables.
    return subscribers.c.id.in_(select(person).where(*conditions).correlate(None))


def is_mailable() -> ColumnElement[bool]:
    """Condition on `subscribers` joined with `subscriptions`: this person is written to."""
    return and_(subscriptions.c.status == SubscriptionStatus.CONFIRMED.value, ~is_suppressed())


def mailable_on(list_id: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """Those whom a letter to the list would reach now."""
    people = subscribers.join(subscriptions)
    return select(*columns).select_from(people).where(subscriptions.c.list_id == list_id, is_mailable())


def add_event(
    connection: Connection, subscriber_id: int | None, event: Event, *, consent_id: int | None = None
) -> None:
    """Append a fact, and what it rests on.

    Departures are written one transaction after the other, so that the highest id seen is final.
    """
    if event.kind not in JOINED:
        hold(connection, "departures")
    values = {"at": event.at, "kind": event.kind, "list_id": event.list, "detail": event.detail}
    connection.execute(insert(events).values(subscriber_id=subscriber_id, consent_id=consent_id, **values))


def put_suppression(
    connection: Connection, email: str, *, digest: str, reason: SuppressionReason, at: datetime
) -> bool:
    """Suppress an address unless it already is; the event goes to the person who has it, if somebody does."""
    hold(connection, "departures")
    if connection.execute(select(exists().where(suppressions.c.hash == digest))).scalar():
        return False
    key = address_key(email)
    values = {"hash": digest, "email": email, "email_key": key, "reason": reason.value, "at": at}
    connection.execute(insert(suppressions).values(values))
    person = connection.execute(select(subscribers.c.id).where(subscribers.c.email_key == key)).scalar()
    add_event(connection, person, Event(kind=SUPPRESSED, at=at, detail=reason.value))
    return True


def pages(engine: Engine, query: Select[Any], key: ColumnElement[int]) -> Iterator[Row[Any]]:
    """Every row of a query by `key`, a page at a time: no transaction stays open while the caller works."""
    for page in whole_pages(engine, query, key):
        yield from page


def whole_pages(engine: Engine, query: Select[Any], key: ColumnElement[int]) -> Iterator[Sequence[Any]]:
    """The same, a page at a time; the last may be empty."""
    page = query.where(key > bindparam("after", type_=key.type)).order_by(key).limit(PAGE)
    last, is_last = 0, False
    while not is_last:
        with reading(engine) as connection:
            rows = connection.execute(page, {"after": last}).all()
        yield rows
        if not (is_last := len(rows) < PAGE):
            last = rows[-1]._mapping[key]


# --- rows to words ---------------------------------------------------------------------------------------------


def with_consent() -> Select[Any]:
    """Subscriptions with the proof of each."""
    proof = (consents.c.text, consents.c.source, consents.c.at)
    return select(subscriptions, *proof).select_from(subscriptions.outerjoin(consents))


def as_subscriber(row: Row[Any]) -> Subscriber:
    """From a row that holds the columns of `subscribers`."""
    cells = row._mapping
    return Subscriber(
        id=cells[subscribers.c.id],
        email=cells[subscribers.c.email],
        first_name=cells[subscribers.c.first_name],
        last_name=cells[subscribers.c.last_name],
        tags=tuple(cells[subscribers.c.tags]),
        fields=cells[subscribers.c.fields],
        created_at=cells[subscribers.c.created_at],
    )


def as_subscription(row: Row[Any]) -> Subscription:
    """From a row of `with_consent`."""
    cells = row._mapping
    proof = None
    if cells[consents.c.at]:
        proof = Consent(text=cells[consents.c.text], source=cells[consents.c.source], at=cells[consents.c.at])
    return Subscription(
        id=cells[subscriptions.c.id],
        subscriber=cells[subscriptions.c.subscriber_id],
        list=cells[subscriptions.c.list_id],
        status=SubscriptionStatus(cells[subscriptions.c.status]),
        consent=proof,
        changed_at=cells[subscriptions.c.changed_at],
    )


def as_suppression(row: Row[Any]) -> Suppression:
    """From a row of `suppressions`."""
    return Suppression(hash=row.hash, email=row.email, reason=SuppressionReason(row.reason), at=row.at)


def with_source() -> Select[Any]:
    """Events with the source of the consent that each rests on."""
    resting = events.outerjoin(consents, consents.c.id == events.c.consent_id)
    return select(events, consents.c.source).select_from(resting)


def as_event(row: Row[Any]) -> Event:
    """From a row of `with_source`."""
    return Event(at=row.at, kind=row.kind, list=row.list_id, detail=row.source or row.detail)
