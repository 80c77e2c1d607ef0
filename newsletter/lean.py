"""Imports that cost nothing: modules which a library asks for at its top, and which we never let it use."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def kept_out(name: str) -> Iterator[None]:
    """Whoever imports the module in here gets an empty one, unless it is imported already; others get the real one."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = ModuleType(name)
    try:
        yield
    finally:
        del sys.modules[name]
