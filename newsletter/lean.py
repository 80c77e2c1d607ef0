"""Imports that cost little: modules that libraries ask for and never get to use, patterns compiled when first used."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, AnyStr, cast


class _Hollow(ModuleType):
    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):  # what Python asks of every module
            raise AttributeError(name)
        return type(name, (), {})


@contextmanager
def kept_out(*names: str) -> Iterator[None]:
    """Whoever imports these modules in here gets hollow ones, unless they are imported already; others the real ones.

    Every name of a hollow module is an empty class: it may stand in an annotation or be inherited from, not be used.
    """
    with _in_place({name: _Hollow(name) for name in names if name not in sys.modules}):
        yield


@contextmanager
def missing(*names: str) -> Iterator[None]:
    """Whoever imports these modules in here is told that there are none, unless they are imported already."""
    with _in_place({name: None for name in names if name not in sys.modules}):
        yield


@contextmanager
def _in_place(modules: dict[str, ModuleType | None]) -> Iterator[None]:
    known = cast("dict[str, ModuleType | None]", sys.modules)  # None is how Python says: there is none
    known.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del known[name]


class _Pattern:
    def __init__(self, source: Any, flags: re.RegexFlag) -> None:
        self._asked = source, flags

    def __getattr__(self, name: str) -> Any:
        """Of the pattern that this becomes: asked for once, then at hand."""
        found = getattr(re.compile(*self._asked), name)
        setattr(self, name, found)
        return found


def pattern(source: AnyStr, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[AnyStr]:
    """As `re.compile`, on the day it is needed: for patterns that an ordinary build never looks at."""
    return cast("re.Pattern[AnyStr]", _Pattern(source, flags))
