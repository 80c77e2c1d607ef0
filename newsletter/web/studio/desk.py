"""What the pages of subscribers ask of a project's desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from newsletter.model import (
        AudienceSize,
        Column,
        ImportReport,
        Issue,
        Readership,
        Refusal,
        Search,
        Segment,
        Subscriber,
        Subscription,
        Vocabulary,
    )
    from newsletter.project.uploads import Uploads


class StudioDesk(Protocol):
    """The subscriptions desk. Every method may raise NewsletterError, which the page shows."""

    @property
    def import_files(self) -> Uploads:
        """Files that wait for somebody to choose their columns."""
        ...

    def segments(self) -> Mapping[str, Segment]:
        """Name → segment; raises ContentError at the line that is wrong."""
        ...

    def segment(self, name: str) -> Segment:
        """One of them; raises UsageError when there is none, or when it names what nobody on its list has."""
        ...

    def make_segment(self, name: str, said: Mapping[str, Any]) -> Segment:
        """A segment out of what a form says; raises ContentError. Nothing is written."""
        ...

    def require_known(self, segment: Segment) -> None:
        """Raises UsageError for a tag, a field or an issue that nobody on its list ever had."""
        ...

    def segment_version(self, name: str) -> str:
        """What the file says of a segment now, or that it says nothing, as one text."""
        ...

    def save_segment(self, segment: Segment, *, version: str) -> None:
        """Keep it in the file, under its name; raises ChangedMeanwhile when that has another version."""
        ...

    def forget_segment(self, name: str, *, version: str) -> None:
        """Take it out of the file, as `save_segment`; mailings made for it keep their own copy."""
        ...

    def segment_in_words(self, segment: Segment) -> Sequence[str]:
        """Its conditions, one phrase each."""
        ...

    def segment_size(self, segment: Segment) -> int:
        """How many a letter to it would reach now."""
        ...

    def segment_sizes(self, list_id: str, segments: Sequence[Segment]) -> Sequence[int]:
        """How many a letter to each of these segments of the list would reach now."""
        ...

    def vocabulary(self, list_id: str) -> Vocabulary:
        """The tags and fields of the people of a list."""
        ...

    def readership(
        self, issue: Issue, *, list_id: str = "", segment: str = "", without: Sequence[str] = ()
    ) -> Readership:
        """Whom a mailing of the issue is for; raises UsageError for what there is not."""
        ...

    def readers_in_words(self, readers: Readership) -> str:
        """Titles and conditions of a readership."""
        ...

    def found(self, search: Search) -> Sequence[tuple[Subscriber, Subscription]]:
        """One page of the people of a list whom the words fit."""
        ...

    def standings(self, search: Search) -> AudienceSize:
        """How many they are, on all pages, by standing."""
        ...

    def subscriber(self, number: int) -> Subscriber:
        """One person by id; raises UsageError when there is none."""
        ...

    def subscriptions(self, subscriber_id: int) -> Sequence[Subscription]:
        """Every list of one person, with the proof."""
        ...

    def person(self, email: str) -> Mapping[str, Any]:
        """Everything that is kept about one person, times as ISO 8601."""
        ...

    def add_subscriber(
        self, email: str, *, list_id: str, consent: str, first_name: str = "", last_name: str = ""
    ) -> Subscriber:
        """Subscribe one person, with the proof that they agreed."""
        ...

    def meant_domain(self, email: str) -> str:
        """The common domain that an address seems to mean by its own; "" when nothing looks misspelt."""
        ...

    def leave(self, subscription: Subscription, *, detail: str) -> None:
        """Take one person off a list, at once."""
        ...

    def suppress(self, email: str) -> bool:
        """Never write to this address again."""
        ...

    def unsuppress(self, email: str) -> bool:
        """Take an address off the suppression list."""
        ...

    def erase(self, email: str) -> None:
        """Remove every trace of a person but a keyed hash."""
        ...

    def list_csv(self, list_id: str, search: Search | None = None) -> Iterator[str]:
        """Lines of a list's export: of everybody, or of those who are looked for."""
        ...

    def import_columns(self, file: Path) -> Sequence[Column]:
        """The columns of a table as they would be taken."""
        ...

    def import_subscribers(
        self, file: Path, *, list_id: str, consent: str, columns: Sequence[str] = (), dry_run: bool = False
    ) -> ImportReport:
        """Take a table into a list, in one transaction; nothing is written when `dry_run`."""
        ...

    def refusals_csv(self, refused: Sequence[Refusal]) -> Iterator[str]:
        """Lines of a table of refused rows."""
        ...
