"""The boundaries between departments, said as Protocols; `project` wires who provides them."""

from collections.abc import Sequence
from typing import Protocol

from newsletter.model import (
    Article,
    UnreadableArticle,
)
from newsletter.ports.audience import AudienceStore
from newsletter.ports.delivery import Bag, Connection, DeliveryStore, Dispatcher, Transport

__all__ = ["AudienceStore", "Bag", "Connection", "DeliveryStore", "Dispatcher", "Source", "Transport"]


class Source(Protocol):
    """Where articles come from."""

    def read_all(self) -> Sequence[Article | UnreadableArticle]:
        """Every article file, by path. A bad one is an `UnreadableArticle` and hides no other."""
        ...

    def read(self, path: str) -> Article:
        """One article by its path under the articles folder; raises ContentError with file, line and hint."""
        ...
