"""The fingerprint of folders: what changes one of their files changes it."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from newsletter.editorial.unchanged import Unchanged

#: The digests of files, by path.
_DIGESTS: Unchanged[bytes] = Unchanged(answers=4096)


def files_digest(folders: Iterable[Path]) -> str:
    """Hex digest over the names and bytes of every file of the folders."""
    whole = hashlib.sha256()
    for folder in folders:
        for name, path in sorted(_files(str(folder))):
            content = Path(path).read_bytes()
            whole.update(b"%s:%d:" % ("/".join(name).encode(), len(content)) + content)
    return whole.hexdigest()


def files_state(folders: Iterable[Path]) -> str:
    """Hex digest that changes with `files_digest`; it reads only what changed since the last time."""
    whole = hashlib.sha256()
    for folder in folders:
        for _name, path in sorted(_files(str(folder))):
            whole.update(b"%s:" % os.fsencode(path) + _DIGESTS.recall(path, partial(_digest, path)))
    return whole.hexdigest()


def _digest(path: str) -> tuple[bytes, list[str]]:
    return hashlib.sha256(Path(path).read_bytes()).digest(), [path]


def _files(folder: str, *above: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The steps to each file from the top folder, and its path."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path, *above, entry.name)
            elif entry.is_file():
                yield (*above, entry.name), entry.path
