"""What was made of files, kept until one of them changes: to look at a file's state costs a tenth of reading it."""

import os
import stat
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

from newsletter.editorial.memory import on_forget
from newsletter.i18n import current_language

_Made = TypeVar("_Made")

#: Nanoseconds. A file changed less than this before it was read may have changed again within the same tick of the
#: disk's clock, and left no trace: it is read again.
TICK = 100_000_000


class Fingerprint(NamedTuple):
    """What changes when a file does: ctime cannot be set back, as `rsync -t` does with mtime."""

    changed_at: int
    touched_at: int
    size: int
    inode: int

    @classmethod
    def of(cls, state: os.stat_result) -> "Fingerprint":
        return cls(state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino)

    def last_change(self) -> int:
        """Nanoseconds since 1970."""
        return max(self.changed_at, self.touched_at)


def settled(state: os.stat_result) -> Fingerprint | None:
    """The fingerprint of a file that nobody changed within the last tick; None when only its bytes can tell."""
    fingerprint = Fingerprint.of(state)
    return fingerprint if fingerprint.last_change() < time.time_ns() - TICK else None


class _Entry(NamedTuple, Generic[_Made]):
    made: _Made
    #: Each file or folder, and how it was.
    states: tuple[tuple[str, Fingerprint | None], ...]


class Unchanged(Generic[_Made]):
    """Things made of files, by a question. Safe in threads."""

    def __init__(self, *, answers: int) -> None:
        """That many are kept, the least recently asked for leaving first."""
        self._answers = answers
        self._kept: dict[Hashable, _Entry[_Made]] = {}
        self._lock = threading.Lock()
        on_forget(self._kept.clear)

    def recall(self, question: Hashable, make: Callable[[], tuple[_Made, Iterable[str]]]) -> _Made:
        """What was made for the same question, if none of its files changed since; else made now.

        `make` also names the files it read, and the folders that led to them. A link, and what is not there, is never
        trusted: then it is made again every time.
        """
        key = (current_language(), question)
        entry = self._kept.get(key)
        if entry and all(_state(path) == state for path, state in entry.states):
            return self._again(key, entry)
        started = time.time_ns()
        made, paths = make()
        states = tuple((path, _state(path)) for path in paths)
        if all(state and state.last_change() < started - TICK for _path, state in states):
            self._again(key, _Entry(made, states))
        return made

    def _again(self, key: Hashable, entry: _Entry[_Made]) -> _Made:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = entry
            while len(self._kept) > self._answers:
                del self._kept[next(iter(self._kept))]
        return entry.made


def _state(path: str) -> Fingerprint | None:
    """Of a folder only which one it is: files come and go in it. None for a link, and for what is not there."""
    try:
        state = os.lstat(path)
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(state.st_mode):
        return Fingerprint(0, 0, 0, state.st_ino)
    return Fingerprint.of(state) if stat.S_ISREG(state.st_mode) else None


def with_folders(root: str, name: str) -> list[str]:
    """The file `root/name`, and the folders between."""
    steps = name.split("/")
    return [f"{root}/{'/'.join(steps[:count])}" for count in range(1, len(steps) + 1)]
