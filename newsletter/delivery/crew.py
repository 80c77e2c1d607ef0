"""What all connections of one running mailing share: the means, the options, and the sense of when to stop."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from newsletter.delivery.journal import Journal
from newsletter.delivery.ledger import Ledger
from newsletter.delivery.loops import Loop
from newsletter.delivery.pace import Pace
from newsletter.delivery.retry import Blame, Schedule, Verdict
from newsletter.i18n import _, ngettext
from newsletter.model import DeliveryState, Reader
from newsletter.ports import Transport
from newsletter.settings import DeliverySettings, Smtp, seconds

#: So many refusals of the message in a row stop the mailing …
MESSAGES_IN_A_ROW = 3
#: … and so many refused readers: a relay that refuses everybody must not burn the whole list.
READERS_IN_A_ROW = 20
#: … and so many addresses that do not exist: more than an old list holds side by side, and each one is suppressed.
DEAD_IN_A_ROW = 50


class Prepared(NamedTuple):
    """One reader's message, ready to leave."""

    #: Envelope sender.
    sender: str
    #: Envelope recipient.
    recipient: str
    #: The message in pieces: CRLF, 7-bit, no line starting with a dot.
    content: Sequence[bytes]


MakeMessage = Callable[[Reader], Prepared]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to send. Durations in seconds."""

    connections: int = 10
    messages_per_connection: int = 100
    #: Messages a second over all connections; 0 is as fast as the server takes them.
    rate: float = 0
    schedule: Schedule = field(default_factory=Schedule)
    #: Waits after a failed connection; after one more failure the connection is given up.
    backoff_seconds: tuple[float, ...] = (2, 10)
    #: Waits after the server said “later” to everybody (4xx at MAIL).
    throttle_seconds: tuple[float, ...] = (5, 15, 60, 120, 300)
    #: How long messages in flight may take once the sender was told to stop.
    grace_seconds: float = 30
    loop: Loop = "auto"
    #: Deferred deliveries due within this time are waited for.
    patience_seconds: float = 60


def options_from(smtp: Smtp, delivery: DeliverySettings) -> Options:
    """How the settings say to send."""
    return Options(
        connections=smtp.connections,
        messages_per_connection=smtp.messages_per_connection,
        rate=delivery.rate,
        loop=delivery.loop,
        schedule=Schedule(
            retry_seconds=tuple(map(seconds, delivery.retry)) or Schedule.retry_seconds,
            give_up_seconds=seconds(delivery.give_up),
        ),
    )


@dataclass(kw_only=True)
class Crew:
    """The lanes' common ground."""

    transport: Transport
    make_message: MakeMessage
    ledger: Ledger
    journal: Journal
    options: Options
    #: Aware.
    now: Callable[[], datetime]
    #: Stops everything; takes the one sentence that says why.
    halt: Callable[[str], None]
    #: Set by the first connection that opens: until then the others wait, so that a wrong password is tried once.
    proven: asyncio.Event = field(default_factory=asyncio.Event)
    #: Delivery → how often a connection broke on it.
    losses: Counter[int] = field(default_factory=Counter)
    #: Lanes not given up.
    lanes: int = 0
    pace: Pace = field(init=False)
    _messages_refused: int = 0
    _readers_refused: int = 0
    _dead: int = 0

    def __post_init__(self) -> None:
        self.pace = Pace(self.options.rate)

    def retire(self, reason: str) -> None:
        """One lane less; with none left, or before any connection ever opened, the mailing stops."""
        self.lanes -= 1
        if self.lanes == 0 or not self.proven.is_set():
            self.halt(reason)

    def weigh(self, verdict: Verdict) -> None:
        """Count refusals in a row; stop the mailing when they are too many to be the readers' own."""
        if verdict.blame is Blame.NOBODY:
            self._messages_refused = self._readers_refused = self._dead = 0
            return
        said = said_by_server(verdict)
        failed = verdict.outcome.state is DeliveryState.FAILED
        self._messages_refused = self._messages_refused + 1 if verdict.blame is Blame.MESSAGE else 0
        self._readers_refused = self._readers_refused + 1 if failed and not verdict.outcome.suppress else 0
        self._dead = self._dead + 1 if verdict.outcome.suppress else 0
        if verdict.blame is Blame.MAILING:
            self.halt(_("the server refuses the sender: {said}", said=said))
        elif self._messages_refused >= MESSAGES_IN_A_ROW:
            self.halt(_("the server refused several messages in a row: {said}", said=said))
        elif self._readers_refused >= READERS_IN_A_ROW or self._dead >= DEAD_IN_A_ROW:
            number = max(self._readers_refused, self._dead)
            sentence = ngettext("{n} message failed: {said}", "{n} messages in a row failed: {said}", number, said=said)
            self.halt(sentence)


def said_by_server(verdict: Verdict) -> str:
    """Code and text of the answer, for a sentence."""
    reply = verdict.outcome.reply
    return f"{reply.code or ''} {reply.text}".strip() if reply else ""
