"""Writing a file whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a file so that a reader, or a power cut, finds the old bytes or the new ones, never a part.

    The permissions of a file that is replaced stay. Raises OSError; FileExistsError when it may not be replaced.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode(path))
        if replace:
            Path(name).replace(path)
        else:
            # A hard link, unlike a rename, never replaces what is there.
            path.hardlink_to(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    _sync_folder(path.parent)


def _mode(path: Path) -> int:
    """The permissions of the file there, or those a new file gets."""
    with suppress(FileNotFoundError):
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
