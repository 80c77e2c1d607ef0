"""The boundary of reports: what became of a mailing, and how a list moved, counted by the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from newsletter.model import AnswerGroup, Counts, DomainOutcome, Moves, Step

#: How domains are put in order: by how many people they have, or by how many were refused.
Order = Literal["size", "failed"]


class ReportStore(Protocol):
    """Reads only. Times are aware."""

    def counts_of(self, mailing_ids: Sequence[int]) -> Mapping[int, Counts]:
        """How many deliveries of each mailing stand where; one without deliveries has none of each."""
        ...

    def subjects(self, mailing_ids: Sequence[int]) -> Mapping[int, str]:
        """The subject that each mailing sends."""
        ...

    def span(self, mailing_id: int) -> tuple[datetime, datetime] | None:
        """When the first and the last outcome of a mailing came; None before the first."""
        ...

    def timeline(self, mailing_id: int, *, since: datetime, seconds: int, steps: int) -> Sequence[Step]:
        """What took its present state in each of so many stretches of so many seconds, oldest first.

        The first begins at `since` and holds whatever came before, the last whatever comes after; empty ones are left
        out.
        """
        ...

    def domains(
        self, mailing_id: int, *, order: Order = "size", most: int | None = None
    ) -> tuple[int, Sequence[DomainOutcome]]:
        """How many domains there are, and the outcomes of the first `most`; erased people share one named ""."""
        ...

    def answers(self, mailing_id: int) -> Sequence[AnswerGroup]:
        """Refusals, and answers that put off, by kind: refusals first, the most frequent first."""
        ...

    def departures(self, mailing_id: int, *, since: datetime, until: datetime) -> int:
        """How many readers of a mailing unsubscribed from its list between two moments (the second not included)."""
        ...

    def moves(self, list_id: str) -> Sequence[Moves]:
        """Who joined and left an audience, by quarters of an hour, oldest first; their sum is its present size."""
        ...
