"""What the subscriptions desk knows: who subscribes to what, and the proof of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from newsletter.model.segments import Segment
from newsletter.model.states import Standing, SubscriptionStatus, SuppressionReason


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The proof that somebody agreed: what was shown, when, and where it was kept (GDPR art. 7.1)."""

    text: str
    #: `import: members.csv (sha256 …)`, `form`, `hand`.
    source: str
    #: Aware.
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A person, by one address."""

    id: int
    #: As given, domain as an A-label (RFC 5890): what is written in RCPT TO.
    email: str
    first_name: str = ""
    last_name: str = ""
    tags: tuple[str, ...] = ()
    #: Any other column of the import.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: Aware.
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """One person on one list."""

    id: int
    subscriber: int
    list: str
    status: SubscriptionStatus
    consent: Consent | None = None
    #: When it took its present status. Aware.
    changed_at: datetime | None = None


class Listed(NamedTuple):
    """Somebody on a list with all that a table of it says: a list has a million, so this is light to make."""

    email: str
    first_name: str
    last_name: str
    tags: Sequence[str]
    fields: Mapping[str, str]
    #: A value of SubscriptionStatus.
    status: str
    consent: Consent | None


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """An address never to mail again; kept as a keyed hash, so that it survives erasure."""

    #: Hex of HMAC-SHA256 over the lower-cased address.
    hash: str
    #: None once erased.
    email: str | None
    reason: SuppressionReason
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Event:
    """A dated fact about a person. Append-only."""

    at: datetime
    #: `imported`, `confirmed`, `unsubscribed`, `suppressed`, `erased` …
    kind: str
    list: str | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A row of an import that was not taken."""

    #: 1-based line of the file.
    line: int
    address: str
    #: One translated sentence.
    reason: str


@dataclass(frozen=True, kw_only=True)
class KeptOut:
    """A row of an import whose person is left alone: nobody is re-subscribed by a file."""

    #: 1-based line of the file.
    line: int
    address: str
    #: When they left the list, or were suppressed. Aware.
    since: datetime
    #: Why they are never to be mailed again; None: they left this list.
    reason: SuppressionReason | None = None
    #: Id of the Subscriber; None when only the suppression is known.
    person: int | None = None


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A domain of an import that may be misspelt; its addresses are taken all the same."""

    domain: str
    #: What it looks like.
    meant: str
    #: 1-based line of the file where it comes first.
    line: int
    #: Addresses of it.
    number: int


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did, or would do."""

    new: int
    updated: int
    unchanged: int
    #: Unsubscribed or suppressed: known, and left alone.
    kept_out: int
    refused: tuple[Refusal, ...]
    #: The first of those who are kept out, in the order of the file.
    kept_out_by_name: tuple[KeptOut, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    dry_run: bool = False


class ImportRow(NamedTuple):
    """One valid row of an import file, cleaned. A tuple, since an import makes a million of them."""

    #: 1-based line of the file.
    line: int
    email: str
    first_name: str = ""
    last_name: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class AudienceSize:
    """How many people a list has, and who of them is written to."""

    #: Confirmed and not suppressed: they receive a letter.
    mailable: int
    pending: int = 0
    unsubscribed: int = 0
    #: Confirmed, but suppressed.
    suppressed: int = 0


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words that the people of a list are described by, whatever their status."""

    #: Tag → how many have it, the most frequent first.
    tags: Mapping[str, int]
    #: Names of their fields, in alphabetical order.
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Search:
    """Which people of a list are looked for."""

    list: str
    #: Only those who fit it.
    segment: Segment | None = None
    standing: Standing = Standing.MAILABLE
    #: Each stands somewhere in the first name, the last name or the address.
    words: str = ""
    #: 1-based.
    page: int = 1
    #: People a page.
    size: int = 100


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a subscribers' table, before it is imported."""

    #: As the file calls it.
    header: str
    #: `email first_name last_name tags status`, `field`, or "" when it is left out.
    meaning: str
    #: What its cell holds in the first rows that have one.
    example: str = ""


@dataclass(frozen=True, kw_only=True)
class AudienceChange:
    """How an audience moved since a moment."""

    joined: int
    left: int
    #: Of a segment which nobody joined: the digest of its readers, had nobody left since.
    before: str = ""
