"""What was counted over everybody, kept for as long as nobody comes or goes: pages ask for it again and again."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from newsletter.store.tables import events

Counted = TypeVar("Counted")


class Remembered:
    """Safe to use from several threads: two may count at once, and find the same."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Any, Any]] = {}

    def recall(self, connection: Connection, question: Hashable, count: Callable[[], Counted]) -> Counted:
        """The answer of `count`, which reads through the same connection; asked again once somebody moved."""
        now = _moment(connection)
        kept = self._kept.get(question)
        if kept is None or kept[0] != now:  # before the first event the moment is None
            kept = self._kept[question] = now, count()
        return kept[1]


def _moment(connection: Connection) -> Any:
    """What is another one as soon as somebody joins, leaves, is suppressed or erased: each of these is an event.

    SQLite has one writer: its events are seen in the order of their ids. PostgreSQL's may be seen in any order: there
    it is the very snapshot, which every transaction changes.
    """
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one()
    return connection.execute(select(func.max(events.c.id))).scalar()
