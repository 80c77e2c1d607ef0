"""What reading the articles cost once and need not cost again: one JSON file, rebuilt whenever it is in doubt."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from newsletter.atomic import write_atomically
from newsletter.editorial import deadlines, front_matter, images, strict_yaml
from newsletter.editorial.front_matter import Document
from newsletter.editorial.images import Measure
from newsletter.editorial.unchanged import TICK, Fingerprint

#: Stands for a date in JSON; no YAML value may hold a NUL.
_DATE = "\0"

#: A deadline found in a text, and the words that say it.
Found = tuple[date, str] | None


class ArticleCache:
    """Documents by path and pictures by file, for one reading of the folder."""

    def __init__(self, file: Path | None, *, settings: str) -> None:
        self.file = file
        self.key = hashlib.sha256(f"{settings} {_code()}".encode()).hexdigest()
        self._old: dict[str, Any] = {"documents": {}, "pictures": {}}
        self._new: dict[str, Any] = {"key": self.key, "documents": {}, "pictures": {}}
        self._grown = False
        self._trusted_until = 0
        if file is not None:
            self._read(file)

    def find(self, path: str, fingerprint: Fingerprint, *, file: str) -> tuple[Document, Found] | None:
        """The document as it was read, or None when its file changed since."""
        entry = self._old["documents"].get(path)
        try:
            if not entry or not self._is_current(entry, fingerprint):
                return None
            _state, sha256, values, lines, body, body_line, found = entry
            document = Document(
                file=file, sha256=sha256, front_matter=values, lines=lines, body=body, body_line=body_line
            )
            self._new["documents"][path] = entry
            return document, (date.fromisoformat(found[0]), found[1]) if found else None
        except (ValueError, TypeError, KeyError, IndexError):
            return None

    def keep(self, path: str, fingerprint: Fingerprint, document: Document, found: Found) -> None:
        """Remember a document that was just read."""
        self._grown = True
        self._new["documents"][path] = (
            fingerprint,
            document.sha256,
            document.front_matter,
            document.lines,
            document.body,
            document.body_line,
            found and (found[0].isoformat(), found[1]),
        )

    def measure(self, path: Path) -> Measure | None:
        """As `images.measure`, remembered across runs."""
        try:
            fingerprint = Fingerprint.of(path.stat())
        except (OSError, ValueError):
            return images.measure(path)
        entry = self._old["pictures"].get(str(path))
        if _is_picture(entry) and self._is_current(entry, fingerprint):
            measure: Measure | None = Measure(*entry[1])
        else:
            measure = images.measure(path)
            self._grown = True
        self._new["pictures"][str(path)] = (fingerprint, measure)
        return measure

    def write(self) -> None:
        """Keep what was read for the next time; a folder that cannot be written costs speed, nothing else."""
        gone = len(self._new["documents"]) < len(self._old["documents"])
        if self.file is None or not (self._grown or gone):
            return
        content = json.dumps(self._new, ensure_ascii=False, separators=(",", ":"), default=_encoded)
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.file, content.encode())

    def _is_current(self, entry: Sequence[Any], fingerprint: Fingerprint) -> bool:
        return tuple(entry[0]) == fingerprint and fingerprint.last_change() < self._trusted_until

    def _read(self, file: Path) -> None:
        """A cache that is missing, damaged or of other code and settings counts for nothing."""
        with suppress(OSError, ValueError, RecursionError, TypeError):
            known = json.loads(file.read_bytes(), object_hook=_decoded)
            if isinstance(known, dict) and known.get("key") == self.key:
                parts = {name: known[name] for name in ("documents", "pictures") if isinstance(known.get(name), dict)}
                self._old |= parts
                self._trusted_until = file.stat().st_mtime_ns - TICK


def _is_picture(entry: Any) -> bool:
    return (
        isinstance(entry, list)
        and len(entry) == 2
        and isinstance(entry[1], list)
        and len(entry[1]) == len(Measure._fields)
        and all(isinstance(number, int) for number in entry[1][:-1])
        and isinstance(entry[1][-1], str)
    )


def _encoded(value: object) -> dict[str, str]:
    if isinstance(value, datetime | date):
        return {_DATE: value.isoformat()}
    raise TypeError(type(value))


def _decoded(pairs: dict[str, Any]) -> Any:
    if _DATE not in pairs:
        return pairs
    written = pairs[_DATE]
    return datetime.fromisoformat(written) if len(written) > 10 else date.fromisoformat(written)


@cache
def _code() -> str:
    """Digest of the code that reads articles: what other code read is read again."""
    modules: Sequence[Any] = (deadlines, front_matter, strict_yaml, images)
    files = (Path(__file__), *(Path(module.__file__) for module in modules))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
