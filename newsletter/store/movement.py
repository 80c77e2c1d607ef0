"""How an audience moved, read from the history: since a moment for an approval, from the first day for a report."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from newsletter.model import AudienceChange, Moves, SuppressionReason
from newsletter.store.epoch import seconds_of
from newsletter.store.people import ERASED, JOINED, LEFT, SUPPRESSED, UNSUPPRESSED
from newsletter.store.tables import DEPARTED, events

#: Seconds: no time zone is shifted by less, so that a month anywhere is made of whole ones.
_QUARTER = 900


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
    turns = list(moved(connection, list_id, since=since))
    return AudienceChange(joined=sum(joined for _who, joined in turns), left=sum(not joined for _who, joined in turns))


def moved(connection: Connection, list_id: str, *, since: datetime) -> Iterator[tuple[int, bool]]:
    """(subscriber, whether they joined or left) of each person whose moves do not cancel out."""
    concerned = or_(events.c.list_id == list_id, events.c.list_id.is_(None))
    moved = select(events.c.subscriber_id).where(concerned, events.c.at > since)
    query = select(events.c.subscriber_id, events.c.at, events.c.kind)
    query = query.where(concerned, events.c.subscriber_id.in_(moved)).order_by(events.c.subscriber_id, events.c.id)
    for person, facts in groupby(connection.execute(query), key=lambda row: row.subscriber_id):
        before, after = _before_and_after(facts, since)
        if before is not after:
            yield person, after


def _before_and_after(facts: Iterable[Row[int, datetime, str]], since: datetime) -> tuple[bool, bool]:
    standing, before = _Standing(), False
    for fact in facts:
        standing.see(fact.kind)
        if fact.at <= since:
            before = standing.mailable
    return before, standing.mailable


def moves(connection: Connection, list_id: str) -> list[Moves]:
    """Who joined and left, by quarters of an hour, oldest first; their sum is the present size of the audience."""
    found: dict[str, Counter[int]] = {"joined": Counter(), "left": Counter(), "lost": Counter()}
    # Whoever never left has one fact that counts: the database adds them up, the others are followed one by one.
    for quarter, number in connection.execute(_arrivals(connection, list_id)):
        found["joined"][quarter] = number
    facts = connection.execute(_facts_of_departed(list_id))
    for _person, theirs in groupby(facts, key=lambda row: row.subscriber_id):
        for quarter, how, number in _turns(theirs):
            found[how][quarter] += number
    return [
        Moves(at=datetime.fromtimestamp(quarter * _QUARTER, UTC), **numbers)
        for quarter in sorted(set().union(*found.values()))
        if any((numbers := {how: each[quarter] for how, each in found.items()}).values())
    ]


def _departed() -> Select[Any]:
    """Those of whom something else than an arrival is known."""
    return select(events.c.subscriber_id).where(DEPARTED, events.c.subscriber_id.is_not(None))


def _arrivals(connection: Connection, list_id: str) -> Select[int, int]:
    """Every fact that says somebody joined: (quarter, how many)."""
    quarter = (seconds_of(connection, events.c.at) // _QUARTER).label("quarter")
    mine = (events.c.list_id == list_id) & events.c.kind.in_(JOINED)
    return select(quarter, func.count()).where(mine).group_by("quarter")


def _facts_of_departed(list_id: str) -> Select[Any]:
    """Everything that is known of those who left, person by person."""
    concerned = or_(events.c.list_id == list_id, events.c.list_id.is_(None))
    facts = select(events.c.subscriber_id, events.c.at, events.c.kind, events.c.detail)
    theirs = events.c.subscriber_id.in_(_departed())
    return facts.where(concerned, theirs).order_by(events.c.subscriber_id, events.c.id)


def _turns(facts: Iterable[Row[int, datetime, str, str]]) -> Iterator[tuple[int, str, int]]:
    """(quarter, how, number) for each change of one person's standing; arrivals that changed nothing are taken back."""
    standing = _Standing()
    for fact in facts:
        before, quarter = standing.mailable, int(fact.at.timestamp()) // _QUARTER
        standing.see(fact.kind)
        if fact.kind in JOINED:
            yield quarter, "joined", -1
        if standing.mailable is not before:
            bounced = fact.kind == SUPPRESSED and fact.detail == SuppressionReason.BOUNCED.value
            yield quarter, "joined" if standing.mailable else ("lost" if bounced else "left"), 1
