"""Imports that cost nothing: modules which a library asks for at its top, and which we never let it use."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


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
