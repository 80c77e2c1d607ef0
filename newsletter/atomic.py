"""Files written whole or not at all: a reader, or a power cut, finds the old bytes or the new ones, never a part."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path, *, replace: bool = True, mode: int | None = None) -> Iterator[Path]:
    """A new file beside `path`, to be written in the block; at its end it takes the place of `path`, on disk.

    `mode` is its permissions; None keeps those of the file that is replaced. When the block raises, nothing has
    changed. Raises OSError; FileExistsError when `path` exists and may not be replaced.
    """
    mode = _mode(path) if mode is None else mode
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666 if mode is None else 0o600))
    try:
        yield draft
        sync(draft)
        if mode is not None:
            draft.chmod(mode)
        if replace:
            draft.replace(path)
        else:
            # A hard link, unlike a rename, never replaces what is there.
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def write_atomically(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a file as `replacing` does."""
    with replacing(path, replace=replace) as draft:
        draft.write_bytes(content)


def sync(path: Path) -> None:
    """Return once the disk holds this file, or this folder's names: without that a power cut may forget a new file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mode(path: Path) -> int | None:
    """The permissions of the file there; None when there is none."""
    with suppress(FileNotFoundError):
        return path.stat().st_mode & 0o7777
    return None
