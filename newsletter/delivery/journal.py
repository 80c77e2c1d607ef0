"""What was started and answered, in an append-only file: after a kill, the truth about messages in flight.

One file per mailing, records of one size, each with its own checksum:

    RUN     the mark of the run that keeps the journal: always the first
    START   this delivery's final dot may leave from now on; on disk before it does
    DONE    what became of it, with the codes of the answer
    STORED  every DONE before this point is in the store

The file only grows while the mailing runs (64 bytes a message) and is removed once the store has everything, so that
no record can be lost between two files. A torn or damaged tail is cut off: what it said was not yet acted upon.
"""

import asyncio
import errno
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from newsletter.atomic import sync
from newsletter.errors import StoreError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import DeliveryState, Outcome, Phase, Reply

#: kind, state, phase, flags, code, three parts of the enhanced code, delivery, due (µs since 1970, 0 is none).
_BODY = struct.Struct("<BBBBHBHHQq")
_CHECK = struct.Struct("<I")
RECORD_BYTES = _BODY.size + _CHECK.size
#: So much that is not on disk yet is worth a sync nobody waits for yet: a few messages' records.
_EAGER_BYTES = 12 * RECORD_BYTES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = tuple(DeliveryState)
_NUMBERS = {state: number for number, state in enumerate(_STATES)}
_SUPPRESS, _COUNTS = 1, 2


class _Kind(IntEnum):
    START = 1
    DONE = 2
    STORED = 3
    RUN = 4


@dataclass(kw_only=True)
class Replay:
    """What a journal still has to say: answers the store may lack, and deliveries without an answer."""

    #: Mark of the run that kept it; 0 when it has none.
    run: int = 0
    done: list[Outcome] = field(default_factory=list)
    started: set[int] = field(default_factory=set)


class Journal:
    """The open journal of one running mailing. One event loop writes it; the disk is synced in a thread."""

    def __init__(self, path: Path, *, run: int = 0) -> None:
        """Create it for the run with this mark; raises StoreError. An old one is replayed first, and removed."""
        self._path = path
        self._syncing: asyncio.Task[None] | None = None
        #: Bytes that a power cut leaves.
        self._safe = 0
        #: Bytes so far; what `stored` takes. The last of them may still wait to be written.
        self.size = 0
        self._waiting = bytearray()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            sync(path.parent)
        except OSError as error:
            raise _unwritable(path, error) from None
        if run:
            self._append(_Kind.RUN, delivery=run)
            self._write()

    def start(self, delivery: int) -> int:
        """Record that this message's final dot may leave once `on_disk` says so of what is returned.

        It waits in memory for whatever is written next: lost with the process, it leaves a message that did not leave.
        Begun as soon as the message is made, so that one sync serves every connection that has come so far.
        """
        self._append(_Kind.START, delivery=delivery)
        if self.size - self._safe >= _EAGER_BYTES:
            self._begin_sync()
        return self.size

    async def on_disk(self, size: int) -> None:
        """Return once the first `size` bytes are on disk; raises StoreError.

        Whoever needs it first begins a sync, which covers all that is written by then: the others find it done. At
        speed `start` has begun it before anybody needs it.
        """
        while self._safe < size:
            await asyncio.shield(self._begin_sync())

    def done(self, outcome: Outcome) -> None:
        """Record what became of a started message; raises StoreError.

        Not synced: a power cut that loses it leaves the delivery started, hence uncertain, never sent twice.
        """
        self._append(_Kind.DONE, delivery=outcome.delivery, outcome=outcome)
        self._write()

    def stored(self, size: int) -> None:
        """Record that every DONE within the first `size` bytes is committed in the store; raises StoreError."""
        self._append(_Kind.STORED, delivery=size)
        self._write()

    async def close(self, *, remove: bool) -> None:
        """Stop writing; `remove` it when the store has everything, or leave it for `replay`."""
        if self._syncing:
            await asyncio.wait([self._syncing])
        os.close(self._fd)
        if remove:
            self._path.unlink()

    def _append(self, kind: _Kind, *, delivery: int, outcome: Outcome | None = None) -> None:
        self._waiting += _pack(kind, delivery, outcome)
        self.size += RECORD_BYTES

    def _write(self) -> None:
        """All that waits, in its order; what could not be written waits for the next time."""
        try:
            if os.write(self._fd, self._waiting) < len(self._waiting):
                # The disk is full: half a record would shift every later one.
                os.ftruncate(self._fd, self.size - len(self._waiting))
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise _unwritable(self._path, error) from None
        self._waiting.clear()

    def _begin_sync(self) -> asyncio.Task[None]:
        """The sync that runs, or a new one."""
        if self._syncing is None:
            self._syncing = asyncio.create_task(self._sync())
            # Whoever waited may be gone: an unread exception would be shouted at the terminal.
            self._syncing.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._syncing

    async def _sync(self) -> None:
        size = self.size
        try:
            self._write()
            await asyncio.get_running_loop().run_in_executor(None, os.fdatasync, self._fd)
        except OSError as error:
            raise _unwritable(self._path, error) from None
        else:
            self._safe = size
        finally:
            self._syncing = None


