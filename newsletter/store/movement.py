"""How an audience moved since a moment, read from the history: what an approval is compared with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, Row, or_, select

from newsletter.model import AudienceChange
from newsletter.store.people import ERASED, JOINED, LEFT, SUPPRESSED, UNSUPPRESSED
from newsletter.store.tables import events


@dataclass
class _Standing:
    """Whether somebody is written to, as the facts come in."""

    subscribed: bool = False
    barred: bool = False

    @property
    def mailable(self) -> bool:
        return self.subscribed and not self.barred

    def see(self, kind: str) -> None:
        if kind in JOINED or kind in LEFT:
            self.subscribed = kind in JOINED
        elif kind in (SUPPRESSED, ERASED, UNSUPPRESSED):
            self.barred = kind != UNSUPPRESSED


def movement(connection: Connection, list_id: str, *, since: datetime) -> AudienceChange:
    """Mailable now = mailable then + joined - left, exactly; who came and went in between counts in neither."""
    concerned = or_(events.c.list_id == list_id, events.c.list_id.is_(None))
    moved = select(events.c.subscriber_id).where(concerned, events.c.at > since)
    query = select(events.c.subscriber_id, events.c.at, events.c.kind)
    query = query.where(concerned, events.c.subscriber_id.in_(moved)).order_by(events.c.subscriber_id, events.c.id)
    joined = left = 0
    for _person, facts in groupby(connection.execute(query), key=lambda row: row.subscriber_id):
        before, after = _before_and_after(facts, since)
        joined += after and not before
        left += before and not after
    return AudienceChange(joined=joined, left=left)


def _before_and_after(facts: Iterable[Row[int, datetime, str]], since: datetime) -> tuple[bool, bool]:
    standing, before = _Standing(), False
    for fact in facts:
        standing.see(fact.kind)
        if fact.at <= since:
            before = standing.mailable
    return before, standing.mailable
