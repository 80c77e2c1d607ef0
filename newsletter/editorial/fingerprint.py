"""The fingerprint of folders: what changes one of their files changes it."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from newsletter.editorial.unchanged import settled


def files_digest(folders: Iterable[Path]) -> str:
    """Hex digest over the names and bytes of every file of the folders."""
    whole = hashlib.sha256()
    for folder in folders:
        for name, entry in sorted(_files(str(folder)), key=lambda found: found[0]):
            content = Path(entry).read_bytes()
            whole.update(b"%s:%d:" % ("/".join(name).encode(), len(content)) + content)
    return whole.hexdigest()


def files_state(folders: Iterable[Path]) -> str:
    """Changes whenever `files_digest` does; it reads links, and what was changed a moment ago."""
    found = (entry for folder in folders for _name, entry in _files(str(folder)))
    return repr(sorted((entry.path, _state(entry)) for entry in found))


def _state(entry: os.DirEntry[str]) -> str:
    known = None if entry.is_symlink() else settled(entry.stat(follow_symlinks=False))
    return repr(tuple(known)) if known else hashlib.sha256(Path(entry).read_bytes()).hexdigest()


def _files(folder: str, *above: str) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
    """The steps to each file from the top folder, and the file."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path, *above, entry.name)
            elif entry.is_file():
                yield (*above, entry.name), entry
