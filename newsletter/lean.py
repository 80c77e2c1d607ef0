"""Imports that cost little: modules that libraries ask for and never get to use, patterns compiled when first used."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, AnyStr, cast


@contextmanager
def kept_out(*names: str) -> Iterator[None]:
    """Whoever imports these modules in here gets empty ones, unless they are imported already; others the real ones."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in absent})
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


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
