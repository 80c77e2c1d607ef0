"""Counts for reports: port ReportStore on SQL. The database adds up, Python never sees a hundred thousand rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, case, exists, func, select

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
_RETRIED = deliveries.c.attempts > 1


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
            passed = seconds_of(connection, deliveries.c.changed_at) - int(since.timestamp())
            step = passed // seconds
            within = case((step < 0, 0), (step >= steps, steps - 1), else_=step).label("step")
            query = select(within, *_columns()).where(deliveries.c.mailing_id == mailing_id)
            rows = connection.execute(query.group_by("step").order_by("step")).all()
        return [Step(at=since + timedelta(seconds=row.step * seconds), tally=_tally(row)) for row in rows]

    def domains(
        self, mailing_id: int, *, order: Order = "size", most: int | None = None
    ) -> tuple[int, Sequence[DomainOutcome]]:
        """How many domains there are, and the outcomes of the first `most`."""
        number, failed = func.count().label("number"), _how_many(deliveries.c.state == DeliveryState.FAILED.value)
        first = (failed.desc(),) if order == "failed" else ()
        with reading(self._engine) as connection:
            domain = _domain(connection).label("domain")
            columns: list[Any] = [domain, number, func.count().over().label("domains"), *_columns()]
            query = select(*columns).where(deliveries.c.mailing_id == mailing_id).group_by("domain")
            rows = connection.execute(query.order_by(*first, number.desc(), "domain").limit(most)).all()
        outcomes = [DomainOutcome(domain=row.domain, tally=_tally(row)) for row in rows]
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
    """What follows the @ of a delivery's address; "" when there is none."""
    place = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return func.lower(func.substr(deliveries.c.email, place(deliveries.c.email, "@") + 1))


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _columns() -> list[ColumnElement[int]]:
    """The counts of a Tally, a column each."""
    state = deliveries.c.state
    sent = state == DeliveryState.SENT.value
    conditions = {
        "first": sent & ~_RETRIED,
        "later": sent & _RETRIED,
        "waiting": state.in_((DeliveryState.QUEUED.value, DeliveryState.SENDING.value)),
        **{name: state == name for name in ("deferred", "failed", "skipped", "uncertain")},
    }
    return [_how_many(condition).label(name) for name, condition in conditions.items()]


def _tally(row: Row[Any]) -> Tally:
    """From a row of `_columns`. PostgreSQL's sums may be decimals."""
    return Tally(**{name: int(getattr(row, name)) for name in Tally.__dataclass_fields__})
