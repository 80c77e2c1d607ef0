"""An issue's file as a whole: an earlier version put back, a copy made for another day."""

import hashlib
import itertools
from collections.abc import MutableMapping
from datetime import date
from pathlib import Path
from typing import Any

from newsletter.atomic import write_atomically
from newsletter.editorial.front_matter import read_bytes
from newsletter.editorial.issues import DATE_PREFIX, changed_meanwhile, edit_issue
from newsletter.errors import NewsletterError, Unwritable
from newsletter.mistakes import system_reason


def replace_issue(path: Path, content: bytes, *, expected_sha256: str) -> None:
    """Write a whole version of an issue; raises ChangedMeanwhile when the file is no longer the expected one."""
    old = read_bytes(path, path.as_posix())
    if hashlib.sha256(old).hexdigest() != expected_sha256:
        raise changed_meanwhile(path, old)
    try:
        write_atomically(path.resolve(), content)
    except OSError as error:
        raise Unwritable(system_reason(error), where=path.as_posix()) from None


def copy_issue(path: Path, *, planned: date) -> Path:
    """A copy planned for a day, under the first free name; comments and order are the original's."""
    content = read_bytes(path, path.as_posix())
    copy = _write_copy(path, content, planned)

    def change(front: MutableMapping[str, Any]) -> None:
        front["date"] = planned
        front.pop("archived", None)

    try:
        edit_issue(copy, expected_sha256=None, changes=change)
    except NewsletterError:
        copy.unlink(missing_ok=True)
        raise
    return copy


def _write_copy(path: Path, content: bytes, planned: date) -> Path:
    rest = DATE_PREFIX.sub("", path.stem, count=1) or "lettre"
    for number in itertools.count(1):
        copy = path.with_name(f"{planned:%Y-%m-%d}-{rest}{f'-{number}' if number > 1 else ''}.md")
        try:
            write_atomically(copy, content, replace=False)
        except FileExistsError:
            continue
        except OSError as error:
            raise Unwritable(system_reason(error), where=copy.as_posix()) from None
        return copy
    raise AssertionError  # count never ends
