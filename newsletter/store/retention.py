"""Lets go what is older than it may be kept: port RetentionStore on SQL.

What is due is looked for without a transaction that others would wait for; a page of it is then looked at again, and
let go, in one that is over within some hundredths of a second.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    and_,
    cast,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from newsletter.model import DeliveryState, MailingState, ReturnKind, SubscriptionStatus
from newsletter.store.erasure import forget
from newsletter.store.keyed import address_hash, load_secret
from newsletter.store.people import PAGE
from newsletter.store.tables import (
    DEPARTED,
    consents,
    deliveries,
    events,
    mailing_events,
    mailings,
    proofs,
    subscribers,
    subscriptions,
    suppressions,
)
from newsletter.store.transactions import reading, scrub, writing

_OVER = (MailingState.FINISHED.value, MailingState.CANCELLED.value)
#: Deliveries that somebody must still decide about.
_OPEN = (DeliveryState.UNCERTAIN.value, DeliveryState.SENDING.value)
#: People erased in one transaction: each takes a dozen statements.
_FEW = 50
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'«»“”]+@[^\s<>()\[\],;:\"'«»“”]+")

#: Lets go the rows of these ids.
Act = Callable[[Connection, Sequence[int]], object]


class SqlRetentionStore:
    """Port RetentionStore; each method's contract stands there. Raises StoreError when the database cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def _secret(self) -> bytes:
        return load_secret(self._engine)

    def empty_ledgers(self, *, before: datetime, now: datetime, dry_run: bool) -> int:
        """Forget addresses and answers, mailing by mailing; each is marked once all its pages are done."""
        undecided = exists().where(deliveries.c.mailing_id == mailings.c.id, deliveries.c.state.in_(_OPEN))
        number = 0
        for mailing_id in self._mailings(_was_over(before), mailings.c.emptied_at.is_(None), ~undecided):
            reader, mine = deliveries.c.subscriber_id, deliveries.c.mailing_id == mailing_id
            due = select(reader).where(mine, deliveries.c.email != "")
            number += self._let_go(due, reader, partial(_empty, mailing_id), dry_run=dry_run)
            if not dry_run:
                with writing(self._engine) as connection:
                    connection.execute(update(mailings).where(mailings.c.id == mailing_id).values(emptied_at=now))
        return number

    def forget_proofs(self, *, before: datetime, dry_run: bool) -> int:
        """Forget to whom tests were sent."""
        due = select(proofs.c.id).where(proofs.c.at < before, cast(proofs.c.to, String) != "[]")
        forget_ = _with_ids(proofs.c.id, update(proofs).values(to=[]))
        return self._let_go(due, proofs.c.id, forget_, dry_run=dry_run)

    def forget_answers(self, *, before: datetime, dry_run: bool) -> int:
        """Forget the words of refusals, mailing by mailing: an index has those that failed."""
        forget_ = _with_ids(deliveries.c.id, update(deliveries).values(reply_text=""))
        failed = and_(deliveries.c.state == DeliveryState.FAILED.value, deliveries.c.reply_text != "")
        number = 0
        for mailing_id in self._mailings(_was_over(before), mailings.c.emptied_at.is_(None)):
            due = select(deliveries.c.id).where(deliveries.c.mailing_id == mailing_id, failed)
            number += self._let_go(due, deliveries.c.id, forget_, dry_run=dry_run)
        return number

    def forget_bounces(self, *, before: datetime, dry_run: bool) -> int:
        """Forget failures that came back."""
        bounced = events.c.kind == ReturnKind.BOUNCED.value
        due = select(events.c.id).where(DEPARTED, bounced, events.c.at < before)
        return self._let_go(due, events.c.id, _with_ids(events.c.id, delete(events)), dry_run=dry_run)

    def forget_consents(self, *, before: datetime, dry_run: bool) -> int:
        """Forget what ended subscriptions rest on; then the consents on which nothing rests any more."""
        due = select(subscriptions.c.id).where(_has_ended(before), subscriptions.c.consent_id.is_not(None))
        number = self._let_go(due, subscriptions.c.id, _forget_proofs_of, dry_run=dry_run)
        if not dry_run:
            resting = (
                select(each.c.consent_id).where(each.c.consent_id.is_not(None)) for each in (subscriptions, events)
            )
            unused = select(consents.c.id).where(
                consents.c.at < before, *(consents.c.id.not_in(ids) for ids in resting)
            )
            self._let_go(unused, consents.c.id, _with_ids(consents.c.id, delete(consents)), dry_run=False)
        return number

    def forget_people(self, *, before: datetime, now: datetime, dry_run: bool) -> int:
        """Erase whoever is on no list since then, or was barred by then."""
        mine = subscriptions.c.subscriber_id == subscribers.c.id
        barred = exists().where(suppressions.c.email_key == subscribers.c.email_key, suppressions.c.at < before)
        gone = or_(~exists().where(mine, ~_has_ended(before)), barred)
        due = select(subscribers.c.id).where(subscribers.c.created_at < before, gone)
        erase = partial(_erase, secret=self._secret, now=now)
        return self._let_go(due, subscribers.c.id, erase, dry_run=dry_run, page=_FEW)

    def forget_remarks(self, *, before: datetime, dry_run: bool) -> int:
        """Take the addresses out of the log, and out of the notes of mailings that are over."""
        said = select(mailing_events.c.id).where(mailing_events.c.at < before, mailing_events.c.words.like("%@%"))
        number = self._let_go(said, mailing_events.c.id, partial(_blank, mailing_events.c.words), dry_run=dry_run)
        noted = select(mailings.c.id).where(_was_over(before), mailings.c.note.like("%@%"))
        return number + self._let_go(noted, mailings.c.id, partial(_blank, mailings.c.note), dry_run=dry_run)

    @property
    def keeps_old_pages(self) -> bool:
        """True for SQLite; PostgreSQL frees them by itself."""
        return self._engine.dialect.name == "sqlite"

    def scrub(self) -> None:
        """Leave nothing of it in SQLite's files."""
        scrub(self._engine)

    def _mailings(self, *conditions: ColumnElement[bool]) -> Sequence[int]:
        with reading(self._engine) as connection:
            found = select(mailings.c.id).where(*conditions).order_by(mailings.c.id)
            return connection.execute(found).scalars().all()

    def _let_go(self, due: Select[Any], key: ColumnElement[int], act: Act, *, dry_run: bool, page: int = PAGE) -> int:
        """How many are due; without a dry run `act` lets them go, a page a transaction."""
        if dry_run:
            with reading(self._engine) as connection:
                return connection.execute(select(func.count()).select_from(due.subquery())).scalar_one()
        last, number = 0, 0
        while True:
            with reading(self._engine) as connection:
                ids = connection.execute(due.where(key > last).order_by(key).limit(page)).scalars().all()
            if not ids:
                return number
            with writing(self._engine, alone="import") as connection:
                still = connection.execute(due.where(key.in_(ids))).scalars().all()
                act(connection, still)
            last, number = ids[-1], number + len(still)


