"""One connection at work: opened, used for a number of messages, opened again, and rested when the server asks."""

import asyncio
import time
from contextlib import nullcontext, suppress
from typing import NamedTuple

from newsletter.delivery.ahead import BATCH, Prepared
from newsletter.delivery.crew import Crew, said_by_server
from newsletter.delivery.retry import Blame, Verdict, asks_to_slow_down, deferred, judge, lost
from newsletter.delivery.roads import Road
from newsletter.errors import LostConnection, NewsletterError, PermanentFailure, StoreError, TemporaryFailure
from newsletter.i18n import _
from newsletter.model import DeliveryState, Outcome, Phase, Reader, Reply
from newsletter.ports import Connection

#: A reader on whom this many connections broke waits for a later try: one address must not stop the others.
LOSSES_PER_READER = 2


class _Load(NamedTuple):
    """A message about to leave."""

    reader: Reader
    prepared: Prepared
    #: What of the journal must be on disk before its dot leaves.
    started: int


class Lane:
    """One connection of the crew. It keeps its fatigue, and its road, from one round to the next."""

    def __init__(self, crew: Crew, road: Road) -> None:
        self._crew = crew
        self._road = road
        self._ledger = crew.ledger
        self._troubles = 0
        self._not_before = 0.0
        #: True once the present road gave it a connection.
        self._was_open = False
        #: Answers got on the present connection.
        self._answers = 0
        self.retired = False
        #: True while a message is in a transaction: only then is the lane left to finish.
        self.busy = False
        #: Messages the present connection may still take.
        self._left = 0
        #: The message made, and perhaps announced, while the one before was on its way.
        self._ahead: _Load | None = None
        road.deal()

    async def run(self) -> None:
        """Send until nobody is left to claim, or the connection is given up."""
        try:
            while await self._has_road() and await self._is_wanted():
                if connection := await self._connect():
                    await self._use(connection)
        finally:
            self._road.leave(self)

    async def _has_road(self) -> bool:
        """True on an open road that is proven, or ours to prove; the lane of a closed one moves to another first."""
        while not self.retired:
            if not self._road.is_closed:
                await self._road.prove(self)
            if not self._road.is_closed:
                return True
            self._move()
        return False

    def _move(self) -> None:
        if road := self._crew.next_road():
            road.deal()
            self._road, self._troubles, self._not_before, self._was_open = road, 0, 0.0, False
        else:
            self.retired = True

    async def _is_wanted(self) -> bool:
        """Rested, and somebody waits. The rest ends early when nobody is left."""
        rest = self._not_before - time.monotonic()
        if rest > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._ledger.drained.wait()
        return await self._ledger.waiting()

    async def _connect(self) -> Connection | None:
        """An open connection; None when the server refuses for now, or for good (then its road is closed)."""
        async with self._road.reopening if self._was_open else nullcontext():
            return None if self._road.is_closed else await self._open()

    async def _open(self) -> Connection | None:
        try:
            connection = await self._road.transport.connect()
        except TemporaryFailure as error:
            self._tire(error.message, self._crew.options.backoff_seconds)
        except NewsletterError as error:
            self._crew.close(self._road, f"{error.message} – {error.hint}" if error.hint else error.message)
        else:
            self._road.proven.set()
            self._road.open += 1
            self._answers = 0
            self._was_open = True
            return connection
        return None

    async def _use(self, connection: Connection) -> None:
        self._left = self._road.messages_per_connection
        try:
            while self._left and (load := await self._next()):
                self._left -= 1
                if not await self._deliver(connection, load):
                    return
        finally:
            if self._ahead:
                # Made, perhaps announced, but its content has not left.
                self._settle(_untried(self._ahead.reader))
                self._ahead = None
            self._road.open -= 1
            await connection.close()

    async def _next(self) -> _Load | None:
        """Whose message is made already, else whoever is next; None when nobody is, or everything halts."""
        if self._ahead:
            if self._ledger.halted.is_set():
                return None
            made, self._ahead = self._ahead, None
            return made
        while True:
            if not self._is_free and (wait := max(self._crew.pace.reserve(), self._road.pace.reserve())):
                await asyncio.sleep(wait)
            reader = await self._ledger.take()
            if reader is None:
                return None
            if load := self._load(reader):
                return load

    @property
    def _is_free(self) -> bool:
        """True when nobody waits for the pace."""
        return self._crew.pace.is_free and self._road.pace.is_free

    def _load(self, reader: Reader) -> _Load | None:
        """A reader's message, its START noted; None when it cannot be made."""
        try:
            prepared = self._crew.letters.message(reader, batch=BATCH if self._is_free else 1)
        except Exception as error:
            # Whatever keeps one message from being made concerns one reader: the mailing goes on.
            self._conclude(_unsendable(reader, error))
            return None
        return _Load(reader, prepared, self._crew.journal.start(reader.delivery))

    def _look_ahead(self) -> Prepared | None:
        """The message after the present one, made while the server reads that; the next turn hands it over."""
        if self._left and self._is_free and (reader := self._ledger.take_now()):
            self._ahead = self._load(reader)
        return self._ahead.prepared if self._ahead else None

    async def _deliver(self, connection: Connection, load: _Load) -> bool:
        """One reader's message; False when the connection is of no more use."""
        self.busy = True
        try:
            return await self._hand_over(connection, load)
        except StoreError as error:
            self._ledger.fail(error)
            return False
        finally:
            self.busy = False

    async def _hand_over(self, connection: Connection, load: _Load) -> bool:
        reader, message, started = load
        dot_may_leave = False

        async def before_dot() -> None:
            nonlocal dot_may_leave
            await self._crew.journal.on_disk(started)
            self._ledger.check()
            dot_may_leave = True

        try:
            reply = await connection.send(*message, before_dot=before_dot, following=self._look_ahead)
        except LostConnection as error:
            return self._broken(error, reader)
        except PermanentFailure as error:
            return self._conclude(_unsendable(reader, error))
        except BaseException:
            # Stopped, or nothing can be recorded any more: what is on its way may arrive, the rest did not leave.
            state = DeliveryState.UNCERTAIN if dot_may_leave else DeliveryState.QUEUED
            self._settle(Outcome(delivery=reader.delivery, state=state, counts=dot_may_leave))
            raise
        return self._conclude(judge(reply, reader, now=self._crew.now, schedule=self._crew.options.schedule))

    def _conclude(self, verdict: Verdict) -> bool:
        """Record an answer and draw the consequences; False when the connection must rest."""
        self._settle(verdict.outcome)
        self._crew.weigh(verdict, self._road)
        if verdict.blame is not Blame.NOBODY and asks_to_slow_down(verdict.outcome.reply):
            self._crew.slow_down(self._road)
        if verdict.blame is Blame.CONNECTION:
            said = _("the server asks to wait: {said}", said=said_by_server(verdict))
            self._tire(said, self._crew.options.throttle_seconds)
        elif verdict.blame is not Blame.MAILING:
            self._answers += 1
            self._troubles = 0
            return True
        return False

    def _broken(self, error: LostConnection, reader: Reader) -> bool:
        """The connection is gone. One that did some work is replaced at once, one that did none rests first."""
        outcome = lost(error, reader)
        if error.answered:
            self._crew.slow_down(self._road)
        self._crew.losses[reader.delivery] += 1
        if outcome.state is DeliveryState.QUEUED and self._crew.losses[reader.delivery] >= LOSSES_PER_READER:
            later = deferred(reader, None, now=self._crew.now(), schedule=self._crew.options.schedule)
            outcome = later._replace(counts=False)
        self._settle(outcome)
        if not self._answers:
            self._tire(error.message, self._crew.options.backoff_seconds)
        return False

    def _settle(self, outcome: Outcome) -> None:
        """Into the journal at once, into the store with the next group. A failing journal stops everything."""
        self._ledger.give(outcome)
        try:
            self._crew.journal.done(outcome)
        except StoreError as error:
            self._ledger.fail(error)

    def _tire(self, reason: str, waits: tuple[float, ...]) -> None:
        """Rest before the next try, a little longer each time; after the last wait, give up this connection."""
        if self._troubles >= len(waits):
            self._crew.retire(self._road, reason)
            self.retired = not self._road.is_closed
            return
        self._not_before = time.monotonic() + waits[self._troubles]
        self._troubles += 1


def _untried(reader: Reader) -> Outcome:
    return Outcome(delivery=reader.delivery, state=DeliveryState.QUEUED, counts=False)


def _unsendable(reader: Reader, error: Exception) -> Verdict:
    """A message that could not be made or addressed: nothing was said to the server, hence code 0."""
    reply = Reply(phase=Phase.CONNECT, code=0, text=str(error)[:200] or type(error).__name__)
    outcome = Outcome(delivery=reader.delivery, state=DeliveryState.FAILED, reply=reply)
    return Verdict(outcome=outcome, blame=Blame.READER)
