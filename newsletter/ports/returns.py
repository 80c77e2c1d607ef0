"""The boundary of what comes back: whom a delivery was for, and the fact that enters the person's history."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from newsletter.model import Addressee, Event, SuppressionReason


class ReturnStore(Protocol):
    """Every write is one transaction. Times are aware."""

    def addressee(self, delivery: int) -> Addressee | None:
        """Whom a delivery was for; None when there is none of this number, or the person was erased."""
        ...

    def copies(self, mailing_id: int) -> Iterator[tuple[int, int]]:
        """(delivery, subscriber) of every copy of a mailing, streaming."""
        ...

    def enter(self, to: Addressee, fact: Event, *, reason: SuppressionReason | None, now: datetime) -> bool:
        """Append a fact to the person's history and, with a reason, suppress their address; a complaint is counted
        with its mailing. False, and nothing done, when a fact of this kind and detail stands there already."""
        ...
