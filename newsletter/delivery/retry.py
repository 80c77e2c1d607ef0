"""What an answer of the server means for one reader, for the connection and for the mailing: pure functions."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from newsletter.errors import LostConnection
from newsletter.model import DeliveryState, Outcome, Phase, Reader, Reply

#: The address does not exist: it is suppressed (RFC 3463 §3.2, §3.3; RFC 7505 for 5.1.10).
DEAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.10", "5.2.1"})

#: The reader's mailbox is at fault, whatever the step that said so: never a sign against the message.
_READERS_OWN = DEAD_ADDRESS | {"5.2.2"}

#: The relay's or the receiver's policy, at RCPT: it may hold for everybody (RFC 3463 §3.8).
_POLICY = "5.7."

#: “Too much at once” (RFC 3463 §3.8: policy; 4.3.2: not now), unless one mailbox greets a stranger that way.
_SLOWER = re.compile(r"4\.7\.\d+|4\.3\.2")
_GREYLISTED = re.compile(r"gr[ae]y.?list", re.I)


class Blame(Enum):
    """Whom an answer speaks against, so that the sender knows what to stop."""

    NOBODY = "nobody"
    READER = "reader"
    #: The message: three in a row stop the mailing.
    MESSAGE = "message"
    #: The connection: it rests, no reader is punished.
    CONNECTION = "connection"
    #: The whole mailing: it stops at once.
    MAILING = "mailing"


#: What nearly every message asks for; a look into an enum costs as much as a call.
NOBODY, _SENT, _DOT = Blame.NOBODY, DeliveryState.SENT, Phase.DOT


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When to try again (RFC 5321 §4.5.4.1)."""

    #: Seconds after the first, second … refusal; the last one repeats.
    retry_seconds: tuple[int, ...] = (300, 900, 1800, 3600, 7200, 14400)
    #: A delivery still refused this long after its first try has failed.
    give_up_seconds: int = 48 * 3600


class Verdict(NamedTuple):
    """What to record, and whom the answer speaks against."""

    outcome: Outcome
    blame: Blame


def judge(reply: Reply, reader: Reader, *, now: Callable[[], datetime], schedule: Schedule) -> Verdict:
    """The verdict on one answer, by its step, then by its first digit (RFC 5321 §4.2.1); `now` tells an aware time."""
    first = reply.code // 100
    if first == 2 and reply.phase is _DOT:
        return Verdict(Outcome(reader.delivery, _SENT, reply), NOBODY)
    if reply.phase <= Phase.MAIL:
        requeued = Outcome(delivery=reader.delivery, state=DeliveryState.QUEUED, reply=reply, counts=False)
        return Verdict(outcome=requeued, blame=Blame.MAILING if first == 5 else Blame.CONNECTION)
    if first == 5:
        return _refused(reply, reader)
    return Verdict(outcome=deferred(reader, reply, now=now(), schedule=schedule), blame=Blame.READER)


def asks_to_slow_down(reply: Reply | None) -> bool:
    """True for 450, 451 and 452 with a word of policy or of load; greylisting concerns one reader."""
    if reply is None or reply.code not in (450, 451, 452) or not _SLOWER.fullmatch(reply.enhanced):
        return False
    return not _GREYLISTED.search(reply.text)


def lost(error: LostConnection, reader: Reader) -> Outcome:
    """What a broken connection leaves: unknown only once the final dot left without an answer (RFC 1047)."""
    if error.phase is Phase.DOT and not error.answered:
        return Outcome(delivery=reader.delivery, state=DeliveryState.UNCERTAIN)
    return Outcome(delivery=reader.delivery, state=DeliveryState.QUEUED, counts=False)


def deferred(reader: Reader, reply: Reply | None, *, now: datetime, schedule: Schedule) -> Outcome:
    """Due again after a while, or failed once `give_up_seconds` have passed since the first try."""
    waited = (now - reader.first_tried_at).total_seconds() if reader.first_tried_at else 0.0
    if waited >= schedule.give_up_seconds:
        return Outcome(delivery=reader.delivery, state=DeliveryState.FAILED, reply=reply)
    due_at = now + timedelta(seconds=delay_seconds(reader, schedule))
    return Outcome(delivery=reader.delivery, state=DeliveryState.DEFERRED, reply=reply, due_at=due_at)


def delay_seconds(reader: Reader, schedule: Schedule) -> float:
    """The wait before the next try, ± 10 % by the delivery's own number, so that thousands do not return at once."""
    steps = schedule.retry_seconds
    base = steps[min(reader.attempts, len(steps) - 1)]
    digest = hashlib.sha256(b"%d/%d" % (reader.delivery, reader.attempts)).digest()
    return base * (0.9 + 0.2 * int.from_bytes(digest[:4]) / 0xFFFFFFFF)


def _refused(reply: Reply, reader: Reader) -> Verdict:
    """A 5xx after MAIL: this reader's copy has failed; at DATA and the final dot the message is suspect too."""
    at_rcpt = reply.phase is Phase.RCPT
    suspect = reply.enhanced.startswith(_POLICY) if at_rcpt else reply.enhanced not in _READERS_OWN
    outcome = Outcome(
        delivery=reader.delivery,
        state=DeliveryState.FAILED,
        reply=reply,
        suppress=at_rcpt and reply.enhanced in DEAD_ADDRESS,
    )
    return Verdict(outcome=outcome, blame=Blame.MESSAGE if suspect else Blame.READER)
