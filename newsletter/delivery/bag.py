"""The mailbag of one connection: it takes readers, has their messages made, and says what became of each.

Two messages are in hand at most, the one in transaction and the one made ahead of it; after a kill only the first is in
doubt. Everything here is called once a message and returns at once; whatever waits is in `fill`.
"""

import asyncio

from newsletter.delivery.ahead import Load
from newsletter.delivery.crew import Crew, said_by_server
from newsletter.delivery.retry import NOBODY, Blame, Verdict, asks_to_slow_down, deferred, judge, lost
from newsletter.delivery.roads import Road
from newsletter.errors import LostConnection, PermanentFailure
from newsletter.i18n import _
from newsletter.model import DeliveryState, Outcome, Phase, Prepared, Reader, Reply

#: A reader on whom this many connections broke waits for a later try: one address must not stop the others.
LOSSES_PER_READER = 2


class Mailbag:
    """Port Bag for one connection of the crew, until that is closed."""

    def __init__(self, crew: Crew, road: Road) -> None:
        self._crew = crew
        self._road = road
        self._ledger = crew.ledger
        #: The message in transaction; and whether its dot may have left.
        self._present: Load | None = None
        self._may_have_left = False
        #: The message made, and perhaps announced, while the one before was on its way.
        self._ahead: Load | None = None
        #: Messages the connection may still take.
        self._left = road.messages_per_connection
        #: Answers got that do not speak against the connection.
        self.answers = 0
        #: Why the connection must rest, in the server's words; "" while it need not.
        self.complaint = ""
        self._is_closed = False

    @property
    def _is_free(self) -> bool:
        """True when nobody waits for the pace."""
        return self._crew.pace.is_free and self._road.pace.is_free

    async def fill(self) -> bool:
        """Wait until there is a message to take; False when nobody is left, or the connection has done its part."""
        while not self._ahead and self._left and not self._is_closed:
            if not self._is_free and (wait := max(self._crew.pace.reserve(), self._road.pace.reserve())):
                await asyncio.sleep(wait)
            if (reader := await self._ledger.take()) is None:
                return False
            self._ahead = self._load(reader)
        return self._ahead is not None and not self._is_closed and not self._ledger.halted.is_set()

    def empty(self) -> None:
        """Give back whoever is in hand: what may be on its way is uncertain, the rest did not leave."""
        if self._present:
            state = DeliveryState.UNCERTAIN if self._may_have_left else DeliveryState.QUEUED
            self._record(Outcome(self._present.reader.delivery, state, counts=self._may_have_left))
        if self._ahead:
            # Made, perhaps announced, but its content has not left.
            self._record(Outcome(self._ahead.reader.delivery, DeliveryState.QUEUED, counts=False))
        self._present = self._ahead = None

    def lose(self, error: LostConnection) -> None:
        """The connection is gone, and with it what was in transaction."""
        if error.answered:
            self._crew.slow_down(self._road)
        if self._present is None:
            return
        reader, self._present = self._present.reader, None
        outcome = lost(error, reader)
        self._crew.losses[reader.delivery] += 1
        if outcome.state is DeliveryState.QUEUED and self._crew.losses[reader.delivery] >= LOSSES_PER_READER:
            later = deferred(reader, None, now=self._crew.now(), schedule=self._crew.options.schedule)
            outcome = later._replace(counts=False)
        self._record(outcome)

    # --- ports.Bag ---------------------------------------------------------------------------------------------

    def take(self) -> Prepared | None:
        """The next message; None when there is none that need not wait, or everything halts."""
        if self.look_ahead() is None or self._ledger.halted.is_set():
            return None
        load = self._present = self._ahead
        self._ahead, self._may_have_left = None, False
        self._left -= 1
        return load.prepared if load else None

    def look_ahead(self) -> Prepared | None:
        """The message after the present one."""
        while not self._ahead and self._left and self._is_free and (reader := self._ledger.take_now()):
            self._ahead = self._load(reader)
        return self._ahead.prepared if self._ahead else None

    def refuse(self, error: PermanentFailure) -> None:
        """The message just taken cannot be addressed: its reader's affair."""
        assert self._present
        self._conclude(_unsendable(self._present.reader, error))

    def release(self) -> None:
        """Return once the START is on disk, and it is noted that the message leaves."""
        assert self._present
        self._ledger.check()
        self._crew.journal.secure(self._present.started)
        self._crew.journal.leave(self._present.reader.delivery)
        self._may_have_left = True

    def settle(self, reply: Reply) -> bool:
        """Record an answer and draw the consequences; False when the connection must rest."""
        assert self._present
        crew = self._crew
        return self._conclude(judge(reply, self._present.reader, now=crew.now, schedule=crew.options.schedule))

    # --- within ------------------------------------------------------------------------------------------------

    def _load(self, reader: Reader) -> Load | None:
        """A reader's message, its START noted; None when it cannot be made."""
        try:
            return self._crew.letters.load(reader, batch=self._crew.batch if self._is_free else 1)
        except Exception as error:
            # Whatever keeps one message from being made concerns one reader: the mailing goes on.
            self._weigh(_unsendable(reader, error))
            return None

    def _conclude(self, verdict: Verdict) -> bool:
        """The message in transaction is over."""
        self._present = None
        return self._weigh(verdict)

    def _weigh(self, verdict: Verdict) -> bool:
        self._record(verdict.outcome)
        self._crew.weigh(verdict, self._road)
        if verdict.blame is NOBODY:
            self.answers += 1
            return True
        if asks_to_slow_down(verdict.outcome.reply):
            self._crew.slow_down(self._road)
        self._is_closed = verdict.blame in (Blame.CONNECTION, Blame.MAILING)
        if verdict.blame is Blame.CONNECTION:
            self.complaint = _("the server asks to wait: {said}", said=said_by_server(verdict))
        self.answers += not self._is_closed
        return not self._is_closed

    def _record(self, outcome: Outcome) -> None:
        """Into the journal, and into the store with the next group."""
        self._ledger.give(outcome)
        self._crew.journal.done(outcome)


def _unsendable(reader: Reader, error: Exception) -> Verdict:
    """A message that could not be made or addressed: nothing was said to the server, hence code 0."""
    reply = Reply(phase=Phase.CONNECT, code=0, text=str(error)[:200] or type(error).__name__)
    outcome = Outcome(delivery=reader.delivery, state=DeliveryState.FAILED, reply=reply)
    return Verdict(outcome=outcome, blame=Blame.READER)
