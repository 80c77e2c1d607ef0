"""What the mailroom keeps: a mailing, its deliveries, and what the server answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from newsletter.model.segments import Account, Readership
from newsletter.model.states import DeliveryState, MailingEventKind, MailingState, Phase


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer of the server."""

    phase: Phase
    #: Basic code (RFC 5321 §4.2).
    code: int
    #: Enhanced status code `5.1.1` (RFC 3463), or "".
    enhanced: str = ""
    #: First line of text, cleaned, at most 200 characters.
    text: str = ""


class Outcome(NamedTuple):
    """What became of one attempt, to be recorded."""

    delivery: int
    state: DeliveryState
    reply: Reply | None = None
    #: When a deferred one is due again. Aware.
    due_at: datetime | None = None
    #: True: the address is suppressed in the same transaction.
    suppress: bool = False
    #: False: the attempt does not count against the reader (the connection's fault).
    counts: bool = True


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One mailing × one subscriber, as stored."""

    id: int
    #: Id of the Subscriber; whoever was erased keeps it, and has no page.
    reader: int
    #: "" once the person is erased, or the address forgotten.
    email: str
    state: DeliveryState
    attempts: int
    reply: Reply | None = None
    due_at: datetime | None = None
    #: When it took its present state. Aware.
    changed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many deliveries stand where. Their sum is the frozen audience, always."""

    queued: int = 0
    sending: int = 0
    sent: int = 0
    deferred: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0

    @property
    def total(self) -> int:
        """Everybody in the frozen audience."""
        return self.queued + self.sending + self.deferred + self.done

    @property
    def done(self) -> int:
        """Those whose fate is known, or held for a decision."""
        return self.sent + self.failed + self.skipped + self.uncertain


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """What a mailing is made of: everything that must not change once it starts."""

    issue: str
    list: str
    #: True: on the loopback server only; never counts as sent.
    rehearsal: bool
    #: The From, Reply-To and identity headers: `from`, `reply_to`, `list_title`, `return_path` …
    identity: Mapping[str, str] = field(default_factory=dict)
    #: Sha256 of what was approved, or "" when sent unapproved.
    approved: str = ""
    #: A segment of the list, and what is left out; by default the whole list.
    readers: Readership | None = None
    #: Aware; None is at once. The audience of a mailing with an hour is frozen when it starts.
    start_at: datetime | None = None
    #: From then on it neither starts nor resumes by itself. Aware; None is never.
    not_after: datetime | None = None
    #: It leaves though readers complained of a letter before.
    despite_complaints: bool = False


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """One issue to one frozen audience."""

    #: 1, 2, 3 … in the order of creation.
    id: int
    issue: str
    list: str
    state: MailingState
    rehearsal: bool
    #: Aware.
    created_at: datetime
    #: When it is to start. Aware; None is at once.
    start_at: datetime | None = None
    #: From then on it neither starts nor resumes by itself. Aware; None is never.
    not_after: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: Why it is paused: one sentence.
    note: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)
    approved: str = ""
    #: How many readers said that it is spam.
    complaints: int = 0
    #: It leaves though readers complained of a letter before.
    despite_complaints: bool = False
    #: When the addresses of its deliveries were forgotten. Aware; None while they are kept.
    emptied_at: datetime | None = None
    #: A segment of the list, and what is left out, by the rule of the day it was made; None is the whole list.
    readers: Readership | None = None
    #: Who was left out when it was frozen, and why; of a whole list nobody counts them.
    account: Account | None = None

    @property
    def readership(self) -> Readership:
        """Whom it is for."""
        return self.readers or Readership.whole(self.list)

    @property
    def is_frozen(self) -> bool:
        """True once its audience is known: at once, or from the start of a mailing that has an hour."""
        return self.start_at is None or self.started_at is not None

    @property
    def dated_at(self) -> datetime:
        """The Date header of every message (RFC 5322 §3.6.1): when its audience was frozen."""
        return (self.start_at and self.started_at) or self.created_at

    @property
    def key(self) -> str:
        """What every copy of its letter shares: sent again by whatever mailing, it keeps its Message-ID."""
        return f"rehearsal/{self.issue}/{self.id}" if self.rehearsal else self.issue


@dataclass(frozen=True, kw_only=True)
class MailingEvent:
    """Something that happened to a mailing; never changed."""

    #: Aware.
    at: datetime
    kind: MailingEventKind
    #: How many deliveries it is about; 0 when it is about the mailing.
    number: int = 0
    #: Who approved what started, why it paused, what there was to remark; "" when nothing was said.
    words: str = ""
    #: The hour it was planned for. Aware.
    start_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A bon à tirer: who, when, and the exact bytes and people it holds for."""

    issue: str
    by: str
    #: Aware.
    at: datetime
    #: Part (`subject preheader html text audience`) → hex digest.
    parts: Mapping[str, str]
    #: Digest over all parts.
    sha256: str
    #: How many people it was given for.
    people: int
    #: Why it was given despite findings of level error; "" when there were none.
    despite: str = ""
    #: Subject, preheader and text as approved, to show what changed since.
    approved_text: Mapping[str, str] = field(default_factory=dict)
    #: `RenderedMail.sha256` of what was read; "" when it was given before mails were kept.
    mail: str = ""


@dataclass(frozen=True, kw_only=True)
class ProofRecord:
    """One test send, as it is remembered."""

    #: 1, 2, 3 … within its issue.
    number: int
    #: `RenderedMail.sha256` of what was sent.
    sha256: str
    #: Addresses.
    to: tuple[str, ...]
    #: Aware.
    at: datetime
