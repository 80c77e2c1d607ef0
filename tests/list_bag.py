"""A bag with a few messages, as a connection asks for them, and what became of each."""

from collections.abc import Callable, Iterable

from newsletter.errors import PermanentFailure
from newsletter.model import Prepared, Reply


class ListBag:
    """Port Bag over a list. Each message may leave at once, unless `before_dot` raises an error."""

    def __init__(self, messages: Iterable[Prepared], *, before_dot: Callable[[], object] = lambda: None) -> None:
        self.waiting = list(messages)
        self.before_dot = before_dot
        self.replies: list[Reply] = []
        self.refused: list[PermanentFailure] = []

    def take(self) -> Prepared | None:
        return self.waiting.pop(0) if self.waiting else None

    def look_ahead(self) -> Prepared | None:
        return self.waiting[0] if self.waiting else None

    def refuse(self, error: PermanentFailure) -> None:
        self.refused.append(error)

    def release(self) -> None:
        self.before_dot()

    def settle(self, reply: Reply) -> bool:
        self.replies.append(reply)
        return True
