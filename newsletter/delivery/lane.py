"""One connection at work: opened, used for a number of messages, opened again, and rested when the server asks."""

import asyncio
import time
from contextlib import nullcontext, suppress

from newsletter.delivery.bag import Mailbag
from newsletter.delivery.crew import Crew
from newsletter.delivery.roads import Road
from newsletter.errors import LostConnection, NewsletterError, StoreError, TemporaryFailure
from newsletter.ports import Connection


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
        self.retired = False
        #: True while a message is in a transaction: only then is the lane left to finish.
        self.busy = False
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
            self._was_open = True
            return connection
        return None

    async def _use(self, connection: Connection) -> None:
        """Carry what there is to carry; a connection that breaks after some work is replaced at once."""
        bag, broken = Mailbag(self._crew, self._road), None
        try:
            while await bag.fill():
                await self._carry(connection, bag)
        except LostConnection as error:
            broken = error
            bag.lose(error)
        except StoreError as error:
            self._ledger.fail(error)
        finally:
            bag.empty()
            self._road.open -= 1
            await connection.close()
        if bag.answers:
            self._troubles = 0
        if bag.complaint:
            self._tire(bag.complaint, self._crew.options.throttle_seconds)
        elif broken and not bag.answers:
            self._tire(broken.message, self._crew.options.backoff_seconds)

    async def _carry(self, connection: Connection, bag: Mailbag) -> None:
        self.busy = True
        try:
            await connection.carry(bag)
        finally:
            self.busy = False

    def _tire(self, reason: str, waits: tuple[float, ...]) -> None:
        """Rest before the next try, a little longer each time; after the last wait, give up this connection."""
        if self._troubles >= len(waits):
            self._crew.retire(self._road, reason)
            self.retired = not self._road.is_closed
            return
        self._not_before = time.monotonic() + waits[self._troubles]
        self._troubles += 1
