"""What a build remembers of the builds before it: answers of pure functions, by everything that they were asked with.

A remembered answer depends on what was asked and on the language spoken, on nothing else: no file, no clock. So a
warm build is a cold build, byte for byte, and there is nothing to invalidate. Errors are not remembered.
"""

import hashlib
import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Generic, ParamSpec, TypeVar

from newsletter.i18n import current_language

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")

_forgetters: list[Callable[[], None]] = []


def on_forget(clear: Callable[[], None]) -> None:
    """Have `forget` call this too."""
    _forgetters.append(clear)


def remembered(answers: int) -> Callable[[Callable[_Asked, _Answer]], Callable[_Asked, _Answer]]:
    """Keep that many answers of a pure function, the least recently asked for leaving first."""

    def remember(function: Callable[_Asked, _Answer]) -> Callable[_Asked, _Answer]:
        @lru_cache(maxsize=answers)
        def ask(_language: str, *asked: _Asked.args, **named: _Asked.kwargs) -> _Answer:
            return function(*asked, **named)

        @wraps(function)
        def recall(*asked: _Asked.args, **named: _Asked.kwargs) -> _Answer:
            return ask(current_language(), *asked, **named)  # type: ignore[arg-type]  # hashable, or a TypeError

        _forgetters.append(ask.cache_clear)
        return recall

    return remember


class Shelf(Generic[_Answer]):
    """Answers to long questions, kept by their digests: all that an answer is made of, written out. Safe in threads."""

    def __init__(self, *, answers: int) -> None:
        """That many are kept, the least recently asked for leaving first."""
        self._answers = answers
        self._kept: dict[bytes, _Answer] = {}
        self._lock = threading.Lock()
        _forgetters.append(self._kept.clear)

    def recall(
        self, question: str, make: Callable[[], _Answer], *, worth: Callable[[_Answer], bool] = lambda _answer: True
    ) -> _Answer:
        """The answer as it was made for the same question, else made now; it is kept if it is worth it."""
        key = hashlib.sha256(f"{current_language()} {question}".encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if key in self._kept:
                self._kept[key] = self._kept.pop(key)
                return self._kept[key]
        answer = make()
        if not worth(answer):
            return answer
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > self._answers:
                del self._kept[next(iter(self._kept))]
        return answer


def forget() -> None:
    """Be as a new process is: nothing built before is remembered."""
    for clear in _forgetters:
        clear()
