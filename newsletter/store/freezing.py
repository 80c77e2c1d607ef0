"""Freezes a mailing: who receives it, in one statement, and the mail itself, whole."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, literal, select, update

from newsletter.model import (
    Account,
    DeliveryState,
    Freeze,
    InlinePicture,
    Mailing,
    MailingState,
    MergeField,
    Readership,
    RenderedMail,
)
from newsletter.store.logbook import enter_plan
from newsletter.store.people import is_among, mailable_on
from newsletter.store.segments import account, readers_of
from newsletter.store.tables import deliveries, mailings, mails, subscribers, subscriptions

#: States in which an earlier copy never reached the reader, and never will.
_NOT_SENT = (DeliveryState.SKIPPED.value, DeliveryState.FAILED.value)
#: States that a cancelled mailing leaves as they were.
_PENDING = (DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value)


def freeze_mailing(connection: Connection, freeze: Freeze, mail: RenderedMail, *, now: datetime) -> Mailing:
    """Store the mailing and its mail; and one delivery a reader, unless it has an hour: those come with its start."""
    values = {
        "issue": freeze.issue,
        "list_id": freeze.list,
        "state": MailingState.SCHEDULED.value,
        "rehearsal": freeze.rehearsal,
        "created_at": now,
        "start_at": freeze.start_at,
        "not_after": freeze.not_after,
        "note": "",
        "identity": dict(freeze.identity),
        "approved": freeze.approved,
        "despite_complaints": freeze.despite_complaints,
        "readers": freeze.readers.to_mapping() if freeze.readers else {},
    }
    row = connection.execute(insert(mailings).values(values).returning(mailings)).one()
    connection.execute(insert(mails).values(mailing_id=row.id, **asdict(mail)))
    mailing = as_mailing(row)
    if mailing.start_at:
        enter_plan(connection, mailing.id, start_at=mailing.start_at, at=now)
    return freeze_audience(connection, mailing, now=now) if mailing.is_frozen else mailing


def audience_number(connection: Connection, issue: str, list_id: str) -> int:
    """How many deliveries a real mailing of the issue to a whole list would have now."""
    readers = mailable_on(list_id, subscribers.c.id).where(~_has_copy(connection, issue)).subquery()
    return connection.execute(select(func.count()).select_from(readers)).scalar_one()


def audience_account(connection: Connection, readers: Readership, *, issue: str | None) -> Account:
    """How many deliveries a mailing of the issue would have now, and why others of the list would have none.

    None is a rehearsal: whoever has a copy gets another one.
    """
    return account(connection, readers, served=_has_copy(connection, issue) if issue else None)


def freeze_audience(connection: Connection, mailing: Mailing, *, now: datetime) -> Mailing:
    """One delivery for each person of the list, or of the segment, who has no copy of this issue."""
    constants = {"mailing_id": mailing.id, "state": DeliveryState.QUEUED.value, "attempts": 0, "changed_at": now}
    readers = readers_of(
        connection,
        mailing.readership,
        subscribers.c.id,
        subscriptions.c.id,
        subscribers.c.email,
        *(literal(value, deliveries.c[name].type) for name, value in constants.items()),
    ).order_by(subscribers.c.id)
    if not mailing.rehearsal:
        readers = readers.where(~_has_copy(connection, mailing.issue))
    told = _tell_account(connection, mailing) if mailing.readers else mailing
    names = ["subscriber_id", "subscription_id", "email", *constants]
    connection.execute(insert(deliveries).from_select(names, readers))
    return told


def _tell_account(connection: Connection, mailing: Mailing) -> Mailing:
    """Keep who is left out, and why: the segment, and the people, may be others tomorrow."""
    found = audience_account(connection, mailing.readership, issue=None if mailing.rehearsal else mailing.issue)
    mine = update(mailings).where(mailings.c.id == mailing.id)
    connection.execute(mine.values(account=asdict(found)))
    return replace(mailing, account=found)


def _has_copy(connection: Connection, issue: str) -> ColumnElement[bool]:
    """Condition on `subscribers`: they have this issue already, or it is on its way, or its fate is unknown."""
    its = and_(mailings.c.issue == issue, ~mailings.c.rehearsal, mailings.c.id == deliveries.c.mailing_id)
    never_left = deliveries.c.state.in_(_PENDING) & (mailings.c.state == MailingState.CANCELLED.value)
    reached = deliveries.c.state.not_in(_NOT_SENT) & ~never_left
    return is_among(connection, deliveries.c.subscriber_id, its, reached)


# --- rows to words ---------------------------------------------------------------------------------------------


def as_mailing(row: Row[Any]) -> Mailing:
    """From a row of `mailings`."""
    return Mailing(
        id=row.id,
        issue=row.issue,
        list=row.list_id,
        state=MailingState(row.state),
        rehearsal=row.rehearsal,
        created_at=row.created_at,
        start_at=row.start_at,
        not_after=row.not_after,
        started_at=row.started_at,
        finished_at=row.finished_at,
        note=row.note,
        identity=row.identity,
        approved=row.approved,
        complaints=row.complaints,
        despite_complaints=row.despite_complaints,
        emptied_at=row.emptied_at,
        readers=Readership.from_mapping(row.readers) if row.readers else None,
        account=Account(**row.account | {"without": tuple(row.account["without"])}) if row.account else None,
    )


def as_mail(row: Row[Any]) -> RenderedMail:
    """From a row of `mails` or `kept_mails`: equal to what was put there, field by field."""
    cells = row._asdict()
    cells.pop("mailing_id", None)
    fields = tuple(MergeField(**field) for field in row.fields)
    pictures = tuple(InlinePicture(**picture) for picture in row.pictures)
    return RenderedMail(**cells | {"fields": fields, "pictures": pictures})
