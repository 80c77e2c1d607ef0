"""Freezes a mailing: who receives it, in one statement, and the mail itself, whole."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, insert, literal, select

from newsletter.model import DeliveryState, Freeze, InlinePicture, Mailing, MailingState, MergeField, RenderedMail
from newsletter.store.logbook import enter_plan
from newsletter.store.people import mailable_on
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
    }
    row = connection.execute(insert(mailings).values(values).returning(mailings)).one()
    connection.execute(insert(mails).values(mailing_id=row.id, **asdict(mail)))
    mailing = as_mailing(row)
    if mailing.start_at:
        enter_plan(connection, mailing.id, start_at=mailing.start_at, at=now)
    if mailing.is_frozen:
        freeze_audience(connection, mailing, now=now)
    return mailing


def audience_number(connection: Connection, issue: str, list_id: str) -> int:
    """How many deliveries a real mailing of the issue would have now."""
    readers = _without_earlier(mailable_on(list_id, subscribers.c.id), issue).subquery()
    return connection.execute(select(func.count()).select_from(readers)).scalar_one()


def freeze_audience(connection: Connection, mailing: Mailing, *, now: datetime) -> None:
    """One delivery for each person of the list who has no copy of this issue."""
    constants = {"mailing_id": mailing.id, "state": DeliveryState.QUEUED.value, "attempts": 0, "changed_at": now}
    readers = mailable_on(
        mailing.list,
        subscribers.c.id,
        subscriptions.c.id,
        subscribers.c.email,
        *(literal(value, deliveries.c[name].type) for name, value in constants.items()),
    ).order_by(subscribers.c.id)
    if not mailing.rehearsal:
        readers = _without_earlier(readers, mailing.issue)
    names = ["subscriber_id", "subscription_id", "email", *constants]
    connection.execute(insert(deliveries).from_select(names, readers))


def _without_earlier(readers: Select[Any], issue: str) -> Select[Any]:
    """Leave out whoever has a copy of this issue already, or one on its way, or one whose fate is unknown."""
    never_left = deliveries.c.state.in_(_PENDING) & (mailings.c.state == MailingState.CANCELLED.value)
    earlier = (
        exists()
        .where(mailings.c.issue == issue, ~mailings.c.rehearsal, mailings.c.id == deliveries.c.mailing_id)
        .where(deliveries.c.subscriber_id == subscribers.c.id, deliveries.c.state.not_in(_NOT_SENT), ~never_left)
    )
    return readers.where(~earlier)


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
    )


def as_mail(row: Row[Any]) -> RenderedMail:
    """From a row of `mails` or `kept_mails`: equal to what was put there, field by field."""
    cells = row._asdict()
    cells.pop("mailing_id", None)
    fields = tuple(MergeField(**field) for field in row.fields)
    pictures = tuple(InlinePicture(**picture) for picture in row.pictures)
    return RenderedMail(**cells | {"fields": fields, "pictures": pictures})
