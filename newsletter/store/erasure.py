"""Erases a person (GDPR art. 17): what remains says neither who nor where, and cannot come back by an import."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, exists, insert, or_, select, union, update

from newsletter.model import Event, SuppressionReason
from newsletter.store.keyed import address_key
from newsletter.store.people import ERASED, add_event
from newsletter.store.tables import consents, deliveries, events, proofs, subscribers, subscriptions, suppressions
from newsletter.store.transactions import hold, scrub, writing


def erase(engine: Engine, email: str, *, digest: str, now: datetime) -> bool:
    """Remove the address everywhere; False when it was nowhere. `digest` is its keyed hash.

    Deliveries stay as anonymous rows, so that every mailing's counts stay true. The files are scrubbed in any case:
    a second call completes a first one that another process hindered.
    """
    # Not while an import runs: what stands here knows the address by its key, what is left of it by its hash alone.
    with writing(engine, alone="import") as connection:
        known = forget(connection, email, digest=digest, now=now)
    scrub(engine)
    return known


def forget(connection: Connection, email: str, *, digest: str, now: datetime) -> bool:
    """The same within a transaction that has the imports to itself; the files are not scrubbed."""
    known = _erase_person(connection, email, now=now)
    known |= _erase_proofs(connection, address_key(email))
    known |= _forget_suppressed(connection, digest)
    if known:
        _bar(connection, digest, now=now)
    return known


def _erase_person(connection: Connection, email: str, *, now: datetime) -> bool:
    key = address_key(email)
    person = connection.execute(select(subscribers.c.id).where(subscribers.c.email_key == key)).scalar()
    if person is None:
        return False
    _erase_consents(connection, person)
    # The server's answers often quote the address.
    anonymous = update(deliveries).where(deliveries.c.subscriber_id == person).values(email="", reply_text="")
    connection.execute(anonymous)
    connection.execute(delete(subscribers).where(subscribers.c.id == person))
    add_event(connection, person, Event(kind=ERASED, at=now))
    return True


def _erase_consents(connection: Connection, person: int) -> None:
    """Their subscriptions, the words of their history, and the consents that both rest on."""
    resting = (subscriptions, events)
    theirs = (select(each.c.consent_id).where(each.c.subscriber_id == person) for each in resting)
    ids: Sequence[int] = connection.execute(union(*theirs)).scalars().all()
    connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id == person))
    connection.execute(update(events).where(events.c.subscriber_id == person).values(detail="", consent_id=None))
    # The proof of an import is everybody's; a form's is this person's alone, and may say from which machine.
    shared = (exists().where(each.c.consent_id == consents.c.id) for each in resting)
    connection.execute(delete(consents).where(consents.c.id.in_(ids), ~or_(*shared)))


def _erase_proofs(connection: Connection, key: str) -> bool:
    """Test sends may have gone to the same person."""
    found = False
    for row in connection.execute(select(proofs.c.id, proofs.c.to)).all():
        others = [address for address in row.to if address_key(address) != key]
        if others != row.to:
            connection.execute(update(proofs).where(proofs.c.id == row.id).values(to=others))
            found = True
    return found


def _forget_suppressed(connection: Connection, digest: str) -> bool:
    address = suppressions.c.email.is_not(None)
    known = update(suppressions).where(suppressions.c.hash == digest, address).values(email=None, email_key=None)
    return bool(connection.execute(known).rowcount)


def _bar(connection: Connection, digest: str, *, now: datetime) -> None:
    hold(connection, "departures")
    erased = {"reason": SuppressionReason.ERASED.value, "at": now}
    if not connection.execute(update(suppressions).where(suppressions.c.hash == digest).values(erased)).rowcount:
        connection.execute(insert(suppressions).values(hash=digest, email=None, **erased))
