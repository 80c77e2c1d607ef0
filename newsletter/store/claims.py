"""The moves of a delivery: claimed, settled, recovered. Each is one statement over rows in a known state."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    null,
    select,
    update,
)

from newsletter.model import Delivery, DeliveryState, Outcome, Phase, Reader, Reply, SuppressionReason
from newsletter.store.keyed import address_hash
from newsletter.store.logbook import enter_recovery
from newsletter.store.people import is_mailable, put_suppression
from newsletter.store.tables import DEFERRED, DEPARTED, deliveries, events, subscribers, subscriptions
from newsletter.store.transactions import run_many, stored_times

_QUEUED = deliveries.c.state == DeliveryState.QUEUED.value
_CLAIMED, _SKIPPED = DeliveryState.SENDING.value, DeliveryState.SKIPPED.value
_SENDING = deliveries.c.state == literal_column("'sending'")

#: One more attempt, and the first one's time when it was the first.
_TRIED: dict[str, Any] = {
    "attempts": deliveries.c.attempts + literal_column("1"),
    "first_tried_at": func.coalesce(deliveries.c.first_tried_at, bindparam("now", type_=deliveries.c.changed_at.type)),
}
#: Under a name of its own: `_may_receive` looks at subscribers too.
_PERSON = subscribers.alias("person")

#: One statement for a whole page.
_DECIDED = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=bindparam("to_state"), due_at=null(), changed_at=bindparam("now"))
)


def claim_page(connection: Connection, mailing_id: int, *, limit: int, now: datetime) -> list[Reader]:
    """Up to `limit` readers, by delivery; none only when nothing is queued or due."""
    mine = _pending().where(deliveries.c.mailing_id == mailing_id)
    queued = mine.where(_QUEUED).order_by(deliveries.c.id)
    due = mine.where(DEFERRED, deliveries.c.due_at <= now).order_by(deliveries.c.due_at)
    readers: list[Reader] = []
    for pending in (queued, due):
        while len(readers) < limit and (page := _rows(connection, pending.limit(limit - len(readers)))):
            readers += _take(connection, page, now=now)
    return sorted(readers, key=lambda reader: reader.delivery)


def _pending() -> Select[Any]:
    """Deliveries with their readers, and whether each may still be written to, in the order `_take` unpacks them."""
    # SQLite, which has one writer, leaves out the lock; on PostgreSQL two claimers pass by each other.
    return (
        select(
            *(deliveries.c[name] for name in ("id", "subscriber_id", "subscription_id", "email")),
            *(deliveries.c[name] for name in ("attempts", "first_tried_at")),
            *(_PERSON.c[name] for name in ("first_name", "last_name", "fields")),
            _may_receive(),
        )
        .select_from(deliveries.outerjoin(_PERSON, _PERSON.c.id == deliveries.c.subscriber_id))
        .with_for_update(of=deliveries, skip_locked=True)
    )


def _rows(connection: Connection, pending: Select[Any]) -> Sequence[Sequence[Any]]:
    """What it selects. SQLite packs all rows into one text without a word to Python: the sender goes on meanwhile."""
    if connection.dialect.name != "sqlite":
        return connection.execute(pending).all()
    columns = pending.subquery().c
    row = (func.json(column) if column.name == "fields" else column for column in columns)
    packed = select(func.json_group_array(func.json_array(*row)))
    as_known, at = _as_known(connection), columns.keys().index("first_tried_at")
    rows: list[list[Any]] = json.loads(connection.execute(packed).scalar_one())
    for each in rows:
        each[at] = as_known(each[at])
    return rows


def _take(connection: Connection, page: Sequence[Any], *, now: datetime) -> list[Reader]:
    """Whoever may still be written to is claimed, the others are skipped."""
    readers: list[Reader] = []
    skipped: list[int] = []
    for delivery, subscriber, subscription, email, attempts, first_tried_at, first, last, fields, may_receive in page:
        if may_receive:
            named = {**fields, "first_name": first, "last_name": last}
            readers.append(Reader(delivery, subscriber, subscription, email, named, attempts, first_tried_at))
        else:
            skipped.append(delivery)
    # One statement for all: SQLite works on it without a word to Python, so the sender goes on meanwhile.
    for state, ids in ((_CLAIMED, [reader.delivery for reader in readers]), (_SKIPPED, skipped)):
        if ids:
            connection.execute(_DECIDED, {"ids": ids, "to_state": state, "now": now})
    return readers


def _as_known(connection: Connection) -> Callable[[Any], datetime | None]:
    """What the driver gave as a time."""
    dialect = connection.dialect
    read: Callable[[Any], Any] | None = deliveries.c.changed_at.type.dialect_impl(dialect).result_processor(
        dialect, None
    )
    return read or (lambda at: at)


def record_outcomes(
    connection: Connection, mailing_id: int, outcomes: Sequence[Outcome], *, secret: bytes, now: datetime
) -> None:
    """Settle rows that are still `sending`, and suppress the addresses that do not exist."""
    _suppress(connection, mailing_id, [one.delivery for one in outcomes if one.suppress], secret=secret, now=now)
    as_stored = stored_times(connection, deliveries.c.changed_at)
    settle = _settle_at_once if connection.dialect.name == "sqlite" else _settle_each
    for is_counted in (True, False):
        rows = [
            _settled(one, due_at=as_stored(one.due_at) if one.due_at else None)
            for one in outcomes
            if one.counts is is_counted
        ]
        if rows:
            settle(connection, mailing_id, rows, is_counted=is_counted, now=now)


def _suppress(connection: Connection, mailing_id: int, ids: Sequence[int], *, secret: bytes, now: datetime) -> None:
    if not ids:
        return
    mine = and_(deliveries.c.mailing_id == mailing_id, _SENDING, deliveries.c.id.in_(ids), deliveries.c.email != "")
    for email in connection.execute(select(deliveries.c.email).where(mine)).scalars().all():
        digest = address_hash(secret, email)
        put_suppression(connection, email, digest=digest, reason=SuppressionReason.BOUNCED, at=now)


#: What an outcome says of its row, in the order `_settled` gives it.
_SAID = ("state", "due_at", "reply_phase", "reply_code", "reply_enhanced", "reply_text")


def _settle_each(
    connection: Connection, mailing_id: int, rows: Sequence[Sequence[Any]], *, is_counted: bool, now: datetime
) -> None:
    """One update a row, all sent to the server in one go."""
    common = {"mailing": mailing_id, "now": stored_times(connection, deliveries.c.changed_at)(now)}
    names = ("delivery", *(f"to_{name}" for name in _SAID))
    run_many(connection, _each_settled(is_counted), [dict(zip(names, row, strict=True), **common) for row in rows])


@cache
def _each_settled(is_counted: bool) -> Update:
    said = {name: bindparam(f"to_{name}", type_=deliveries.c[name].type) for name in _SAID}
    return _settling(bindparam("delivery", type_=Integer), said, is_counted=is_counted)


def _settle_at_once(
    connection: Connection, mailing_id: int, rows: Sequence[Sequence[Any]], *, is_counted: bool, now: datetime
) -> None:
    """One statement for all: SQLite works on it without a word to Python, so the sender goes on meanwhile."""
    connection.execute(_all_settled(is_counted), {"rows": json.dumps(rows), "mailing": mailing_id, "now": now})


@cache
def _all_settled(is_counted: bool) -> Update:
    given = func.json_each(bindparam("rows", type_=String())).table_valued("value", name="given")
    delivery, *said = (func.json_extract(given.c.value, literal_column(f"'$[{n}]'")) for n in range(len(_SAID) + 1))
    return _settling(delivery, dict(zip(_SAID, said, strict=True)), is_counted=is_counted)


def _settling(delivery: ColumnElement[int], said: Mapping[str, ColumnElement[Any]], *, is_counted: bool) -> Update:
    """The update of settled rows, if they are still `sending`."""
    # Whoever was erased while the message was on its way: the server's answer may quote the address.
    nobody: ColumnElement[str] = literal_column("''")
    text = case((deliveries.c.email == nobody, nobody), else_=said["reply_text"])
    values = {**said, "reply_text": text, "changed_at": bindparam("now", type_=deliveries.c.changed_at.type)}
    # The plus keeps SQLite from looking for each row among all those of the mailing: its id is enough.
    mailing: ColumnElement[int] = literal_column("+deliveries.mailing_id", Integer)
    mine = and_(deliveries.c.id == delivery, mailing == bindparam("mailing", type_=Integer))
    return update(deliveries).where(mine, _SENDING).values(values | _TRIED if is_counted else values)


def _settled(outcome: Outcome, *, due_at: Any) -> tuple[Any, ...]:
    """The delivery, and what `_SAID` names, times as the driver takes them."""
    reply = outcome.reply
    answer = (reply.phase, reply.code, reply.enhanced, reply.text) if reply else (None, None, None, None)
    return outcome.delivery, str(outcome.state), due_at, *answer


def recover_claimed(connection: Connection, mailing_id: int, *, started: frozenset[int] | None, now: datetime) -> None:
    """After a crash: what was started is uncertain, what was only claimed is queued again; None: nobody knows which."""
    claimed = update(deliveries).where(deliveries.c.mailing_id == mailing_id, _SENDING)
    uncertain = _TRIED | {"state": DeliveryState.UNCERTAIN.value, "changed_at": now}
    number = 0
    if started is None:
        number = connection.execute(claimed.values(uncertain), {"now": now}).rowcount
    elif started:
        one = claimed.where(deliveries.c.id == bindparam("delivery", type_=Integer)).values(uncertain)
        number = connection.execute(one, [{"delivery": name, "now": now} for name in sorted(started)]).rowcount
    untried = connection.execute(claimed.values(state=DeliveryState.QUEUED.value, changed_at=now)).rowcount
    if number or untried:
        enter_recovery(connection, mailing_id, uncertain=number, at=now)


def left_meanwhile(connection: Connection, mailing_id: int, *, after: int) -> tuple[int, frozenset[int]]:
    """The last departure later than event `after`, and the mailing's readers among them who are still gone."""
    departures = select(events.c.id, events.c.subscriber_id).where(events.c.id > after, DEPARTED).subquery()
    last: int | None = connection.execute(select(func.max(departures.c.id))).scalar()
    if last is None:
        return after, frozenset()
    mine = and_(deliveries.c.mailing_id == mailing_id, deliveries.c.subscriber_id == departures.c.subscriber_id)
    gone = select(deliveries.c.subscriber_id).where(mine, ~_may_receive()).distinct()
    return last, frozenset(connection.execute(gone).scalars())


def _may_receive() -> ColumnElement[bool]:
    """Condition on `deliveries`: its reader is still there, subscribed and not suppressed."""
    return exists().where(
        subscriptions.c.id == deliveries.c.subscription_id,
        subscribers.c.id == subscriptions.c.subscriber_id,
        is_mailable(),
    )


def as_delivery(row: Row[Any]) -> Delivery:
    """From a row of `deliveries`."""
    reply = None
    if row.reply_code is not None:
        reply = Reply(
            phase=Phase(row.reply_phase),
            code=row.reply_code,
            enhanced=row.reply_enhanced or "",
            text=row.reply_text or "",
        )
    return Delivery(
        id=row.id,
        email=row.email,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        reply=reply,
        due_at=row.due_at,
        changed_at=row.changed_at,
    )
