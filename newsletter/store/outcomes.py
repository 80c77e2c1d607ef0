"""What became of deliveries, entered in the ledger: one statement for all who had the same answer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    update,
)

from newsletter.model import DeliveryState, Outcome, SuppressionReason
from newsletter.store.given import given_rows
from newsletter.store.keyed import address_hash
from newsletter.store.people import put_suppression
from newsletter.store.tables import deliveries
from newsletter.store.transactions import stored_times

SENDING = deliveries.c.state == literal_column(f"'{DeliveryState.SENDING}'")

_NOW = bindparam("now", type_=deliveries.c.changed_at.type)
#: One more attempt, and the first one's time when it was the first.
ONE_MORE_TRY: Mapping[str, Any] = {
    "attempts": deliveries.c.attempts + literal_column("1"),
    "first_tried_at": func.coalesce(deliveries.c.first_tried_at, _NOW),
}


#: What many outcomes have in common; nearly all of a mailing differ in the words of the server alone.
_SAID = ("state", "reply_phase", "reply_code", "reply_enhanced")
_SILENCE = (None, None, None, None)
#: What the server said to one of them, and when they are due again if they are.
_Words: TypeAlias = tuple[str | None] | tuple[str | None, str]
#: As JSON writes it.
_STORED_TIME = String().with_variant(DateTime(timezone=True), "postgresql")


def record_outcomes(
    connection: Connection, mailing_id: int, outcomes: Sequence[Outcome], *, secret: bytes, now: datetime
) -> None:
    """Settle rows that are still `sending`, and suppress the addresses that do not exist."""
    _suppress(connection, mailing_id, [one.delivery for one in outcomes if one.suppress], secret=secret, now=now)
    for (is_counted, is_due, *said), rows in _alike(connection, outcomes).items():
        common = {f"to_{name}": value for name, value in zip(_SAID, said, strict=True)}
        statement = _settling(is_counted=is_counted, is_due=is_due)
        connection.execute(statement, {"given": rows, "mailing": mailing_id, "now": now, **common})


def _suppress(connection: Connection, mailing_id: int, ids: Sequence[int], *, secret: bytes, now: datetime) -> None:
    if not ids:
        return
    mine = and_(deliveries.c.mailing_id == mailing_id, SENDING, deliveries.c.id.in_(ids), deliveries.c.email != "")
    for email in connection.execute(select(deliveries.c.email).where(mine)).scalars().all():
        digest = address_hash(secret, email)
        put_suppression(connection, email, digest=digest, reason=SuppressionReason.BOUNCED, at=now)


def _alike(connection: Connection, outcomes: Sequence[Outcome]) -> Mapping[tuple[Any, ...], Mapping[int, _Words]]:
    """Those who have the same answer, by whether it counts, whether they are due again, and `_SAID`."""
    as_stored = stored_times(connection, deliveries.c.due_at)
    groups: defaultdict[tuple[Any, ...], dict[int, _Words]] = defaultdict(dict)
    for delivery, state, reply, due_at, _suppress, is_counted in outcomes:
        phase, code, enhanced, text = (reply.phase, reply.code, reply.enhanced, reply.text) if reply else _SILENCE
        words = (text, str(as_stored(due_at))) if due_at else (text,)
        groups[is_counted, due_at is not None, state, phase, code, enhanced][delivery] = words
    return groups


@cache
def _settling(*, is_counted: bool, is_due: bool) -> Update:
    """The update of those given who are still `sending`."""
    delivery, words = given_rows()
    said = {name: bindparam(f"to_{name}", type_=deliveries.c[name].type) for name in _SAID}
    # Whoever was erased while the message was on its way: the server's answer may quote the address.
    nobody: ColumnElement[str] = literal_column("''")
    text = case((deliveries.c.email == nobody, nobody), else_=words[0].as_string())
    due_at = cast(words[1].as_string(), _STORED_TIME) if is_due else null()
    # The plus keeps SQLite from looking for each row among all those of the mailing: its id is enough.
    mailing: ColumnElement[int] = literal_column("+deliveries.mailing_id", Integer)
    mine = and_(deliveries.c.id == delivery, mailing == bindparam("mailing", type_=Integer), SENDING)
    tried = ONE_MORE_TRY if is_counted else {}
    return (
        update(deliveries)
        .where(mine)
        .values({**said, "due_at": due_at, "reply_text": text, "changed_at": _NOW, **tried})
    )
