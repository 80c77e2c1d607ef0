"""What all connections of one running mailing share: the means, the options, and the sense of when to stop."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.delivery.ahead import BATCH, Ahead, MakeMessage
from newsletter.delivery.journal import Journal
from newsletter.delivery.ledger import Ledger
from newsletter.delivery.loops import Loop
from newsletter.delivery.pace import Pace
from newsletter.delivery.retry import NOBODY, Blame, Schedule, Verdict
from newsletter.delivery.roads import Relay, Road, next_road
from newsletter.i18n import _, format_number, ngettext
from newsletter.model import DeliveryState
from newsletter.settings import DeliverySettings, Smtp, seconds

#: So many refusals of the message in a row stop the mailing …
MESSAGES_IN_A_ROW = 3
#: … and so many refused readers: a relay that refuses everybody must not burn the whole list.
READERS_IN_A_ROW = 20
#: … and so many addresses that do not exist: more than an old list holds side by side, and each one is suppressed.
DEAD_IN_A_ROW = 50


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to send. Durations in seconds."""

    connections: int = 10
    messages_per_connection: int = 100
    #: Messages a second over all connections; 0 is as fast as the server takes them.
    rate: float = 0
    #: Messages a minute, spread over it; 0 is no limit.
    rate_per_minute: float = 0
    #: So long the pace takes to climb from a tenth to all of it.
    ramp_seconds: float = 0
    #: Recipient domain in small letters → messages a second.
    domains: Mapping[str, float] = field(default_factory=dict)
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
        rate_per_minute=delivery.rate_per_minute,
        ramp_seconds=seconds(delivery.ramp_up),
        domains=delivery.domains,
        loop=delivery.loop,
        schedule=Schedule(
            retry_seconds=tuple(map(seconds, delivery.retry)) or Schedule.retry_seconds,
            give_up_seconds=seconds(delivery.give_up),
        ),
    )


@dataclass(kw_only=True)
class Crew:
    """The lanes' common ground."""

    relays: Sequence[Relay]
    make_message: MakeMessage
    ledger: Ledger
    journal: Journal
    options: Options
    #: Aware.
    now: Callable[[], datetime]
    #: Stops everything; takes the one sentence that says why.
    halt: Callable[[str], None]
    #: Takes what there is to say while the mailing goes on, and what that is about: the last word on it counts.
    remark: Callable[[str, str], None]
    #: Delivery → how often a connection broke on it.
    losses: Counter[int] = field(default_factory=Counter)
    #: What each turn sends.
    letters: Ahead = field(init=False)
    #: Messages made in one go, when nobody waits for the pace.
    batch: int = field(init=False)
    #: Over all relays.
    pace: Pace = field(init=False)
    roads: Sequence[Road] = field(init=False)
    _messages_refused: int = 0
    _readers_refused: int = 0
    _dead: int = 0

    def __post_init__(self) -> None:
        options = self.options
        self.letters = Ahead(self.make_message, self.ledger.turns.upcoming, start=self.journal.start)
        # Where a kill must be taken for a power cut, few may be free to leave.
        self.batch = BATCH if self.journal.epoch else 1
        self.pace = Pace(options.rate, per_minute=options.rate_per_minute, ramp_seconds=options.ramp_seconds)
        how = {"connections": options.connections, "messages_per_connection": options.messages_per_connection}
        self.roads = [Road(relay, **how) for relay in self.relays]

    def next_road(self) -> Road | None:
        """Where one more lane may go."""
        return next_road(self.roads)

    def retire(self, road: Road, reason: str) -> None:
        """One lane less; with none left or open, or before any connection ever opened, the road is closed."""
        road.lanes -= 1
        has_others = any(not other.is_closed for other in self.roads if other is not road)
        if road.lanes == 0 or not road.proven.is_set() or (has_others and not road.open):
            self.close(road, reason)

    def close(self, road: Road, reason: str) -> None:
        """This relay is of no use any more: the others go on, and without any the mailing stops."""
        if road.is_closed:
            return
        road.close()
        if all(other.is_closed for other in self.roads):
            self.halt(reason)
        else:
            sentence = _("the relay {name} was left out: {reason}", name=road.name, reason=reason)
            self.remark(f"relay {road.name}", sentence)

    def slow_down(self, road: Road) -> None:
        """The relay asks for it: half of what goes through it, and slowly more again."""
        lanes = max(1, sum(other.lanes for other in self.roads if not other.is_closed))
        measured = (self.pace.speed() or self.ledger.speed()) * max(1, road.lanes) / lanes
        if change := road.pace.slow_down(measured=measured):
            before, after = map(_rate_in_words, change)
            who = road.name if len(self.roads) > 1 else _("the server")
            sentence = _(
                "{who} asks to slow down: {after} messages a second instead of {before}",
                who=who,
                before=before,
                after=after,
            )
            self.remark(f"pace {road.name}", sentence)

    def weigh(self, verdict: Verdict, road: Road) -> None:
        """Count refusals in a row; stop the mailing when they are too many to be the readers' own."""
        if verdict.blame is NOBODY:
            self._messages_refused = self._readers_refused = self._dead = 0
            return
        said = said_by_server(verdict)
        failed = verdict.outcome.state is DeliveryState.FAILED
        self._messages_refused = self._messages_refused + 1 if verdict.blame is Blame.MESSAGE else 0
        self._readers_refused = self._readers_refused + 1 if failed and not verdict.outcome.suppress else 0
        self._dead = self._dead + 1 if verdict.outcome.suppress else 0
        if verdict.blame is Blame.MAILING:
            self.close(road, _("the server refuses the sender: {said}", said=said))
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


def _rate_in_words(rate: float) -> str:
    return format_number(round(rate, 1) if rate < 10 else int(rate))
