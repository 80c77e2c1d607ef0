"""What a build remembers of the builds before it: answers of pure functions, by everything that they were asked with.

A remembered function depends on its arguments and on the language spoken, on nothing else: no file, no clock. So a
warm build is a cold build, byte for byte, and there is nothing to invalidate. Errors are not remembered.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from newsletter.i18n import current_language

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")

_forgetters: list[Callable[[], None]] = []


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


def forget() -> None:
    """Be as a new process is: nothing built before is remembered."""
    for clear in _forgetters:
        clear()