def replay(path: Path) -> Replay:
    """What the journal of an interrupted run says; empty when there is none; raises StoreError.

    The last record of a delivery wins. `done` holds only answers after the last STORED mark.
    """
    rest = Replay()
    answers: dict[int, tuple[int, Outcome]] = {}
    for offset, (kind, delivery, outcome) in enumerate(_records(path)):
        if kind is _Kind.RUN:
            rest.run = delivery
        elif kind is _Kind.STORED:
            answers = {key: value for key, value in answers.items() if value[0] * RECORD_BYTES >= delivery}
        elif outcome is None:
            rest.started.add(delivery)
            answers.pop(delivery, None)
        else:
            rest.started.discard(delivery)
            answers[delivery] = offset, outcome
    rest.done = [outcome for _offset, outcome in answers.values()]
    return rest


def _records(path: Path) -> Iterator[tuple[_Kind, int, Outcome | None]]:
    """Records from the start of the file up to the first torn or damaged one."""
    try:
        with path.open("rb", buffering=1 << 20) as file:
            while len(raw := file.read(RECORD_BYTES)) == RECORD_BYTES:
                if _CHECK.unpack(raw[_BODY.size :])[0] != zlib.crc32(raw[: _BODY.size]):
                    return
                yield _unpack(raw)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            _("cannot read the journal {path}: {reason}", path=path, reason=system_reason(error))
        ) from None


def _pack(kind: _Kind, delivery: int, outcome: Outcome | None) -> bytes:
    if outcome is None:
        body = _BODY.pack(kind, 0, 0, 0, 0, 0, 0, 0, delivery, 0)
        return body + _CHECK.pack(zlib.crc32(body))
    reply = outcome.reply
    flags = _SUPPRESS * outcome.suppress | _COUNTS * outcome.counts
    due = (outcome.due_at - _EPOCH) // timedelta(microseconds=1) if outcome.due_at else 0
    phase, code = (reply.phase, reply.code) if reply else (0, 0)
    enhanced = _parts(reply.enhanced if reply else "")
    body = _BODY.pack(kind, _NUMBERS[outcome.state], phase, flags, code, *enhanced, delivery, due)
    return body + _CHECK.pack(zlib.crc32(body))


def _unpack(raw: bytes) -> tuple[_Kind, int, Outcome | None]:
    kind, state, phase, flags, code, major, minor, detail, delivery, due = _BODY.unpack(raw[: _BODY.size])
    if kind != _Kind.DONE:
        return _Kind(kind), delivery, None
    enhanced = f"{major}.{minor}.{detail}" if major else ""
    outcome = Outcome(
        delivery=delivery,
        state=_STATES[state],
        reply=Reply(phase=Phase(phase), code=code, enhanced=enhanced) if phase else None,
        due_at=_EPOCH + timedelta(microseconds=due) if due else None,
        suppress=bool(flags & _SUPPRESS),
        counts=bool(flags & _COUNTS),
    )
    return _Kind.DONE, delivery, outcome


@lru_cache(maxsize=256)
def _parts(enhanced: str) -> tuple[int, int, int]:
    if not enhanced:
        return 0, 0, 0
    major, minor, detail = (int(part) for part in enhanced.split("."))
    return major, minor, detail


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        _("cannot write the journal {path}: {reason}", path=path, reason=system_reason(error)),
        hint=_("free some space, check the permissions, then resume the mailing"),
    )
