"""The relays of a mailing: each a road with lanes of its own; the lanes of a closed road move to the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.delivery.pace import Pace
from newsletter.ports import Transport


@dataclass(frozen=True, kw_only=True)
class Relay:
    """One server that takes messages, and how to use it."""

    transport: Transport
    #: What a sentence calls it.
    name: str = ""
    #: Conversations at once; None is what the options say.
    connections: int | None = None
    #: None is what the options say.
    messages_per_connection: int | None = None
    #: Its part of all lanes, in proportion to the other relays'.
    share: float = 1
    #: Messages a second; 0 is no limit of its own.
    rate: float = 0


class Road:
    """What the lanes through one relay have in common."""

    def __init__(self, relay: Relay, *, connections: int, messages_per_connection: int) -> None:
        """`connections` and `messages_per_connection` hold where the relay says nothing."""
        self.name = relay.name
        self.transport = relay.transport
        self.share = relay.share
        self.most = relay.connections or connections
        self.messages_per_connection = relay.messages_per_connection or messages_per_connection
        self.pace = Pace(relay.rate)
        #: Lanes that were given to it, and those of them that were not given up.
        self.dealt = self.lanes = 0
        #: Connections open now.
        self.open = 0
        #: Set by the first connection that opens: until then the others wait, so that a wrong password is tried once.
        self.proven = asyncio.Event()
        #: Held while a connection is opened again: a password that is no longer right is then tried once.
        self.reopening = asyncio.Lock()
        self.is_closed = False
        self._scout: object = None

    def deal(self) -> None:
        """One lane more."""
        self.dealt += 1
        self.lanes += 1

    def close(self) -> None:
        """Nothing leaves this way any more; who waits for proof may look elsewhere."""
        self.is_closed = True
        self.proven.set()

    async def prove(self, lane: object) -> None:
        """The first lane to ask goes ahead; the others wait until it has opened a connection, or nothing will."""
        self._scout = self._scout or lane
        if self._scout is not lane:
            await self.proven.wait()

    def leave(self, lane: object) -> None:
        """Whoever went ahead is through: nobody waits for it any more."""
        if self._scout is lane:
            self.proven.set()


def next_road(roads: Sequence[Road]) -> Road | None:
    """Where one more lane goes: to the open road furthest below its share; None when each has what it may have.

    Shares hold however many lanes there are: the relay with the fewest connections for its share sets the measure.
    """
    usable = [road for road in roads if not road.is_closed]
    measure = min((road.most / road.share for road in usable), default=0.0)
    with_room = [road for road in usable if road.dealt < max(1, int(road.share * measure + 1e-9))]
    return min(with_room, key=lambda road: (road.dealt + 1) / road.share, default=None)
