"""The log of a mailing: each entry is written in the transaction that makes it true."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from newsletter.model import Mailing, MailingEvent, MailingEventKind, MailingState
from newsletter.store.tables import approvals, mailing_events


def enter_move(connection: Connection, before: Mailing, state: MailingState, *, at: datetime, note: str) -> None:
    """Append that a mailing, as it stood `before`, goes to another state; nothing when it stays as it was."""
    match state:
        case MailingState.RUNNING if before.started_at:
            _enter(connection, before.id, MailingEventKind.RESUMED, at=at)
        case MailingState.RUNNING:
            _enter(connection, before.id, MailingEventKind.STARTED, at=at, words=_approver(connection, before))
        case MailingState.PAUSED if before.state is not state or before.note != note:
            _enter(connection, before.id, MailingEventKind.PAUSED, at=at, words=note)
        case MailingState.FINISHED | MailingState.CANCELLED if before.state is not state:
            _enter(connection, before.id, MailingEventKind(state.value), at=at)


def enter_plan(connection: Connection, mailing_id: int, *, start_at: datetime, at: datetime) -> None:
    """Append that it has an hour, or another one."""
    _enter(connection, mailing_id, MailingEventKind.PLANNED, at=at, start_at=start_at)


def enter_recovery(connection: Connection, mailing_id: int, *, uncertain: int, at: datetime) -> None:
    """Append that a run which ended badly is cleared up, and how many it leaves uncertain."""
    _enter(connection, mailing_id, MailingEventKind.RECOVERED, at=at, number=uncertain)


def enter_decision(connection: Connection, mailing_id: int, *, resend: bool, number: int, at: datetime) -> None:
    """Append that so many uncertain ones are decided about; nothing when there were none."""
    if number:
        kind = MailingEventKind.RESENT if resend else MailingEventKind.KEPT
        _enter(connection, mailing_id, kind, at=at, number=number)


def enter_remark(connection: Connection, mailing_id: int, words: str, *, at: datetime) -> None:
    """Append something that happened on the way."""
    _enter(connection, mailing_id, MailingEventKind.REMARKED, at=at, words=words)


def read_log(connection: Connection, mailing_id: int) -> Sequence[MailingEvent]:
    """Newest first."""
    columns = [mailing_events.c[field.name] for field in fields(MailingEvent)]
    query = select(*columns).where(mailing_events.c.mailing_id == mailing_id).order_by(mailing_events.c.id.desc())
    rows = [row._asdict() for row in connection.execute(query)]
    return [MailingEvent(**row | {"kind": MailingEventKind(row["kind"])}) for row in rows]


def _enter(connection: Connection, mailing_id: int, kind: MailingEventKind, *, at: datetime, **more: Any) -> None:
    values = {"mailing_id": mailing_id, "kind": kind.value, "at": at, "number": 0, "words": "", **more}
    connection.execute(insert(mailing_events).values(values))


def _approver(connection: Connection, mailing: Mailing) -> str:
    """Who gave the approval under which it leaves; "" without one."""
    mine = (approvals.c.issue == mailing.issue) & (approvals.c.sha256 == mailing.approved)
    by: str | None = connection.execute(select(approvals.c.by).where(mine).order_by(approvals.c.id.desc())).scalar()
    return by or ""
