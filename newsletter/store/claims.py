"""The moves of a delivery but its outcome: claimed or skipped, and recovered after a crash."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    null,
    select,
    update,
)

from newsletter.model import Delivery, DeliveryState, Phase, Reader, Reply
from newsletter.store.given import given_rows
from newsletter.store.logbook import enter_recovery
from newsletter.store.outcomes import ONE_MORE_TRY, SENDING
from newsletter.store.people import is_mailable
from newsletter.store.tables import DEFERRED, DEPARTED, deliveries, events, subscribers, subscriptions

#: The columns of a Reader, in its order; its fields name the person besides.
_READER = (
    *(deliveries.c[name] for name in ("id", "subscriber_id", "subscription_id", "email")),
    subscribers.c.fields,
    *(deliveries.c[name] for name in ("attempts", "first_tried_at")),
)
_NAMES = ("first_name", "last_name")


def claim_page(connection: Connection, mailing_id: int, *, limit: int, now: datetime) -> list[Reader]:
    """Up to `limit` readers, by delivery; none only when nothing is queued or due."""
    is_packed = connection.dialect.name == "sqlite"
    read = _read_packed if is_packed else _read
    readers: list[Reader] = []
    for pending in (_queued(is_packed=is_packed), _due(is_packed=is_packed)):
        while room := limit - len(readers):
            page, skipped = read(connection, pending, {"mailing": mailing_id, "room": room, "now": now})
            if not page and not skipped:
                break
            _decide(connection, [reader.delivery for reader in page], DeliveryState.SENDING, now=now)
            _decide(connection, skipped, DeliveryState.SKIPPED, now=now)
            readers += page
    return sorted(readers, key=itemgetter(0))


@cache
def _queued(*, is_packed: bool) -> Select[Any]:
    queued = _pending().where(deliveries.c.state == DeliveryState.QUEUED.value).order_by(deliveries.c.id)
    return _packed(queued) if is_packed else queued


@cache
def _due(*, is_packed: bool) -> Select[Any]:
    is_due = deliveries.c.due_at <= bindparam("now", type_=deliveries.c.due_at.type)
    due = _pending().where(DEFERRED, is_due).order_by(deliveries.c.due_at)
    return _packed(due) if is_packed else due


def _pending() -> Select[Any]:
    """Up to `room` deliveries with their readers, and whether each may still be written to."""
    person = subscribers.c.id == deliveries.c.subscriber_id
    standing = and_(
        subscriptions.c.id == deliveries.c.subscription_id, subscriptions.c.subscriber_id == subscribers.c.id
    )
    may_receive = func.coalesce(is_mailable(), false()).label("may_receive")
    # SQLite, which has one writer, leaves out the lock; on PostgreSQL two claimers pass by each other.
    return (
        select(*_READER, *(subscribers.c[name] for name in _NAMES), may_receive)
        .select_from(deliveries.outerjoin(subscribers, person).outerjoin(subscriptions, standing))
        .where(deliveries.c.mailing_id == bindparam("mailing", type_=Integer))
        .limit(bindparam("room", type_=Integer))
        .with_for_update(of=deliveries, skip_locked=True)
    )


def _read(connection: Connection, pending: Select[Any], given: Mapping[str, Any]) -> tuple[list[Reader], list[int]]:
    """Those who may still be written to, and the deliveries of the others."""
    readers: list[Reader] = []
    skipped: list[int] = []
    for *cells, first, last, may_receive in connection.execute(pending, given):
        reader = Reader._make(cells)
        if may_receive:
            readers.append(reader._replace(fields={**reader.fields, "first_name": first, "last_name": last}))
        else:
            skipped.append(reader.delivery)
    return readers, skipped


def _packed(pending: Select[Any]) -> Select[Any]:
    """All rows in two texts, which SQLite writes without a word to Python: the sender goes on meanwhile."""
    row = pending.subquery().c
    names = chain.from_iterable((literal_column(f"'$.{name}'"), row[name]) for name in _NAMES)
    named = func.json_set(row.fields, *names)
    cells = (named if cell.name == "fields" else row[cell.name] for cell in _READER)
    readers = func.json_group_array(func.json_array(*cells)).filter(row.may_receive)
    skipped = func.json_group_array(row.id).filter(~row.may_receive)
    return select(readers, skipped)


def _read_packed(
    connection: Connection, packed: Select[Any], given: Mapping[str, Any]
) -> tuple[list[Reader], list[int]]:
    """As `_read`, of what `_packed` made."""
    readers, skipped = connection.execute(packed, given).one()
    as_known = _as_known(connection)
    page = [
        one._replace(first_tried_at=as_known(one.first_tried_at)) if one.first_tried_at else one
        for one in map(Reader._make, json.loads(readers))
    ]
    return page, json.loads(skipped)


@cache
def _deciding() -> Update:
    """The update of the deliveries that are given: one statement for a whole page."""
    delivery, _value = given_rows()
    values = {"state": bindparam("to_state"), "due_at": null(), "changed_at": bindparam("now")}
    # SQLite would keep a copy of each page it touches, to undo half a statement; we undo the whole transaction.
    change = update(deliveries).prefix_with("OR FAIL", dialect="sqlite")
    return change.where(deliveries.c.id.in_(select(delivery))).values(values)


def _decide(connection: Connection, ids: Sequence[int], state: DeliveryState, *, now: datetime) -> None:
    if ids:
        connection.execute(_deciding(), {"given": dict.fromkeys(ids), "to_state": state.value, "now": now})


def _as_known(connection: Connection) -> Callable[[Any], datetime | None]:
    """What the driver gave as a time."""
    dialect = connection.dialect
    read: Callable[[Any], Any] | None = deliveries.c.changed_at.type.dialect_impl(dialect).result_processor(
        dialect, None
    )
    return read or (lambda at: at)


def recover_claimed(connection: Connection, mailing_id: int, *, started: frozenset[int] | None, now: datetime) -> None:
    """After a crash: what was started is uncertain, what was only claimed is queued again; None: nobody knows which."""
    claimed = update(deliveries).where(deliveries.c.mailing_id == mailing_id, SENDING)
    uncertain = {**ONE_MORE_TRY, "state": DeliveryState.UNCERTAIN.value, "changed_at": now}
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
        reader=row.subscriber_id,
        email=row.email,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        reply=reply,
        due_at=row.due_at,
        changed_at=row.changed_at,
    )
