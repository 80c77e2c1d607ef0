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
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache, partial
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
#: So much that is not on disk yet is worth a sync nobody waits for yet: a dozen messages' records.
_EAGER_BYTES = 24 * RECORD_BYTES

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
    """The open journal of one running mailing. One event loop keeps it; the disk is synced in a thread."""

    def __init__(self, path: Path, *, run: int = 0) -> None:
        """Create it for the run with this mark; raises StoreError. An old one is replayed first, and removed."""
        #: Takes the reason why nothing can be written: until it is heard, every message may believe in its START.
        self.failed: Callable[[StoreError], None] = _unheard
        #: Bytes so far; what `stored` takes. The last of them may still wait to be written.
        self.size = 0
        self._path = path
        self._waiting = bytearray()
        #: Bytes that a power cut leaves.
        self._safe = 0
        self._syncing: asyncio.Future[_Unwritten] | None = None
        #: Who waits for how many bytes to be safe, in that order.
        self._listeners: deque[tuple[int, Callable[[], None]]] = deque()
        self._will_write = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            sync(path.parent)
            if run:
                self._append(_pack(_Kind.RUN, run, None))
                _put(self._fd, self._waiting, at=0)
                self._waiting.clear()
                # Before anybody is claimed: a journal that a power cut leaves without its mark counts as lost.
                os.fdatasync(self._fd)
                self._safe = self.size
        except OSError as error:
            raise _unwritable(path, error) from None

    def start(self, delivery: int) -> int:
        """Record that this message's final dot may leave once what is returned `is_safe`.

        It waits in memory for whatever is written next: lost with the process, it leaves a message that did not leave.
        Begun as soon as the message is made, so that one sync serves every connection that has come so far.
        """
        self._append(_pack(_Kind.START, delivery, None))
        if self._syncing is None and self.size - self._safe >= _EAGER_BYTES:
            self._sync()
        return self.size

    def is_safe(self, size: int, then: Callable[[], None]) -> bool:
        """True when the first `size` bytes are on disk. If not, `then` is called once they are, or `failed` was.

        Whoever needs it first begins a sync, which covers all that is known by then: the others find it done.
        """
        if self._safe >= size:
            return True
        self._listeners.append((size, then))
        if self._syncing is None:
            self._sync()
        return False

    def done(self, outcome: Outcome) -> None:
        """Record what became of a started message.

        It is written soon, in the next turn of the loop or with the sync that runs: always before a later START of the
        same connection is safe, so that a kill leaves two deliveries a connection in doubt at most. Not synced: a power
        cut that loses it leaves the delivery started, hence uncertain, never sent twice.
        """
        self._append(_pack(_Kind.DONE, outcome.delivery, outcome))
        self._write_soon()

    def stored(self, size: int) -> None:
        """Record that every DONE within the first `size` bytes is committed in the store."""
        self._append(_pack(_Kind.STORED, size, None))
        self._write_soon()

    async def close(self, *, remove: bool) -> None:
        """Stop writing; `remove` it when the store has everything, or leave it for `replay`. Raises StoreError."""
        self._listeners.clear()
        if self._syncing:
            await asyncio.wait([self._syncing])
        try:
            if not remove:
                _put(self._fd, self._waiting, at=self.size - len(self._waiting))
        except OSError as error:
            raise _unwritable(self._path, error) from None
        finally:
            self._waiting.clear()  # whatever was to be written soon would find another file under this number
            os.close(self._fd)
        if remove:
            self._path.unlink()

    def _append(self, record: bytes) -> None:
        self._waiting += record
        self.size += RECORD_BYTES

    def _write_soon(self) -> None:
        """All records of one turn of the loop in one go; while a sync runs, its end will see to it."""
        if self._syncing is None and not self._will_write:
            self._will_write = True
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        self._will_write = False
        if self._syncing is None and self._waiting:
            try:
                _put(self._fd, self._waiting, at=self.size - len(self._waiting))
            except OSError as error:
                self.failed(_unwritable(self._path, error))
            else:
                self._waiting.clear()

    def _sync(self) -> None:
        """Write what waits and have the disk keep it, in a thread: both may take their time."""
        records, self._waiting = self._waiting, bytearray()
        loop = asyncio.get_running_loop()
        self._syncing = loop.run_in_executor(None, _put_and_sync, self._fd, records, self.size - len(records))
        self._syncing.add_done_callback(partial(self._synced, self.size))

    def _synced(self, size: int, syncing: "asyncio.Future[_Unwritten]") -> None:
        self._syncing = None
        records, error = syncing.result()
        self._waiting[:0] = records  # for the next time: the places told to whoever listens stay true
        if error:
            self.failed(_unwritable(self._path, error))
        else:
            self._safe = size
        told = []
        while self._listeners and (error or self._listeners[0][0] <= size):
            told.append(self._listeners.popleft()[1])
        for then in told:
            then()
        if self._listeners and self._syncing is None:
            self._sync()
        elif self._waiting and not error:
            self._write_soon()


#: What could not be written, and why it is not on disk.
_Unwritten = tuple[bytearray, OSError | None]


def _put_and_sync(fd: int, records: bytearray, at: int) -> _Unwritten:
    try:
        _put(fd, records, at=at)
        records = bytearray()
        os.fdatasync(fd)
    except OSError as error:
        return records, error
    return records, None


def _put(fd: int, records: bytearray, *, at: int) -> None:
    """Append all of these, or nothing, to the file that ends at this place. Raises OSError."""
    if records and os.write(fd, records) < len(records):
        # The disk is full: half a record would shift every later one.
        os.ftruncate(fd, at)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _unheard(error: StoreError) -> None:
    raise error


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
