"""Where mailings, deliveries and people stand, and the steps of a conversation with a server."""

from enum import IntEnum, StrEnum


class MailingState(StrEnum):
    """Where a mailing stands."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class MailingEventKind(StrEnum):
    """What happens to a mailing. The value is stored."""

    #: It has an hour now, or another one.
    PLANNED = "planned"
    STARTED = "started"
    RESUMED = "resumed"
    PAUSED = "paused"
    #: Found half done after a crash; some may be uncertain.
    RECOVERED = "recovered"
    #: Something on the way that one wants to know: a relay left out, a pace halved.
    REMARKED = "remarked"
    #: Uncertain ones that somebody decided to leave as they are, or to send again.
    KEPT = "kept"
    RESENT = "resent"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """Where one reader's copy stands."""

    #: Not yet claimed.
    QUEUED = "queued"
    #: Claimed by the sender.
    SENDING = "sending"
    #: The server took responsibility for it (250 after the final dot, RFC 5321 §4.2.5).
    SENT = "sent"
    #: Refused for now (4xx); due again later.
    DEFERRED = "deferred"
    #: Refused for good (5xx), or given up.
    FAILED = "failed"
    #: Unsubscribed or suppressed meanwhile.
    SKIPPED = "skipped"
    #: The final dot left and no answer was read: held until somebody decides.
    UNCERTAIN = "uncertain"


class Phase(IntEnum):
    """The step of the SMTP conversation that an answer belongs to. The value is stored."""

    CONNECT = 1
    GREETING = 2
    TLS = 3
    AUTH = 4
    MAIL = 5
    RCPT = 6
    #: DATA, before its 354.
    DATA = 7
    #: The final dot.
    DOT = 8


class SubscriptionStatus(StrEnum):
    """Where one person stands with one list. Only `CONFIRMED` is ever written to."""

    #: Asked for, not yet confirmed.
    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class SuppressionReason(StrEnum):
    """Why an address is never mailed again."""

    #: A server said the address does not exist (5.1.1, 5.1.2, 5.1.10, 5.2.1), or five letters to it came back.
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    #: The person was erased; only a keyed hash remains.
    ERASED = "erased"
    #: By hand.
    ASKED = "asked"


class Standing(StrEnum):
    """Under which count of AudienceSize somebody stands."""

    MAILABLE = "mailable"
    PENDING = "pending"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
