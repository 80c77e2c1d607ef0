"""Going back and forth among the versions of an issue's file that the studio wrote; kept on disk, so past a restart."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.atomic import write_atomically
from newsletter.errors import RefusedError
from newsletter.i18n import _

#: Versions kept of one issue.
LIMIT = 60


@dataclass(frozen=True, kw_only=True)
class _Shelf:
    versions: Sequence[str] = ()
    #: Which of them the file should hold.
    place: int = -1


class History:
    """The versions of one issue's file, in one JSON file. What is unreadable there is no history, never an error."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def record(self, before: bytes, after: bytes) -> None:
        """A version more. What had been undone is forgotten; what changed elsewhere before it cannot be undone."""
        shelf = self._found(before) or _Shelf(versions=[_text(before)], place=0)
        versions = [*shelf.versions[: shelf.place + 1], _text(after)][-LIMIT:]
        self._write(_Shelf(versions=versions, place=len(versions) - 1))

    def reach(self, current: bytes) -> tuple[bool, bool]:
        """Whether one can go back from the file's present bytes, and forth."""
        shelf = self._found(current)
        return (shelf.place > 0, shelf.place < len(shelf.versions) - 1) if shelf else (False, False)

    def step(self, current: bytes, step: int) -> bytes:
        """The version before (`step` -1) or after (1); raises RefusedError when there is none, or the file changed
        elsewhere since. Call `arrive` once it is written."""
        shelf = self._found(current)
        if shelf is None or not 0 <= shelf.place + step < len(shelf.versions):
            sentence = _("There is nothing to undo.") if step < 0 else _("There is nothing to redo.")
            raise RefusedError(sentence)
        return shelf.versions[shelf.place + step].encode()

    def arrive(self, current: bytes, step: int) -> None:
        """The file holds what `step` gave for `current`."""
        if shelf := self._found(current):
            self._write(replace(shelf, place=shelf.place + step))

    def _found(self, current: bytes) -> _Shelf | None:
        """The shelf when the file holds one of its versions: the expected one, or, after a crash, its neighbour."""
        shelf, text = self._read(), _text(current)
        for place in (shelf.place, shelf.place - 1, shelf.place + 1):
            if 0 <= place < len(shelf.versions) and shelf.versions[place] == text:
                return replace(shelf, place=place)
        return None

    def _read(self) -> _Shelf:
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            return _Shelf(versions=[str(version) for version in kept["versions"]], place=int(kept["place"]))
        return _Shelf()

    def _write(self, shelf: _Shelf) -> None:
        content = json.dumps({"place": shelf.place, "versions": list(shelf.versions)}, ensure_ascii=False)
        with suppress(OSError):  # the issue is written: a history that cannot be kept loses no word
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, content.encode())


def _text(content: bytes) -> str:
    return content.decode(errors="replace")
