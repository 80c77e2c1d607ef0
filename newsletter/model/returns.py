"""What comes back after a letter left: what a report says, whom it is about, and what a reading of boxes did."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class ReturnKind(StrEnum):
    """What a message in the box of returns is. The first two are stored, as the kind of an Event."""

    #: A server says that it gave up for everybody the report names (RFC 3464).
    BOUNCED = "bounced"
    #: A reader pressed « this is spam » (RFC 5965).
    COMPLAINED = "complained"
    #: A server says that the letter is late, relayed or delivered: nothing to do.
    NOTICE = "notice"
    #: A reader asks by mail to leave a list (RFC 2369 §3.2).
    LEFT = "left"
    #: Not a report: an automatic answer, an answer, anything.
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Returned:
    """One message of the box, read."""

    kind: ReturnKind
    #: Enhanced status `5.1.1` (RFC 3463) of a bounce, else "".
    status: str = ""
    #: What may be marks of ours (VERP), the likeliest first.
    marks: tuple[str, ...] = ()
    #: What may be a Message-ID of ours, with its angle brackets.
    message_ids: tuple[str, ...] = ()
    #: What may be tokens that end a subscription.
    tokens: tuple[str, ...] = ()
    #: Tells it from every other: sixteen hexadecimal digits.
    name: str = ""
    #: Its Date. Aware; None when it has none that can be read.
    at: datetime | None = None
    #: Cleaned, at most 120 characters.
    subject: str = ""


class Addressee(NamedTuple):
    """Whom a delivery was for."""

    subscriber: int
    email: str
    issue: str
    mailing: int


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """A message that a person should look at; nothing was done about it."""

    #: The file, and in a box of one file the number of the message: `returns.mbox:3`.
    place: str
    subject: str
    #: `unknown` (a report that names no letter of ours) or `other` (not a report).
    why: str


@dataclass(frozen=True, kw_only=True)
class ReturnsReport:
    """What a reading did, or would do. The eight counts add up to `messages`."""

    messages: int
    #: The address does not exist, or the fifth letter within thirty days came back: never written to again.
    bounced: int = 0
    #: The reader complained: never written to again.
    complained: int = 0
    #: Failures for now, entered in the person's history.
    noted: int = 0
    notice: int = 0
    #: Requests to leave a list: obeyed.
    left: int = 0
    #: Known from an earlier reading, or said twice; or a failure older than failures are kept.
    repeated: int = 0
    unknown: int = 0
    other: int = 0
    unclear: tuple[Unclear, ...] = ()
    #: One line for each source that could not be read.
    unreadable: tuple[str, ...] = ()
    dry_run: bool = False
