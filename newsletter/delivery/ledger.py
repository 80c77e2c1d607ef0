"""What the sender takes from the store and gives back to it, a page at a time: readers out, outcomes in.

One task, `keep`, makes every call to the store, one after the other and in a thread; the connections only take from
and add to what it holds. So nothing is claimed twice, and a failing store stops everything at one place.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from newsletter.delivery.journal import Journal
from newsletter.delivery.turns import Turns
from newsletter.errors import StoreError
from newsletter.model import Counts, DeliveryState, MailingState, Outcome, Reader
from newsletter.ports import DeliveryStore

#: Outcomes reach the store after this long at most.
FLUSH_SECONDS = 0.1
#: … or as soon as there are so many.
FLUSH_OUTCOMES = 1000
#: How often it is looked at what other processes may have done: set another state, take a reader off the list.
_LOOK_SECONDS = 0.4
#: Share of the time that counting for the progress bar may take.
_COUNTING_SHARE = 0.01


@dataclass(kw_only=True)
class Ledger:
    """The store's side of one running mailing, for one event loop."""

    store: DeliveryStore
    mailing_id: int
    journal: Journal
    #: Set by whoever wants everything to stop.
    halted: asyncio.Event
    #: Aware.
    now: Callable[[], datetime]
    progress: Callable[[Counts], None] = lambda counts: None
    #: In which order readers are taken.
    turns: Turns = field(default_factory=Turns)
    #: Readers claimed at a time.
    page: int = 1000
    #: How many readers were taken since `keep` was called.
    taken: int = field(default=0, init=False)
    #: Why the store, or the journal, can no longer be used.
    failure: Exception | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._outcomes: list[Outcome] = []
        self._last_event = 0
        self._next_count_at = self._next_look_at = self._began_at = 0.0
        self._low = asyncio.Event()
        self._changed = asyncio.Event()
        self._closing = False
        #: Set when there is nobody left to claim now.
        self.empty = asyncio.Event()
        #: Set when nobody is left here either.
        self.drained = asyncio.Event()

    async def waiting(self) -> bool:
        """True once a reader waits; False once there is nobody left to claim now, or everything halts."""
        while not self.turns and not self.empty.is_set():
            self._low.set()
            self._changed.clear()
            await self._changed.wait()
        return bool(self.turns) and not self.halted.is_set()

    async def take(self) -> Reader | None:
        """The next reader, who is `sending` from now on; None when `waiting` is False."""
        if reader := self.take_now():
            return reader
        while await self.waiting():
            if reader := self.take_now():
                return reader
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.turns.wait()):
                    await self._changed.wait()
        return None

    def take_now(self) -> Reader | None:
        """The next reader if one is at hand whose domain may be written to, and nothing halts."""
        if self.halted.is_set():
            return None
        reader = self.turns.pop()
        if self.turns.are_few(self.page // 2):
            self._low.set()
            self._look_if_drained()
        if reader:
            self.taken += 1
        return reader

    def speed(self) -> float:
        """Messages a second since `keep` was called."""
        return self.taken / max(time.monotonic() - self._began_at, 0.1)

    def give(self, outcome: Outcome) -> None:
        """Add what became of one reader; it reaches the store within `FLUSH_SECONDS`."""
        self._outcomes.append(outcome)
        if len(self._outcomes) >= FLUSH_OUTCOMES:
            self._low.set()

    def fail(self, error: Exception) -> None:
        """The store or the journal can no longer be used: everything halts."""
        self.failure = self.failure or error
        self.halted.set()

    def check(self) -> None:
        """Raises the error that made the store unusable: no message may leave any more."""
        if self.failure:
            raise self.failure

    def close(self) -> None:
        """Make `keep` store what it holds, queue again whom nobody took, and return."""
        self._closing = True
        self._low.set()

    async def keep(self) -> None:
        """Serve until `close`; sets `halted` when the store fails (`failure`) or another process said to stop."""
        self._closing, self.taken, self._began_at = False, 0, time.monotonic()
        self.empty.clear()
        self.drained.clear()
        try:
            while not self._closing:
                await self._turn()
            self._return_readers()
            await self._flush()
            await self._count()
        except Exception as error:
            self.fail(error)
        finally:
            self.empty.set()
            self.drained.set()
            self._changed.set()

    async def _turn(self) -> None:
        if self.turns.are_few(self.page // 2) and not self.empty.is_set():
            await self._claim()
        else:
            await self._flush()
        if time.monotonic() >= self._next_look_at:
            self._next_look_at = time.monotonic() + _LOOK_SECONDS
            await self._look_at_state()
            await self._drop_withdrawn()
        await self._count()
        self._low.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._low.wait()

    async def _claim(self) -> None:
        """Store what `_flush` would, and take the next readers, in one transaction."""
        outcomes, written = self._told()
        claim = partial(self.store.claim, limit=self.page, now=self.now(), outcomes=outcomes)
        page = await asyncio.to_thread(claim, self.mailing_id)
        self._forget(outcomes, written)
        self.turns.extend(page)
        if not page:
            self.empty.set()
            self._look_if_drained()
        self._changed.set()

    def _look_if_drained(self) -> None:
        if self.empty.is_set() and not self.turns:
            self.drained.set()

    async def _flush(self) -> None:
        """Store the outcomes of the last moments in one transaction, then say so in the journal."""
        outcomes, written = self._told()
        if outcomes:
            await asyncio.to_thread(self.store.record, self.mailing_id, outcomes, now=self.now())
        self._forget(outcomes, written)

    def _told(self) -> tuple[list[Outcome], int]:
        """What became of the readers of the last moments, and how much of the journal tells of it."""
        outcomes, self._outcomes = self._outcomes, []
        written = self.journal.size
        if outcomes:
            try:
                self.journal.write()
            except StoreError as error:
                self.fail(error)  # the store may still keep what is known
        return outcomes, written

    def _forget(self, outcomes: list[Outcome], written: int) -> None:
        if outcomes:
            self.journal.stored(written)

    async def _drop_withdrawn(self) -> None:
        """Whoever left the list meanwhile is not written to, though already claimed."""
        self._last_event, gone = await asyncio.to_thread(self.store.withdrawn, self.mailing_id, after=self._last_event)
        for reader in self.turns.remove(gone) if gone else ():
            self.give(Outcome(delivery=reader.delivery, state=DeliveryState.SKIPPED, counts=False))
        self._look_if_drained()

    def _return_readers(self) -> None:
        for reader in self.turns:
            self.give(Outcome(delivery=reader.delivery, state=DeliveryState.QUEUED, counts=False))
        self.turns.clear()

    async def _look_at_state(self) -> None:
        mailing = await asyncio.to_thread(self.store.load_mailing, self.mailing_id)
        if mailing.state is not MailingState.RUNNING:
            self.halted.set()

    async def _count(self) -> None:
        """Show progress from the ledger itself, as often as counting is cheap."""
        started_at = time.monotonic()
        if started_at < self._next_count_at and not self._closing:
            return
        counts = await asyncio.to_thread(self.store.counts, self.mailing_id)
        spent = time.monotonic() - started_at
        self._next_count_at = started_at + max(FLUSH_SECONDS, spent / _COUNTING_SHARE)
        self.progress(counts)
