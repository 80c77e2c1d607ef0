"""Mailings and their deliveries, approvals and proofs: port DeliveryStore on SQL."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from sqlalchemy import Engine, func, null, select, update

from newsletter.errors import UsageError
from newsletter.i18n import _
from newsletter.model import (
    Account,
    Counts,
    Delivery,
    DeliveryState,
    Freeze,
    Mailing,
    MailingEvent,
    MailingState,
    Outcome,
    Reader,
    Readership,
    RenderedMail,
)
from newsletter.store.claims import as_delivery, claim_page, left_meanwhile, recover_claimed
from newsletter.store.freezing import (
    as_mail,
    as_mailing,
    audience_account,
    audience_number,
    freeze_audience,
    freeze_mailing,
)
from newsletter.store.home import Home
from newsletter.store.keyed import load_secret
from newsletter.store.locks import SENDER, WORKER, file_is_held, file_lock, server_is_held, server_lock
from newsletter.store.logbook import enter_decision, enter_move, enter_plan, enter_remark, read_log
from newsletter.store.outcomes import record_outcomes
from newsletter.store.people import pages
from newsletter.store.readings import SqlReadingStore
from newsletter.store.remembered import Remembered
from newsletter.store.runs import begin_run, last_run
from newsletter.store.tables import DEFERRED, deliveries, mailings, mails
from newsletter.store.transactions import reading, sqlite_file, writing

_LAST = (MailingState.FINISHED, MailingState.CANCELLED)
_RUNNING = MailingState.RUNNING.value


class SqlDeliveryStore(SqlReadingStore):
    """Port DeliveryStore; each method's contract stands there. Raises StoreError when the database cannot be used."""

    def __init__(self, engine: Engine, *, lock_folder: Path | None = None) -> None:
        """`lock_folder` holds the sender's lock on SQLite; without it, the lock is beside the database."""
        super().__init__(engine)
        self._lock_folder = lock_folder
        self._home = Home(engine, folder=lock_folder)
        self._remembered = Remembered()

    @cached_property
    def _secret(self) -> bytes:
        return load_secret(self._engine)

    def secret(self) -> bytes:
        """32 random bytes made with the database."""
        return self._secret

    # --- mailings ----------------------------------------------------------------------------------------------

    def create_mailing(self, freeze: Freeze, mail: RenderedMail, *, now: datetime) -> Mailing:
        """Freeze the audience and the mail in one transaction; two at once freeze one after the other."""
        with writing(self._engine, alone="mailings") as connection:
            return freeze_mailing(connection, freeze, mail, now=now)

    def would_receive(self, issue: str, list_id: str) -> int:
        """How many deliveries `create_mailing` would freeze now, for a real mailing."""
        with reading(self._engine) as connection:
            count = partial(audience_number, connection, issue, list_id)
            return self._remembered.recall(connection, ("number", list_id, issue), count, letters=[issue])

    def account(self, readers: Readership, *, issue: str | None) -> Account:
        """The same, and why others of the list would have no delivery; None is a rehearsal."""
        question = ("account", readers.list, readers.key, issue)
        letters = readers.issues | {issue} if issue else readers.issues
        with reading(self._engine) as connection:
            count = partial(audience_account, connection, readers, issue=issue)
            return self._remembered.recall(connection, question, count, letters=letters)

    def load_mailing(self, mailing: int | str) -> Mailing:
        """By number, or `last`; raises UsageError when there is none."""
        query = select(mailings).order_by(mailings.c.id.desc()).limit(1)
        if mailing != "last":
            query = query.where(mailings.c.id == _number(mailing))
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise _no_mailing(mailing)
        return as_mailing(row)

    def load_mail(self, mailing_id: int) -> RenderedMail:
        """What the mailing sends, as frozen; raises UsageError when there is no such mailing."""
        with reading(self._engine) as connection:
            row = connection.execute(select(mails).where(mails.c.mailing_id == mailing_id)).first()
        if row is None:
            raise _no_mailing(mailing_id)
        return as_mail(row)

    def mailings(self) -> Sequence[Mailing]:
        """All, newest first."""
        with reading(self._engine) as connection:
            return [as_mailing(row) for row in connection.execute(select(mailings).order_by(mailings.c.id.desc()))]

    def set_state(self, mailing_id: int, state: MailingState, *, now: datetime, note: str = "") -> None:
        """Move a mailing that is not cancelled; sets `started_at` on the first `running`, `finished_at` on the last."""
        open_ = mailings.c.state != MailingState.CANCELLED.value
        change = update(mailings).where(mailings.c.id == mailing_id, open_).values(state=state.value, note=note)
        change = change.values(finished_at=now if state in _LAST else null())
        before = select(mailings).where(mailings.c.id == mailing_id).with_for_update()
        if state is MailingState.RUNNING:
            change = change.values(
                started_at=func.coalesce(mailings.c.started_at, now, type_=mailings.c.started_at.type)
            )
        with writing(self._engine) as connection:
            row = connection.execute(before).first()
            if row is None:
                raise _no_mailing(mailing_id)
            if connection.execute(change).rowcount:
                enter_move(connection, as_mailing(row), state, at=now, note=note)

    def start_mailing(self, mailing_id: int, *, now: datetime) -> Mailing:
        """Freeze the audience of a mailing that has an hour, and say that it runs, in one transaction."""
        query = select(mailings).where(mailings.c.id == mailing_id).with_for_update()
        start = update(mailings).where(mailings.c.id == mailing_id).returning(mailings)
        with writing(self._engine, alone="mailings") as connection:
            mailing = as_mailing(connection.execute(query).one())
            if mailing.is_frozen or mailing.state is MailingState.CANCELLED:
                return mailing
            freeze_audience(connection, mailing, now=now)
            enter_move(connection, mailing, MailingState.RUNNING, at=now, note="")
            return as_mailing(connection.execute(start.values(state=_RUNNING, started_at=now, note="")).one())

    def reschedule(self, mailing_id: int, *, start_at: datetime, not_after: datetime, now: datetime) -> None:
        """Give a mailing that has not started another hour: it is `scheduled` again, unless it is cancelled."""
        waiting = mailings.c.started_at.is_(None) & (mailings.c.state != MailingState.CANCELLED.value)
        values = {"start_at": start_at, "not_after": not_after, "state": MailingState.SCHEDULED.value, "note": ""}
        with writing(self._engine) as connection:
            if connection.execute(update(mailings).where(mailings.c.id == mailing_id, waiting).values(values)).rowcount:
                enter_plan(connection, mailing_id, start_at=start_at, at=now)

    def remark(self, mailing_id: int, words: str, *, now: datetime) -> None:
        """Enter something that happened on the way in the mailing's log."""
        with writing(self._engine) as connection:
            enter_remark(connection, mailing_id, words, at=now)

    def log(self, mailing_id: int) -> Sequence[MailingEvent]:
        """What happened to a mailing, newest first; nothing of a mailing older than this log."""
        with reading(self._engine) as connection:
            return read_log(connection, mailing_id)

    def sole_sender(self) -> AbstractContextManager[None]:
        """Hold the right to send; raises BusyError naming the other process."""
        return self._alone(SENDER)

    def sole_worker(self) -> AbstractContextManager[None]:
        """Hold the timetable; raises BusyError naming the other process."""
        return self._alone(WORKER)

    def is_sending(self) -> bool:
        """True while a process, this one included, holds the right to send."""
        return self._is_held(SENDER)

    def has_worker(self) -> bool:
        """True while a process keeps the timetable."""
        return self._is_held(WORKER)

    def _alone(self, work: str) -> AbstractContextManager[None]:
        file = self._lock_file(work)
        return file_lock(file, work=work) if file else server_lock(self._engine, work=work)

    def _is_held(self, work: str) -> bool:
        file = self._lock_file(work)
        return file_is_held(file, work=work) if file else server_is_held(self._engine, work=work)

    def _lock_file(self, work: str) -> Path | None:
        """None on PostgreSQL."""
        file = sqlite_file(self._engine)
        return (self._lock_folder or file.parent) / f"{file.name}.{work}" if file else None

    def doubt(self) -> str:
        """Why this may be a copy of the database that last sent, one sentence; "" when nothing says so."""
        return self._home.doubt()

    def settle(self) -> None:
        """Send from here from now on; a copy of an earlier state will be noticed."""
        self._home.settle()

    # --- deliveries --------------------------------------------------------------------------------------------

    def begin_run(self, mailing_id: int) -> int:
        """A mark for the run of this mailing that is about to claim."""
        with writing(self._engine) as connection:
            return begin_run(connection, mailing_id)

    def last_run(self, mailing_id: int) -> int:
        """The mark of the last run that began; 0 when none did."""
        with reading(self._engine) as connection:
            return last_run(connection, mailing_id)

    def claim(
        self, mailing_id: int, *, limit: int, now: datetime, outcomes: Sequence[Outcome] = ()
    ) -> Sequence[Reader]:
        """Store `outcomes`, then take up to `limit` deliveries queued, or deferred and due; skip those who left."""
        secret = self._secret
        with writing(self._engine) as connection:
            record_outcomes(connection, mailing_id, outcomes, secret=secret, now=now)
            return claim_page(connection, mailing_id, limit=limit, now=now)

    def withdrawn(self, mailing_id: int, *, after: int) -> tuple[int, frozenset[int]]:
        """The last departure seen, and the mailing's readers who left or were suppressed since event `after`."""
        with reading(self._engine) as connection:
            return left_meanwhile(connection, mailing_id, after=after)

    def record(self, mailing_id: int, outcomes: Sequence[Outcome], *, now: datetime) -> None:
        """Store outcomes; touches only rows still `sending`."""
        secret = self._secret
        with writing(self._engine) as connection:
            record_outcomes(connection, mailing_id, outcomes, secret=secret, now=now)

    def recover(self, mailing_id: int, *, started: frozenset[int] | None, now: datetime) -> None:
        """After a crash: what was started is uncertain, what was only claimed is queued again; None: all uncertain."""
        with writing(self._engine) as connection:
            recover_claimed(connection, mailing_id, started=started, now=now)

    def hasten(self, mailing_id: int, *, latest: datetime) -> None:
        """Let no deferred delivery be due after `latest`: a clock that was put back must make nobody wait for ever."""
        mine = deliveries.c.mailing_id == mailing_id
        with writing(self._engine) as connection:
            late = update(deliveries).where(mine, DEFERRED, deliveries.c.due_at > latest)
            connection.execute(late.values(due_at=latest))

    def counts(self, mailing_id: int) -> Counts:
        """How many stand where."""
        query = select(deliveries.c.state, func.count().label("number")).where(deliveries.c.mailing_id == mailing_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.group_by(deliveries.c.state)).all()
        return Counts(**{row.state: row.number for row in rows})

    def next_due(self, mailing_id: int) -> datetime | None:
        """When the first deferred delivery is due, or None."""
        query = select(func.min(deliveries.c.due_at)).where(deliveries.c.mailing_id == mailing_id, DEFERRED)
        with reading(self._engine) as connection:
            due_at: datetime | None = connection.execute(query).scalar()
        return due_at

    def deliveries(self, mailing_id: int, *states: DeliveryState) -> Iterator[Delivery]:
        """By id, streaming; all states when none is named."""
        query = select(deliveries).where(deliveries.c.mailing_id == mailing_id)
        if not states:
            # The same order, for they are frozen by reader; and here an index has it, whatever the other mailings.
            return map(as_delivery, pages(self._engine, query, deliveries.c.subscriber_id))
        query = query.where(deliveries.c.state.in_([state.value for state in states]))
        return map(as_delivery, pages(self._engine, query, deliveries.c.id))

    def resolve(self, mailing_id: int, *, resend: bool, now: datetime, email: str = "") -> int:
        """Decide the uncertain ones, or that of one address: queue again, or keep as sent; returns how many."""
        state = DeliveryState.QUEUED if resend else DeliveryState.SENT
        uncertain = deliveries.c.state == DeliveryState.UNCERTAIN.value
        change = update(deliveries).where(deliveries.c.mailing_id == mailing_id, uncertain)
        change = change.where(deliveries.c.email == email) if email else change
        with writing(self._engine) as connection:
            number = connection.execute(change.values(state=state.value, changed_at=now)).rowcount
            enter_decision(connection, mailing_id, resend=resend, number=number, at=now)
        return number


def _number(mailing: int | str) -> int:
    if isinstance(mailing, str) and not mailing.isdecimal():
        raise _no_mailing(mailing)
    return int(mailing)


def _no_mailing(mailing: int | str) -> UsageError:
    return UsageError(
        _("there is no mailing {mailing}", mailing=mailing),
        hint=_("newsletter mailings lists them; “last” is the newest"),
    )