# --- what is due -----------------------------------------------------------------------------------------------


def _was_over(before: datetime) -> ColumnElement[bool]:
    """Condition on `mailings`."""
    return and_(mailings.c.state.in_(_OVER), mailings.c.finished_at < before)


def _has_ended(before: datetime) -> ColumnElement[bool]:
    """Condition on `subscriptions`."""
    unsubscribed = subscriptions.c.status == SubscriptionStatus.UNSUBSCRIBED.value
    return and_(unsubscribed, subscriptions.c.changed_at < before)


# --- and how it goes -------------------------------------------------------------------------------------------


def _with_ids(key: ColumnElement[int], statement: Any) -> Act:
    """The statement, for the rows of these ids."""
    return lambda connection, ids: connection.execute(statement.where(key.in_(ids)))


def _empty(mailing_id: int, connection: Connection, readers: Sequence[int]) -> None:
    mine = and_(deliveries.c.mailing_id == mailing_id, deliveries.c.subscriber_id.in_(readers))
    connection.execute(update(deliveries).where(mine).values(email="", reply_text=""))


def _forget_proofs_of(connection: Connection, ids: Sequence[int]) -> None:
    mine = (subscriptions.c.subscriber_id == events.c.subscriber_id) & (subscriptions.c.list_id == events.c.list_id)
    theirs = select(subscriptions.c.subscriber_id).where(subscriptions.c.id.in_(ids))
    told = update(events).where(events.c.subscriber_id.in_(theirs), exists().where(mine, subscriptions.c.id.in_(ids)))
    connection.execute(told.values(consent_id=null(), detail=""))
    connection.execute(update(subscriptions).where(subscriptions.c.id.in_(ids)).values(consent_id=null()))


def _erase(connection: Connection, ids: Sequence[int], *, secret: bytes, now: datetime) -> None:
    for email in connection.execute(select(subscribers.c.email).where(subscribers.c.id.in_(ids))).scalars().all():
        forget(connection, email, digest=address_hash(secret, email), now=now)


def _blank(words: ColumnElement[str], connection: Connection, ids: Sequence[int]) -> None:
    table: Any = words.table
    for row in connection.execute(select(table.c.id, words.label("words")).where(table.c.id.in_(ids))).all():
        without = _ADDRESS.sub("…", row.words).replace("@", "…")
        connection.execute(update(table).where(table.c.id == row.id).values({words.name: without}))
