"""Whom an import leaves alone: how many they are, and of the first ones who, why and since when."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from newsletter.model import ImportRow, KeptOut, SubscriptionStatus, Suppression
from newsletter.store.keyed import address_key
from newsletter.store.people import as_suppression
from newsletter.store.tables import subscribers, subscriptions, suppressions

#: Told by name; the others are counted, so that memory stays flat whatever the file.
NAMED = 200


class Outsiders:
    """Gathered while an import runs; what is known of them is asked once, of the few who are told."""

    def __init__(self) -> None:
        self.number = 0
        self._first: list[ImportRow] = []

    def add(self, row: ImportRow) -> None:
        """One more, about in the order of the file."""
        self.number += 1
        if len(self._first) < NAMED:
            self._first.append(row)

    def told(self, connection: Connection, *, list_id: str, key_hash: Callable[[str], str]) -> tuple[KeptOut, ...]:
        """The first of them, by line; `key_hash` is `key_hasher` of the database's secret."""
        if not self._first:
            return ()
        keys = {address_key(row.email): row for row in self._first}
        people = {person.email_key: person for person in connection.execute(_people(keys, list_id))}
        hashes = {key_hash(key): key for key in keys}
        found = connection.execute(select(suppressions).where(suppressions.c.hash.in_(hashes)))
        barred = {hashes[row.hash]: as_suppression(row) for row in found}
        told = (_kept_out(row, people.get(key), barred.get(key)) for key, row in keys.items())
        return tuple(sorted(filter(None, told), key=lambda one: one.line))


def _people(keys: Mapping[str, ImportRow], list_id: str) -> Select[Any]:
    """Those who have these addresses, and since when they are not on the list any more."""
    left = and_(
        subscriptions.c.subscriber_id == subscribers.c.id,
        subscriptions.c.list_id == list_id,
        subscriptions.c.status == SubscriptionStatus.UNSUBSCRIBED.value,
    )
    known = select(subscribers.c.id, subscribers.c.email_key, subscriptions.c.changed_at)
    return known.select_from(subscribers.outerjoin(subscriptions, left)).where(subscribers.c.email_key.in_(keys))


def _kept_out(row: ImportRow, person: Row[Any] | None, suppression: Suppression | None) -> KeptOut | None:
    """A suppression is told before a departure: it holds for every list. None for whom nothing keeps out any more."""
    since = suppression.at if suppression else person and person.changed_at
    if not since:
        return None
    return KeptOut(
        line=row.line,
        address=row.email,
        since=since,
        reason=suppression.reason if suppression else None,
        person=person.id if person else None,
    )
