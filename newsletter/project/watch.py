"""Keeps the timetable: lets mailings leave when their hour has come, and goes on with what a server put off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

from newsletter.delivery.dispatch.local import SIGNALS
from newsletter.errors import BusyError, NewsletterError, StoreError
from newsletter.model import MailingState
from newsletter.project.mailroom import Run
from newsletter.project.timetable import Timetable

if TYPE_CHECKING:
    from newsletter.model import Counts, Mailing


@dataclass(kw_only=True)
class Watch:
    """One process that stays awake for the timetable. It sends one mailing at a time, as everybody."""

    project: Timetable
    #: Says one sentence to whoever looks.
    tell: Callable[[str], None]
    progress: Callable[[Counts], None]
    #: Wait for this mailing alone, and end with it; 0 keeps the whole timetable, until a signal.
    only: int = 0
    #: End once no mailing waits for its hour or for a server.
    until_done: bool = False
    #: How often the timetable is read.
    look_seconds: float = 1.0
    #: Set by whoever ends the watch.
    stop: threading.Event = field(default_factory=threading.Event)
    #: The signal that ended it; None when none did.
    stopped_by: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        #: Mailing → the note of its pause, while only deferred deliveries keep it.
        self._waiting: dict[int, str] = {}
        self._told = ""

    def runs(self) -> Iterator[Run]:
        """What each run comes back with, as they end. A mailing that may not leave is held, and told."""
        with self._signals():
            while not self.stop.is_set():
                try:
                    yield from self._round()
                    if self._is_done():
                        return
                except (BusyError, StoreError) as error:
                    # It will be possible later.
                    self._say(error.message)
                self.stop.wait(self.look_seconds)

    def _is_done(self) -> bool:
        if self.only:
            return not self._is_awaited(self.only)
        if not self.until_done:
            return False
        scheduled = (one for one in self.project.mailings() if one.state is MailingState.SCHEDULED and one.start_at)
        return not any(scheduled) and not any(map(self._is_awaited, self._waiting))

    def _round(self) -> Iterator[Run]:
        for mailing in self._ready():
            if self.stop.is_set():
                return
            if run := self._let_leave(mailing):
                yield run

    def _ready(self) -> list[Mailing]:
        """Whose hour has come, then those with deferred deliveries that are due."""
        ready = self.project.due()
        for number in self._waiting:
            due_at = self.project.deliveries.next_due(number)
            if self._is_awaited(number) and due_at and due_at <= self.project.now():
                ready.append(self.project.mailing(str(number)))
        return [mailing for mailing in ready if self.only in (0, mailing.id)]

    def _is_awaited(self, number: int) -> bool:
        """False once it is over, or somebody paused or cancelled it: then the note is no longer ours."""
        mailing = self.project.mailing(str(number))
        if mailing.state is MailingState.PAUSED:
            return self._waiting.get(number) == mailing.note
        return mailing.state is MailingState.SCHEDULED

    def _let_leave(self, mailing: Mailing) -> Run | None:
        try:
            run = self.project.resume(mailing, progress=self.progress)
        except (BusyError, StoreError):
            raise
        except NewsletterError as error:
            self.project.hold(mailing, reason=error.message)
            self._say(error.message)
            return None
        self._told = ""
        self._conclude(run)
        return run

    def _conclude(self, run: Run) -> None:
        counts = self.project.counts(run.mailing)
        if run.signal:
            self._heard(run.signal, None)
        elif run.mailing.state is MailingState.PAUSED and not (run.refused or counts.queued):
            self._waiting[run.mailing.id] = run.mailing.note
        else:
            self._waiting.pop(run.mailing.id, None)

    def _say(self, sentence: str) -> None:
        """Once, and not every second."""
        if sentence != self._told:
            self.tell(sentence)
        self._told = sentence

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        self.stopped_by = number
        self.stop.set()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """A signal ends the watch. Only the main thread hears them; a running mailing listens to them itself."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._heard) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
