"""The state machine of a mailing, and what follows from sending it."""

import math
from datetime import datetime

from newsletter.errors import RefusedError
from newsletter.i18n import _
from newsletter.model import Counts, Mailing, MailingState

#: Seconds one connection takes for one message when nothing is known of the server.
SECONDS_PER_MESSAGE = 0.1

#: State → where it may go. A finished mailing may run again: its uncertain deliveries were queued once more.
TRANSITIONS = {
    MailingState.SCHEDULED: {
        MailingState.SCHEDULED,
        MailingState.RUNNING,
        MailingState.PAUSED,
        MailingState.CANCELLED,
    },
    MailingState.RUNNING: {
        MailingState.RUNNING,
        MailingState.PAUSED,
        MailingState.FINISHED,
        MailingState.CANCELLED,
    },
    MailingState.PAUSED: {
        MailingState.RUNNING,
        MailingState.PAUSED,
        MailingState.SCHEDULED,
        MailingState.CANCELLED,
    },
    MailingState.FINISHED: {MailingState.RUNNING},
    # Cancelling again settles what a crash between two steps left open.
    MailingState.CANCELLED: {MailingState.CANCELLED},
}


def may_become(state: MailingState, target: MailingState) -> bool:
    """True when a mailing may go from one state to the other."""
    return target in TRANSITIONS[state]


def require(mailing: Mailing, target: MailingState) -> None:
    """Raises RefusedError, in words, when the mailing may not go there."""
    if may_become(mailing.state, target):
        return
    raise RefusedError(_refusal(mailing), hint=_("see newsletter report {number}", number=mailing.id))


def require_in_time(mailing: Mailing, *, now: datetime) -> None:
    """Raises RefusedError when the mailing comes too late to start or to resume by itself."""
    if mailing.rehearsal or mailing.not_after is None or now <= mailing.not_after:
        return
    raise RefusedError(
        _("mailing {number} comes too late: its last hour is past", number=mailing.id),
        hint=_("if it must leave all the same: newsletter resume {number} --late", number=mailing.id),
    )


def is_over(counts: Counts) -> bool:
    """True when every delivery's fate is known, or held for a decision (uncertain)."""
    return counts.queued + counts.sending + counts.deferred == 0


def estimate_seconds(people: int, *, rate: float, connections: int, ramp_seconds: float = 0) -> int:
    """About how long a mailing takes, in whole seconds: what its pace allows, or what its connections can do."""
    by_connections = connections / SECONDS_PER_MESSAGE
    alone = people / (min(rate, by_connections) if rate else by_connections)
    # A ramp begins with a tenth, and has cost 45 % of its time once it is climbed.
    return math.ceil(min(alone + 0.45 * ramp_seconds, 10 * alone))


def _refusal(mailing: Mailing) -> str:
    match mailing.state:
        case MailingState.CANCELLED:
            return _("mailing {number} was cancelled", number=mailing.id)
        case MailingState.FINISHED:
            return _("mailing {number} is finished", number=mailing.id)
        case MailingState.SCHEDULED:
            return _("mailing {number} has not started", number=mailing.id)
        case _:
            return _("mailing {number} cannot do that now", number=mailing.id)
