"""What was counted over everybody, kept until somebody comes, goes or changes: pages ask for it again and again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from newsletter.store.tables import deliveries, events, mailings

Counted = TypeVar("Counted")

#: Answers kept, the last to be asked for.
_MOST = 256


class Remembered:
    """Safe to use from several threads: whoever asks what another is counting waits for that."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Any, Future[Any]]] = OrderedDict()
        self._turn = threading.Lock()

    def recall(
        self, connection: Connection, question: Hashable, count: Callable[[], Counted], *, letters: Collection[str] = ()
    ) -> Counted:
        """The answer of `count`, which reads through the same connection; asked again once somebody moved.

        `letters` are the issues of which it asks who has one.
        """
        answer, is_new = self._answer(question, _moment(connection, letters))
        if is_new:
            try:
                answer.set_result(count())
            except BaseException as error:
                with self._turn:
                    self._kept.pop(question, None)
                answer.set_exception(error)
        counted: Counted = answer.result()
        return counted

    def _answer(self, question: Hashable, now: Any) -> tuple[Future[Any], bool]:
        """The answer of that moment; and whether it is new, so that whoever asks is the one to count."""
        with self._turn:
            kept, is_new = self._kept.pop(question, None), False
            if kept is None or kept[0] != now:  # before the first event the moment is None
                kept, is_new = (now, Future()), True
            self._kept[question] = kept
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return kept[1], is_new


def _moment(connection: Connection, letters: Collection[str]) -> Any:
    """Another one as soon as somebody joins, leaves, changes, is suppressed or erased: each of these is an event.

    SQLite has one writer: its events are seen in the order of their ids. PostgreSQL's may be seen in any order: there
    it is the very snapshot, which every transaction changes.
    """
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one()
    last = connection.execute(select(func.max(events.c.id))).scalar()
    return (last, _progress(connection, letters)) if letters else last


def _progress(connection: Connection, issues: Collection[str]) -> Any:
    """How far their mailings are. Sent, failed and skipped are for ever: as many of each are the same people."""
    theirs = select(mailings.c.id, mailings.c.state).where(mailings.c.issue.in_(issues)).order_by(mailings.c.id)
    mine = connection.execute(theirs).all()
    stands = (deliveries.c.mailing_id, deliveries.c.state)
    query = select(*stands, func.count()).where(deliveries.c.mailing_id.in_([mailing.id for mailing in mine]))
    return mine, connection.execute(query.group_by(*stands).order_by(*stands)).all()
