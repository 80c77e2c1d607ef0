"""Port Dispatcher in this process: recover, send, listen to signals, and leave the mailing in a state that is true."""

import asyncio
import gc
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from newsletter.delivery.ahead import MakeMessage
from newsletter.delivery.journal import Journal, replay
from newsletter.delivery.loops import loop_factory
from newsletter.delivery.mailing import is_over, require, require_in_time
from newsletter.delivery.sender import Options, Relay, Sender
from newsletter.delivery.tail import remove_journal
from newsletter.errors import RefusedError, StoreError
from newsletter.i18n import _, ngettext
from newsletter.model import Counts, Mailing, MailingState
from newsletter.ports import DeliveryStore

#: Below this much room on the disk a mailing does not begin.
_FREE_BYTES = 50_000_000

#: A sender told to stop gives messages in flight their time: longer than that, and than reading that it must stop.
_REST_SECONDS = 60.0
_LOOK_SECONDS = 0.1

#: The clock of one run goes on while the machine sleeps, where the system has one that does.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def journal_path(journals: Path, mailing_id: int) -> Path:
    """Where the journal of a mailing is while it runs, or after a crash."""
    return journals / f"{mailing_id}.journal"


def recover(store: DeliveryStore, journals: Path, mailing_id: int, *, now: datetime) -> None:
    """Make the store know what an interrupted run knew; only for whoever holds `sole_sender`.

    The journal goes only once that is committed. A run makes it before it claims anybody, and removes it once the store
    has everything: when somebody is claimed and there is none, or one of an earlier run, another machine kept it, or it
    is lost.
    """
    path = journal_path(journals, mailing_id)
    rest = replay(path)
    is_whole = path.exists() and rest.run == store.last_run(mailing_id)
    if is_whole and rest.done:
        store.record(mailing_id, rest.done, now=now)
    store.recover(mailing_id, started=frozenset(rest.started) if is_whole else None, now=now)
    remove_journal(path)


def await_rest(store: DeliveryStore, journals: Path, mailing_id: int, *, now: datetime) -> None:
    """Wait until a mailing told to stop has stopped, whoever sends it; after a crash, recover it here.

    Raises RefusedError naming the other process when that one does not let go within a minute.
    """
    give_up_at = time.monotonic() + _REST_SECONDS
    while store.counts(mailing_id).sending or journal_path(journals, mailing_id).exists():
        try:
            with store.sole_sender():
                recover(store, journals, mailing_id, now=now)
        except RefusedError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(_LOOK_SECONDS)


def steady(now: Callable[[], datetime]) -> Callable[[], datetime]:
    """A clock that starts at `now` and only goes forward: setting the machine's clock hastens and delays nothing."""
    began_at, began = now(), time.clock_gettime(_CLOCK)
    return lambda: began_at + timedelta(seconds=time.clock_gettime(_CLOCK) - began)


def require_home(store: DeliveryStore) -> None:
    """Raises RefusedError when the database may be a copy of the one that sends: both together would send twice."""
    if doubt := store.doubt():
        hint = _("look at newsletter mailings; if this one and no other must send from now on, add --this-machine")
        raise RefusedError(doubt, hint=hint)


