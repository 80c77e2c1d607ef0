"""The boundary of the audience: people, lists, consent, and who must not be written to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from newsletter.model import (
    AudienceChange,
    AudienceSize,
    Consent,
    Event,
    ImportReport,
    ImportRow,
    Listed,
    Readership,
    Search,
    Segment,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
    Vocabulary,
)


class AudienceStore(Protocol):
    """People, lists, consent, suppressions. Every write is one transaction. Times are aware."""

    def secret(self) -> bytes:
        """32 random bytes made with the database: signs tokens, hashes suppressed addresses."""
        ...

    def import_rows(self, rows: Iterable[ImportRow], *, list_id: str, consent: Consent, dry_run: bool) -> ImportReport:
        """Upsert rows in one transaction (rolled back when `dry_run`).

        `rows` is consumed once, streaming; whoever left the list or is suppressed is kept out, the first of them by
        name; one that comes again is refused with the line where it first stood; the same rows again change nothing.
        The caller adds its refusals.
        """
        ...

    def find(self, email: str) -> Subscriber | None:
        """By address, letter case ignored."""
        ...

    def subscriptions(self, subscriber_id: int) -> Sequence[Subscription]:
        """Every list of one person."""
        ...

    def subscription(self, subscription_id: int) -> Subscription | None:
        """By id: what an unsubscribe token names."""
        ...

    def events(self, subscriber_id: int) -> Sequence[Event]:
        """One person's history, oldest first."""
        ...

    def letters(self, subscriber_id: int) -> Sequence[tuple[Event, str]]:
        """Every letter made for one person, oldest first: `kind` is the delivery's state, `detail` the issue.

        Beside it the title of the segment that its mailing was for, or "".
        """
        ...

    def subscribers(
        self, list_id: str | None = None, *, status: SubscriptionStatus | None = None
    ) -> Iterator[tuple[Subscriber, SubscriptionStatus | None]]:
        """People by id, streaming; of one list with their status there, or everybody (status None)."""
        ...

    def field_names(self, list_id: str) -> frozenset[str]:
        """Names of the fields that somebody on the list has, whatever their status."""
        ...

    def members(self, list_id: str, search: Search | None = None) -> Iterator[Listed]:
        """People of a list by id, whatever their status, streaming; those of a search, or all."""
        ...

    def set_status(self, subscription_id: int, status: SubscriptionStatus, *, now: datetime, detail: str) -> bool:
        """Change one subscription and record the event; False when it already stood so."""
        ...

    def subscribe(self, subscriber_id: int, list_id: str, *, consent: Consent) -> Subscription:
        """Confirm one person on a list, even if unsubscribed before: somebody said so, with proof."""
        ...

    def suppress(self, email: str, reason: SuppressionReason, *, now: datetime) -> bool:
        """Never write to this address again; False when it already stood so."""
        ...

    def unsuppress(self, email: str, *, now: datetime) -> bool:
        """By hand only; False when it was not suppressed."""
        ...

    def is_suppressed(self, email: str) -> bool:
        """True when the address, or its hash, is on the suppression list."""
        ...

    def suppressions(self) -> Sequence[Suppression]:
        """All of them, newest first."""
        ...

    def erase(self, email: str, *, now: datetime) -> bool:
        """Remove every trace of a person but a keyed hash on the suppression list; False when unknown."""
        ...

    def sizes(self) -> Mapping[str, AudienceSize]:
        """List id → how many people, by status."""
        ...

    def audience_size(self, list_id: str) -> AudienceSize:
        """How many would receive a letter now, and how many are left out, why."""
        ...

    def audience_change(self, list_id: str, since: datetime) -> AudienceChange:
        """How many became mailable, and how many ceased to be, after `since`."""
        ...

    def readers_digest(self, readers: Readership) -> tuple[int, str]:
        """How many a letter would reach now, and the hex digest over their sorted, lower-cased addresses."""
        ...

    def readers_change(self, readers: Readership, since: datetime) -> AudienceChange:
        """Who joined and left among them after `since`, and, if nobody joined, their digest had nobody left."""
        ...

    def segment_sizes(self, list_id: str, segments: Sequence[Segment]) -> Sequence[int]:
        """How many a letter to each of these segments of the list would reach now."""
        ...

    def vocabulary(self, list_id: str) -> Vocabulary:
        """The tags and fields of the people of a list, whatever their status."""
        ...

    def strangers(self, segment: Segment) -> Sequence[tuple[str, str]]:
        """What a segment names and nobody on its list has: ("tag", …) or ("field", …)."""
        ...
