"""Folders that take long to make: each is made once in a process, and every test gets a copy of its own."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

#: Gone with the process.
_SHELF = tempfile.TemporaryDirectory(prefix="newsletter-moulds-", ignore_cleanup_errors=True)


def cast(folder: Path, make: Callable[..., object], **how: object) -> Path:
    """What `make(a_folder, **how)` leaves in a folder, copied into this one; nobody writes to the first."""
    return Path(shutil.copytree(_mould(make, tuple(how.items())), folder, dirs_exist_ok=True))


@cache
def _mould(make: Callable[..., object], how: tuple[tuple[str, object], ...]) -> Path:
    folder = Path(tempfile.mkdtemp(dir=_SHELF.name))
    make(folder, **dict(how))
    return folder
