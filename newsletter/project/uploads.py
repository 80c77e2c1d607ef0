"""Files that wait in `var/imports` for somebody to decide on them: private, numbered, gone after a day."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from newsletter.errors import UsageError
from newsletter.i18n import _
from newsletter.mistakes import system_reason

#: Bytes of a file that may be laid down: a million people, with room.
LARGEST = 100_000_000
#: Seconds after which nobody will decide any more.
_PATIENCE = 86_400

_TOKEN = re.compile(r"[0-9a-f]{32}")
_STRANGE = re.compile(r"[^\w. ()+-]+")


class Uploads:
    """One folder of tables with people's addresses in them."""

    #: Bytes of the largest file that is taken.
    limit = LARGEST

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, blocks: Iterable[bytes]) -> str:
        """Write a file under a new token; raises UsageError when it is too large or cannot be written."""
        self._forget_old()
        token = secrets.token_hex(16)
        target = self._folder / token / _plain(name)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.parent.mkdir(mode=0o700)
            _write(target, blocks)
        except OSError as error:
            self.forget(token)
            raise UsageError(
                _("{file} cannot be written: {reason}", file=target.name, reason=system_reason(error))
            ) from None
        except UsageError:
            self.forget(token)
            raise
        return token

    def file(self, token: str) -> Path:
        """Where it lies; raises UsageError when there is none."""
        folder = self._folder / token
        if _TOKEN.fullmatch(token) and folder.is_dir() and (files := list(folder.iterdir())):
            return files[0]
        raise UsageError(_("this file is no longer here"), hint=_("choose it again: a file waits one day"))

    def forget(self, token: str) -> None:
        """Remove it, if it is there."""
        if _TOKEN.fullmatch(token):
            shutil.rmtree(self._folder / token, ignore_errors=True)

    def forget_all(self) -> None:
        """Remove everything that waits."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _forget_old(self) -> None:
        before = time.time() - _PATIENCE
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def _plain(name: str) -> str:
    """The name of a file as a person knows it, without a path or a sign that a disk dislikes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return _STRANGE.sub("_", last).strip(" .")[-80:].strip(" .") or "import.csv"


def _write(target: Path, blocks: Iterable[bytes]) -> None:
    size = 0
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        for block in blocks:
            size += len(block)
            if size > LARGEST:
                raise UsageError(_("the file is larger than {n} MB", n=LARGEST // 1_000_000))
            file.write(block)
