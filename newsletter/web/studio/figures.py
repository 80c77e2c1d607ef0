"""What the pages of reports ask of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from newsletter.delivery.reports import Compared, MailingReport, Range
    from newsletter.model import Counts, Mailing, Month
    from newsletter.ports.reports import Order


class StudioFigures(Protocol):
    """What became of mailings and lists. Every method may raise NewsletterError, which the page shows."""

    def counts_of(self, mailings: Sequence[Mailing]) -> Mapping[int, Counts]:
        """How many deliveries of each stand where, by its number."""
        ...

    def subjects(self, mailings: Sequence[Mailing]) -> Mapping[int, str]:
        """The subject that each sends, by its number."""
        ...

    def mailing_report(self, mailing: Mailing, *, order: Order = "size", range_: Range = "all") -> MailingReport:
        """What became of one mailing."""
        ...

    def compared(self, mailing: Mailing) -> Sequence[Compared]:
        """A mailing and those before it to the same list, newest first."""
        ...

    def growth(self, list_id: str) -> Sequence[Month]:
        """The months of a list, oldest first."""
        ...

    def deliveries_csv(self, mailing: Mailing) -> Iterator[str]: ...

    def timeline_csv(self, mailing: Mailing) -> Iterator[str]: ...

    def domains_csv(self, mailing: Mailing) -> Iterator[str]: ...

    def answers_csv(self, mailing: Mailing) -> Iterator[str]: ...

    def compared_csv(self, mailing: Mailing) -> Iterator[str]: ...

    def growth_csv(self, list_id: str) -> Iterator[str]: ...