@dataclass(kw_only=True)
class LocalDispatcher:
    """Runs mailings here, one at a time, alone on the database."""

    store: DeliveryStore
    #: How the messages of this mailing leave: through one relay or several.
    relays_for: Callable[[Mailing], Sequence[Relay]]
    #: What makes the messages of this mailing.
    messages_for: Callable[[Mailing], MakeMessage]
    #: Folder of the journals.
    journals: Path
    options: Options = field(default_factory=Options)
    #: For the hour a person reads in a note.
    zone: tzinfo = UTC
    #: Aware.
    now: Callable[[], datetime]
    #: Takes a sentence about what goes on.
    tell: Callable[[str], None] = lambda sentence: None
    #: True: somebody says that the mailing must leave though it comes too late.
    late: bool = False
    #: True: somebody says that this is no copy, or that the other one will not send.
    here: bool = False
    #: The signal that stopped the last run, for the exit code (128 + n); None when none did.
    stopped_by: signal.Signals | None = field(default=None, init=False)
    #: True when the server, and nobody here, put an end to the last run.
    refused: bool = field(default=False, init=False)

    def run(
        self, mailing_id: int, *, progress: Callable[[Counts], None] = lambda counts: None, wait: bool = False
    ) -> Mailing:
        """Send until nothing is left that can be sent now; returns the mailing as it then stands.

        Resumes after a pause, a signal or a crash: what the journal knows is stored first. Raises RefusedError when
        another process is sending, the disk is almost full, or the mailing may not run; StoreError when the store
        or the journal fails.
        """
        self.stopped_by, self.refused = None, False
        self._let_go(self.store.load_mailing(mailing_id))
        with self.store.sole_sender():
            mailing = self.store.load_mailing(mailing_id)
            require(mailing, MailingState.RUNNING)
            if mailing.state is MailingState.FINISHED and is_over(self.store.counts(mailing_id)):
                return mailing
            self._require_permission(mailing)
            self._require_space()
            sender = self._sender(mailing, progress=progress, wait=wait)
            recover(self.store, self.journals, mailing_id, now=self.now())
            self._settle(mailing)
            self.store.set_state(mailing_id, MailingState.RUNNING, now=self.now())
            # Cancelled by another process a moment ago, it stayed so.
            require(self.store.load_mailing(mailing_id), MailingState.RUNNING)
            self._send(mailing_id, sender)
            return self.store.load_mailing(mailing_id)

    def _let_go(self, mailing: Mailing) -> None:
        """Whoever sends while no mailing runs was told to pause, and ends once what is in flight has its answer."""
        give_up_at = time.monotonic() + _REST_SECONDS
        while mailing.state is MailingState.PAUSED and self.store.is_sending() and time.monotonic() < give_up_at:
            if any(other.state is MailingState.RUNNING for other in self.store.mailings()):
                return
            time.sleep(_LOOK_SECONDS)

    def _require_permission(self, mailing: Mailing) -> None:
        """Raises RefusedError for a mailing without audience, one too late, and one of a database that was copied."""
        if not mailing.is_frozen:
            raise RefusedError(_("mailing {number} has not started", number=mailing.id))
        if not self.late:
            require_in_time(mailing, now=self.now())
        if not (self.here or mailing.rehearsal):
            require_home(self.store)

    def _settle(self, mailing: Mailing) -> None:
        """Whoever may send alone knows that no other mailing runs, and that no wait is longer than the longest."""
        for other in self.store.mailings():
            if other.state is MailingState.RUNNING and other.id != mailing.id:
                self.store.set_state(other.id, MailingState.PAUSED, now=self.now(), note=_("interrupted"))
        longest = timedelta(seconds=1.1 * max(self.options.schedule.retry_seconds))
        self.store.hasten(mailing.id, latest=self.now() + longest)
        if not mailing.rehearsal:
            self.store.settle()

    def _require_space(self) -> None:
        """A disk that fills up on the way would stop the mailing in the middle: better not begin."""
        self.journals.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.journals).free
        if free < _FREE_BYTES:
            raise RefusedError(
                _("the disk is almost full: {n} MB left", n=free // 1_000_000),
                hint=_("free at least {n} MB, then start again: nothing was sent", n=_FREE_BYTES // 1_000_000),
            )

    def _sender(self, mailing: Mailing, **how: Any) -> Callable[..., Sender]:
        """What makes the sender, inside its event loop; a letter that cannot be compiled is refused before that."""
        return partial(
            Sender,
            store=self.store,
            mailing_id=mailing.id,
            relays=self.relays_for(mailing),
            make_message=self.messages_for(mailing),
            now=steady(self.now),
            options=self.options,
            tell=partial(self._told, mailing.id),
            **how,
        )

    def _told(self, mailing_id: int, sentence: str) -> None:
        """Say it, and enter it in the mailing's log: from a thread, for this is the event loop."""
        self.tell(sentence)
        asyncio.get_running_loop().run_in_executor(None, self._enter, mailing_id, sentence)

    def _enter(self, mailing_id: int, sentence: str) -> None:
        with suppress(StoreError):
            self.store.remark(mailing_id, sentence, now=self.now())

    def _send(self, mailing_id: int, make_sender: Callable[..., Sender]) -> None:
        # What is there now stays: the collector would look through it again and again for what messages leave behind.
        gc.freeze()
        try:
            with asyncio.Runner(loop_factory=loop_factory(self.options.loop)) as runner:
                sender = runner.run(self._run(mailing_id, make_sender))
        except StoreError as error:
            self._pause(mailing_id, error.message)
            raise
        finally:
            gc.unfreeze()
        self.refused = bool(sender.note)
        self._conclude(mailing_id, sender)

    async def _run(self, mailing_id: int, make_sender: Callable[..., Sender]) -> Sender:
        """The sender, through. The journal stays behind unless the store has everything."""
        path = journal_path(self.journals, mailing_id)
        journal = Journal(path, run=await asyncio.to_thread(self.store.begin_run, mailing_id))
        stored = False
        try:
            sender = make_sender(journal=journal)
            with self._signals(sender):
                await sender.run()
            stored = True
        finally:
            journal.close(remove=stored)
        return sender

    def _conclude(self, mailing_id: int, sender: Sender) -> None:
        """Finished, or paused with the reason; what another process decided meanwhile stands."""
        if self.store.load_mailing(mailing_id).state is not MailingState.RUNNING:
            return
        counts = self.store.counts(mailing_id)
        if is_over(counts):
            note = _("; ").join(sender.remarks)
            self.store.set_state(mailing_id, MailingState.FINISHED, now=self.now(), note=note)
        else:
            note = _("; ").join([sender.note or self._what_is_left(mailing_id, counts), *sender.remarks])
            self.store.set_state(mailing_id, MailingState.PAUSED, now=self.now(), note=note)

    def _what_is_left(self, mailing_id: int, counts: Counts) -> str:
        due_at = self.store.next_due(mailing_id)
        if self.stopped_by or counts.queued or due_at is None:
            return _("stopped before the end; resume when you like")
        return ngettext(
            "{n} message refused for now; resume after {hour}",
            "{n} messages refused for now; resume after {hour}",
            counts.deferred,
            hour=f"{due_at.astimezone(self.zone):%H:%M}",
        )

    def _pause(self, mailing_id: int, note: str) -> None:
        """Best effort: the store may be the very thing that failed, and the journal holds the truth anyway."""
        with suppress(StoreError):
            self.store.set_state(mailing_id, MailingState.PAUSED, now=self.now(), note=note)

    @contextmanager
    def _signals(self, sender: Sender) -> Iterator[None]:
        """The first signal lets messages in flight finish, the second does not. Only the main thread hears them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def heard(number: signal.Signals) -> None:
            sender.stop(at_once=self.stopped_by is not None)
            self.stopped_by = number

        before = {number: signal.getsignal(number) for number in SIGNALS}
        for number in SIGNALS:
            loop.add_signal_handler(number, heard, number)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)
                signal.signal(number, before[number] or signal.SIG_DFL)
