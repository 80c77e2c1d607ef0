"""The moves of a delivery: claimed, settled, recovered. Each is one statement over rows in a known state."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    select,
    update,
)

from newsletter.model import Delivery, DeliveryState, Outcome, Phase, Reader, Reply, SuppressionReason
from newsletter.store.keyed import address_hash
from newsletter.store.people import is_mailable, put_suppression
from newsletter.store.tables import DEFERRED, DEPARTED, deliveries, events, subscribers, subscriptions

_QUEUED = deliveries.c.state == DeliveryState.QUEUED.value
_SENDING = deliveries.c.state == DeliveryState.SENDING.value

#: One more attempt, and the first one's time when it was the first.
_TRIED: dict[str, Any] = {
    "attempts": deliveries.c.attempts + 1,
    "first_tried_at": func.coalesce(deliveries.c.first_tried_at, bindparam("now", type_=deliveries.c.changed_at.type)),
}


def claim_page(connection: Connection, mailing_id: int, *, limit: int, now: datetime) -> list[Reader]:
    """Up to `limit` readers, by delivery; none only when nothing is queued or due."""
    mine = deliveries.c.mailing_id == mailing_id
    queued = select(deliveries.c.id).where(mine, _QUEUED).order_by(deliveries.c.id)
    due = select(deliveries.c.id).where(mine, DEFERRED, deliveries.c.due_at <= now).order_by(deliveries.c.due_at)
    readers: list[Reader] = []
    for pending in (queued, due):
        while len(readers) < limit and (page := _take(connection, pending.limit(limit - len(readers)), now=now)):
            readers += _readers(connection, page)
    return sorted(readers, key=lambda reader: reader.delivery)


def _take(connection: Connection, pending: Select[Any], *, now: datetime) -> list[Row[Any]]:
    """Decide a page in one statement: whoever may still be written to is claimed, the others are skipped."""
    state = case((_may_receive(), DeliveryState.SENDING.value), else_=DeliveryState.SKIPPED.value)
    # SQLite, which has one writer, leaves out the lock; on PostgreSQL two claimers pass by each other.
    page = pending.with_for_update(skip_locked=True).cte("page")
    taken = update(deliveries).where(deliveries.c.id.in_(select(page.c.id)))
    decided = taken.values(state=state, due_at=null(), changed_at=now).returning(deliveries)
    return list(connection.execute(decided).all())


def _readers(connection: Connection, page: Sequence[Row[Any]]) -> Iterable[Reader]:
    claimed = {row.subscriber_id: row for row in page if row.state == DeliveryState.SENDING.value}
    people = select(subscribers).where(subscribers.c.id.in_(claimed))
    for person in connection.execute(people):
        row = claimed[person.id]
        yield Reader(
            delivery=row.id,
            subscriber=person.id,
            subscription=row.subscription_id,
            email=row.email,
            fields=person.fields | {"first_name": person.first_name, "last_name": person.last_name},
            attempts=row.attempts,
            first_tried_at=row.first_tried_at,
        )


def record_outcomes(
    connection: Connection, mailing_id: int, outcomes: Sequence[Outcome], *, secret: bytes, now: datetime
) -> None:
    """Settle rows that are still `sending`, and suppress the addresses that do not exist."""
    _suppress(connection, mailing_id, [one.delivery for one in outcomes if one.suppress], secret=secret, now=now)
    counted = [_settled(one, now) for one in outcomes if one.counts]
    unpunished = [_settled(one, now) for one in outcomes if not one.counts]
    if counted:
        connection.execute(_settling(mailing_id).values(_TRIED), counted)
    if unpunished:
        connection.execute(_settling(mailing_id), unpunished)


def _suppress(connection: Connection, mailing_id: int, ids: Sequence[int], *, secret: bytes, now: datetime) -> None:
    if not ids:
        return
    mine = and_(deliveries.c.mailing_id == mailing_id, _SENDING, deliveries.c.id.in_(ids), deliveries.c.email != "")
    for email in connection.execute(select(deliveries.c.email).where(mine)).scalars().all():
        digest = address_hash(secret, email)
        put_suppression(connection, email, digest=digest, reason=SuppressionReason.BOUNCED, at=now)


def _settling(mailing_id: int) -> Any:
    """The update of one settled row; parameters as `_settled` makes them."""
    columns = ("state", "due_at", "reply_phase", "reply_code", "reply_enhanced")
    values: dict[str, Any] = {name: bindparam(f"to_{name}", type_=deliveries.c[name].type) for name in columns}
    # Whoever was erased while the message was on its way: the server's answer may quote the address.
    text = case((deliveries.c.email == "", ""), else_=bindparam("to_reply_text", type_=deliveries.c.reply_text.type))
    values |= {"reply_text": text, "changed_at": bindparam("now", type_=deliveries.c.changed_at.type)}
    mine = and_(deliveries.c.id == bindparam("delivery", type_=Integer), deliveries.c.mailing_id == mailing_id)
    return update(deliveries).where(mine, _SENDING).values(values)


def _settled(outcome: Outcome, now: datetime) -> dict[str, Any]:
    reply = outcome.reply
    return {
        "delivery": outcome.delivery,
        "to_state": outcome.state.value,
        "to_due_at": outcome.due_at,
        "to_reply_phase": reply.phase.value if reply else None,
        "to_reply_code": reply.code if reply else None,
        "to_reply_enhanced": reply.enhanced if reply else None,
        "to_reply_text": reply.text if reply else None,
        "now": now,
    }


def recover_claimed(connection: Connection, mailing_id: int, *, started: frozenset[int], now: datetime) -> None:
    """After a crash: what was started is uncertain, what was only claimed is queued again."""
    claimed = update(deliveries).where(deliveries.c.mailing_id == mailing_id, _SENDING)
    if started:
        one = claimed.where(deliveries.c.id == bindparam("delivery", type_=Integer))
        uncertain = one.values(_TRIED | {"state": DeliveryState.UNCERTAIN.value, "changed_at": now})
        connection.execute(uncertain, [{"delivery": number, "now": now} for number in sorted(started)])
    connection.execute(claimed.values(state=DeliveryState.QUEUED.value, changed_at=now))


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
