"""What comes back, found by its delivery and entered once: port ReturnStore on SQL."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from sqlalchemy import Engine, exists, select, update

from newsletter.model import Addressee, Event, ReturnKind, SuppressionReason
from newsletter.store.keyed import address_hash, load_secret
from newsletter.store.people import add_event, pages, put_suppression
from newsletter.store.tables import deliveries, events, mailings
from newsletter.store.transactions import hold, reading, writing


class SqlReturnStore:
    """Port ReturnStore; each method's contract stands there. Raises StoreError when the database cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def _secret(self) -> bytes:
        return load_secret(self._engine)

    def addressee(self, delivery: int) -> Addressee | None:
        """Whom a delivery was for; None when there is none of this number, or the person was erased."""
        columns = (deliveries.c.subscriber_id, deliveries.c.email, mailings.c.issue, mailings.c.id)
        query = select(*columns).join_from(deliveries, mailings).where(deliveries.c.id == delivery)
        with reading(self._engine) as connection:
            row = connection.execute(query.where(deliveries.c.email != "")).first()
        return Addressee(*row) if row else None

    def copies(self, mailing_id: int) -> Iterator[tuple[int, int]]:
        """(delivery, subscriber) of every copy of a mailing, streaming."""
        key = deliveries.c.subscriber_id
        query = select(deliveries.c.id, key).where(deliveries.c.mailing_id == mailing_id)
        return ((row.id, row.subscriber_id) for row in pages(self._engine, query, key))

    def enter(self, to: Addressee, fact: Event, *, reason: SuppressionReason | None, now: datetime) -> bool:
        """Append a fact once, and suppress the address with it when there is a reason; False when it was known."""
        digest = address_hash(self._secret, to.email)
        same = (events.c.subscriber_id == to.subscriber) & (events.c.kind == fact.kind)
        with writing(self._engine) as connection:
            hold(connection, "departures")
            if connection.execute(select(exists().where(same, events.c.detail == fact.detail))).scalar():
                return False
            add_event(connection, to.subscriber, fact)
            if fact.kind == ReturnKind.COMPLAINED:
                mine = update(mailings).where(mailings.c.id == to.mailing)
                connection.execute(mine.values(complaints=mailings.c.complaints + 1))
            if reason:
                put_suppression(connection, to.email, digest=digest, reason=reason, at=now)
        return True
