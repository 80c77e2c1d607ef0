"""Port Transport into a folder: every message becomes one `.eml` file, whole or not at all."""

import asyncio
import itertools
from pathlib import Path

from newsletter.atomic import write_atomically
from newsletter.errors import LostConnection, PermanentFailure
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import Phase, Reply
from newsletter.ports import Bag


class OutboxTransport:
    """Writes messages as `00001.eml`, `00002.eml` …, after those the folder already holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers: itertools.count[int] | None = None

    async def connect(self) -> "OutboxConnection":
        """Make the folder if need be; raises PermanentFailure when that is impossible."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._numbers is None:
                self._numbers = itertools.count(_last_number(self._folder) + 1)
        except OSError as error:
            raise PermanentFailure(_unwritable(self._folder, error)) from None
        return OutboxConnection(self._folder, numbers=self._numbers)


class OutboxConnection:
    """One writer of the folder."""

    def __init__(self, folder: Path, *, numbers: "itertools.count[int]") -> None:
        self._folder = folder
        self._numbers = numbers

    async def carry(self, bag: Bag) -> None:
        """Write one file a message; the envelope stands in front, as Return-Path and Delivered-To (RFC 5321 §4.4).

        Raises LostConnection when the disk refuses: nothing was kept, so the message may go again.
        """
        goes_on = True
        while goes_on and (message := bag.take()):
            bag.release()
            path = self._folder / f"{next(self._numbers):05}.eml"
            envelope = f"Return-Path: <{message.sender}>\r\nDelivered-To: {message.recipient}\r\n".encode()
            written = b"".join([envelope, *message.content])
            try:
                await asyncio.to_thread(write_atomically, path, written, replace=False)
            except OSError as error:
                raise LostConnection(_unwritable(self._folder, error), phase=Phase.DATA) from None
            goes_on = bag.settle(Reply(phase=Phase.DOT, code=250, enhanced="2.0.0", text=path.name))

    async def close(self) -> None:
        """Nothing is open between two messages."""


def _last_number(folder: Path) -> int:
    return max((int(path.stem) for path in folder.glob("*.eml") if path.stem.isdigit()), default=0)


def _unwritable(folder: Path, error: OSError) -> str:
    return _("cannot write messages into {folder}: {reason}", folder=folder, reason=system_reason(error))
