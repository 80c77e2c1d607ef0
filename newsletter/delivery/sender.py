"""The only loop that sends: claim, personalise, send, record, over a handful of connections, until nothing is left.

A mailing goes in rounds. In a round every lane works until nobody can be claimed; then the store says whether
somebody came back to the queue or is due soon, and another round begins.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.delivery.ahead import MakeMessage
from newsletter.delivery.crew import Crew, Options, options_from
from newsletter.delivery.journal import Journal
from newsletter.delivery.lane import Lane
from newsletter.delivery.ledger import Ledger
from newsletter.delivery.roads import Relay
from newsletter.delivery.turns import Turns
from newsletter.model import Counts, MailingState, Prepared
from newsletter.ports import DeliveryStore

__all__ = ["MakeMessage", "Options", "Prepared", "Relay", "Sender", "options_from"]

#: While nothing can be sent, how often the state another process may have set is read.
_LOOK_SECONDS = 1.0


@dataclass(kw_only=True)
class Sender:
    """One mailing being sent by this process. Make one inside the event loop, `run` it once."""

    store: DeliveryStore
    mailing_id: int
    relays: Sequence[Relay]
    make_message: MakeMessage
    journal: Journal
    #: Aware.
    now: Callable[[], datetime]
    options: Options = field(default_factory=Options)
    #: Called at most ten times a second, on the event loop.
    progress: Callable[[Counts], None] = lambda counts: None
    #: Takes a sentence about what goes on: a relay left out, a pace halved.
    tell: Callable[[str], None] = lambda sentence: None
    #: True: stay for deferred deliveries, however late they are due.
    wait: bool = False
    #: Why it stopped before the end: one sentence; "" when it did not, or was told to.
    note: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._halted = asyncio.Event()
        self._remarks: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._lanes: list[Lane] = []
        self._ledger = Ledger(
            store=self.store,
            mailing_id=self.mailing_id,
            journal=self.journal,
            halted=self._halted,
            now=self.now,
            progress=self.progress,
            turns=Turns(self.options.domains),
        )
        self._crew = Crew(
            relays=self.relays,
            make_message=self.make_message,
            ledger=self._ledger,
            journal=self.journal,
            options=self.options,
            now=self.now,
            halt=self._halt,
            remark=self._remark,
        )

    @property
    def remarks(self) -> Sequence[str]:
        """What there was to say on the way, the last word about each thing."""
        return [*self._remarks.values()]

    async def run(self) -> None:
        """Send all that can be sent now; returns when done or stopped, with everything known in the store.

        Raises StoreError when the store or the journal failed: the journal then holds what the store lacks.
        """
        while not self._halted.is_set():
            await self._round()
            if self._halted.is_set() or not await self._is_more_to_come():
                return

    def stop(self, *, at_once: bool = False) -> None:
        """Finish what is in flight, within `grace_seconds`, and return; `at_once` leaves it uncertain."""
        self._halted.set()
        if at_once:
            for task in self._tasks:
                task.cancel()

    def _halt(self, note: str) -> None:
        self.note = self.note or note
        self._halted.set()

    def _remark(self, about: str, sentence: str) -> None:
        self._remarks[about] = sentence
        self.tell(sentence)

    async def _round(self) -> None:
        counts = await asyncio.to_thread(self.store.counts, self.mailing_id)
        most = max(1, counts.queued + counts.deferred)
        while len(self._lanes) < most and (road := self._crew.next_road()):
            self._lanes.append(Lane(self._crew, road))
        keeper = asyncio.create_task(self._ledger.keep())
        self._tasks = [asyncio.create_task(lane.run()) for lane in self._lanes]
        try:
            await self._work()
        finally:
            self._ledger.close()
            await keeper
        self._ledger.check()

    async def _work(self) -> None:
        """Until every lane is through; once halted, idle lanes end at once and busy ones within the grace."""
        halted = asyncio.create_task(self._halted.wait())
        working = set(self._tasks)
        while working and not self._halted.is_set():
            done, _rest = await asyncio.wait({*working, halted}, return_when=asyncio.FIRST_COMPLETED)
            working -= done
            if any(task.exception() for task in done if task is not halted and not task.cancelled()):
                self._halted.set()
        halted.cancel()
        for lane, task in zip(self._lanes, self._tasks, strict=True):
            if not lane.busy:
                task.cancel()
        await asyncio.wait(self._tasks, timeout=self.options.grace_seconds)
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        for error in results:
            if isinstance(error, Exception):
                raise error

    async def _is_more_to_come(self) -> bool:
        """True when another round is worth it: at once, or after the wait for deferred deliveries that are due."""
        counts = await asyncio.to_thread(self.store.counts, self.mailing_id)
        if counts.queued:
            # Nobody taken though somebody is queued: another round would change nothing.
            return self._ledger.taken > 0
        due_at = await asyncio.to_thread(self.store.next_due, self.mailing_id)
        if due_at is None:
            return False
        seconds = (due_at - self.now()).total_seconds()
        if seconds > self.options.patience_seconds and not self.wait:
            return False
        while (seconds := (due_at - self.now()).total_seconds()) > 0 and not self._halted.is_set():
            await self._look_out(min(seconds, _LOOK_SECONDS))
        return not self._halted.is_set()

    async def _look_out(self, seconds: float) -> None:
        """Wait, then see whether somebody paused or cancelled the mailing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._halted.wait()
        mailing = await asyncio.to_thread(self.store.load_mailing, self.mailing_id)
        if mailing.state is not MailingState.RUNNING:
            self._halted.set()
