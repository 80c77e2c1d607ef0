"""A database that takes its time, for pages that stand before everybody is counted; and what a page asks of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

#: What every statement says that reads all readers of a letter, to tell who they are.
EVERYBODY = "ORDER BY subscribers.email_key"


@contextmanager
def held(words: str) -> Iterator[threading.Event]:
    """Statements with these words wait until the event is set, or the block ends."""
    let_go = threading.Event()

    def hold(*said: Any) -> None:
        if words in said[2]:
            assert let_go.wait(60), "the page waited for what was to come later"

    event.listen(Engine, "before_cursor_execute", hold)
    try:
        yield let_go
    finally:
        let_go.set()
        event.remove(Engine, "before_cursor_execute", hold)


@contextmanager
def heard(words: str, said: list[str]) -> Iterator[None]:
    """Every statement with these words is `said`."""

    def hear(*heard: Any) -> None:
        if words in heard[2]:
            said.append(heard[2])

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
