"""Counts for reports: port ReportStore on SQL. The database adds up, Python never sees a hundred thousand rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, exists, func, select

from newsletter.model import (
    AnswerGroup,
    Counts,
    DeliveryState,
    DomainOutcome,
    Moves,
    Step,
    SubscriptionStatus,
    Tally,
)
from newsletter.ports.reports import Order
from newsletter.store.epoch import seconds_of
from newsletter.store.movement import moves
from newsletter.store.tables import DEPARTED, deliveries, events, mailings, mails
from newsletter.store.transactions import reading

#: States that an answer of a server, or its lack, brings about.
_ANSWERED = ("sent", "failed", "deferred", "uncertain")
_REFUSED = (DeliveryState.FAILED.value, DeliveryState.DEFERRED.value)
#: The counts of a Tally, in their order.
_FATES = tuple(Tally.__dataclass_fields__)


class SqlReportStore:
    """Port ReportStore; each method's contract stands there. Raises StoreError when the database cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def counts_of(self, mailing_ids: Sequence[int]) -> Mapping[int, Counts]:
        """How many deliveries of each mailing stand where."""
        key = (deliveries.c.mailing_id, deliveries.c.state)
        query = select(*key, func.count().label("number")).where(deliveries.c.mailing_id.in_(mailing_ids))
        found: dict[int, dict[str, int]] = {number: {} for number in mailing_ids}
        with reading(self._engine) as connection:
            for row in connection.execute(query.group_by(*key)):
                found[row.mailing_id][row.state] = row.number
        return {number: Counts(**states) for number, states in found.items()}

    def subjects(self, mailing_ids: Sequence[int]) -> Mapping[int, str]:
        """The subject that each mailing sends."""
        query = select(mails.c.mailing_id, mails.c.subject).where(mails.c.mailing_id.in_(mailing_ids))
        with reading(self._engine) as connection:
            return {row.mailing_id: row.subject for row in connection.execute(query)}

    def span(self, mailing_id: int) -> tuple[datetime, datetime] | None:
        """When the first and the last outcome of a mailing came; None before the first."""
        times = select(func.min(deliveries.c.changed_at), func.max(deliveries.c.changed_at))
        query = times.where(deliveries.c.mailing_id == mailing_id, deliveries.c.state.in_(_ANSWERED))
        with reading(self._engine) as connection:
            first, last = connection.execute(query).one()
        return (first, last) if first else None

    def timeline(self, mailing_id: int, *, since: datetime, seconds: int, steps: int) -> Sequence[Step]:
        """What took its present state in each stretch, oldest first; empty ones are left out."""
        with reading(self._engine) as connection:
            step = (seconds_of(connection, deliveries.c.changed_at) - int(since.timestamp())) // seconds
            # One whole number to group by: sorting a hundred thousand rows is most of the work.
            key = (step * len(_FATES) + _fate()).label("key")
            query = select(key, func.count().label("number")).where(deliveries.c.mailing_id == mailing_id)
            rows = connection.execute(query.group_by("key")).all()
        found: dict[int, Counter[str]] = {}
        for row in rows:
            place, fate = divmod(row.key, len(_FATES))
            found.setdefault(min(max(place, 0), steps - 1), Counter())[_FATES[fate]] += row.number
        return [
            Step(at=since + timedelta(seconds=place * seconds), tally=Tally(**found[place])) for place in sorted(found)
        ]

    def domains(
        self, mailing_id: int, *, order: Order = "size", most: int | None = None
    ) -> tuple[int, Sequence[DomainOutcome]]:
        """How many domains there are, and the outcomes of the first `most`."""
        with reading(self._engine) as connection:
            key = (_domain(connection).label("domain"), _fate().label("fate"))
            grouped = select(*key, func.count().label("number")).where(deliveries.c.mailing_id == mailing_id)
            each = grouped.group_by("domain", "fate").subquery()
            sums = {
                name: func.sum(case((each.c.fate == fate, each.c.number), else_=0)) for fate, name in enumerate(_FATES)
            }
            number = func.sum(each.c.number)
            columns: list[Any] = [each.c.domain, func.count().over().label("domains")]
            columns += [total.label(name) for name, total in sums.items()]
            first = (sums["failed"].desc(),) if order == "failed" else ()
            query = select(*columns).group_by(each.c.domain).order_by(*first, number.desc(), each.c.domain)
            rows = connection.execute(query.limit(most)).all()
        # PostgreSQL's sums are decimals.
        tallies = [Tally(**{name: int(getattr(row, name)) for name in _FATES}) for row in rows]
        outcomes = [DomainOutcome(domain=row.domain, tally=tally) for row, tally in zip(rows, tallies, strict=True)]
        return (rows[0].domains if rows else 0), outcomes

    def answers(self, mailing_id: int) -> Sequence[AnswerGroup]:
        """Refusals, and answers that put off, by kind."""
        key = (deliveries.c.state, deliveries.c.reply_code, deliveries.c.reply_enhanced)
        number, example = func.count().label("number"), func.max(deliveries.c.reply_text).label("example")
        query = select(*key, number, example).group_by(*key)
        query = query.where(deliveries.c.mailing_id == mailing_id, deliveries.c.state.in_(_REFUSED))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(deliveries.c.state.desc(), number.desc(), *key[1:])).all()
        return [
            AnswerGroup(
                state=DeliveryState(row.state),
                code=row.reply_code or 0,
                enhanced=row.reply_enhanced or "",
                number=row.number,
                example=row.example or "",
            )
            for row in rows
        ]

    def departures(self, mailing_id: int, *, since: datetime, until: datetime) -> int:
        """How many readers of a mailing unsubscribed from its list between two moments."""
        read = exists().where(
            deliveries.c.mailing_id == mailing_id, deliveries.c.subscriber_id == events.c.subscriber_id
        )
        its_list = select(mailings.c.list_id).where(mailings.c.id == mailing_id).scalar_subquery()
        query = (
            select(func.count(events.c.subscriber_id.distinct()))
            .where(DEPARTED, events.c.kind == SubscriptionStatus.UNSUBSCRIBED.value, events.c.list_id == its_list)
            .where(events.c.at >= since, events.c.at < until, read)
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def moves(self, list_id: str) -> Sequence[Moves]:
        """Who joined and left an audience, by quarters of an hour, oldest first."""
        with reading(self._engine) as connection:
            return moves(connection, list_id)


def _domain(connection: Connection) -> ColumnElement[str]:
    """What follows the @ of a delivery's address, lower-cased when it was taken; "" when there is none."""
    place = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return func.substr(deliveries.c.email, place(deliveries.c.email, "@") + 1)


def _fate() -> ColumnElement[int]:
    """Which of `_FATES` a delivery has, as its place there."""
    state = deliveries.c.state
    sent = case((deliveries.c.attempts > 1, _FATES.index("later")), else_=_FATES.index("first"))
    others = [(state == name, _FATES.index(name)) for name in ("failed", "deferred", "skipped", "uncertain")]
    return case((state == DeliveryState.SENT.value, sent), *others, else_=_FATES.index("waiting"))
