"""What was started and answered, in an append-only file: after a kill, the truth about messages in flight.

One file per mailing, records of one size, each with its own checksum:

    RUN     the mark of the run that keeps the journal, and the epoch of the page cache its tail is in: always the first
    START   this delivery's final dot may leave from now on; on disk before it does
    LEFT    it leaves now; where a kill leaves it before it does
    DONE    what became of it, with the codes of the answer
    STORED  every DONE before this point is in the store

The file only grows while the mailing runs (93 bytes a message, made longer in advance) and is removed once the store
has everything, so that no record can be lost between two files. A torn or damaged record ends it, and so do the zeros
behind the last one: what comes after was not yet acted upon. Its last records may stand in its `tail` alone, where a
kill leaves them and a power cut does not; a checksum holds the place of its record, so none is read anywhere else.
"""

import errno
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any

from newsletter.atomic import sync
from newsletter.delivery.page_cache import epoch_of
from newsletter.delivery.tail import open_tail, remove_journal, tail_path
from newsletter.errors import StoreError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import DeliveryState, Outcome, Phase, Reply

#: A record: kind, state, phase, flags, code, three parts of the enhanced code; delivery; due (µs since 1970, 0 is
#: none), or the epoch of a RUN; the CRC-32 of all that, begun with its place in the file.
_HEAD, _NUMBER, _DUE = struct.Struct("<BBBBHBHH"), struct.Struct("<Q"), struct.Struct("<q")
_BODY = struct.Struct("<BBBBHBHHQq")
_CHECK = struct.Struct("<I")
RECORD_BYTES = _BODY.size + _CHECK.size

#: The file is made longer by so much at a time: a sync that has no new size to keep is shorter.
_ROOM = bytes(8192 * RECORD_BYTES)

#: Records stand in the tail until a START must be on disk, or until it is full; each place is used again and again.
_TAIL_BYTES = 4096 * RECORD_BYTES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = tuple(DeliveryState)
_SUPPRESS, _COUNTS = 1, 2


class _Kind(IntEnum):
    START = 1
    DONE = 2
    STORED = 3
    LEFT = 5
    #: The first record of a journal tells how it is to be read; this number was never used for another way.
    RUN = 6


_KINDS = frozenset(_Kind)

#: What stands before and after the number in a record.
_Frame = tuple[bytes, bytes]


def _empty(kind: _Kind, *, due: int = 0) -> _Frame:
    return _HEAD.pack(kind, 0, 0, 0, 0, 0, 0, 0), _DUE.pack(due)


_START, _STORED, _LEFT = map(_empty, (_Kind.START, _Kind.STORED, _Kind.LEFT))


@dataclass(kw_only=True)
class Replay:
    """What a journal still has to say: answers the store may lack, and deliveries without an answer."""

    #: Mark of the run that kept it; 0 when it has none.
    run: int = 0
    done: list[Outcome] = field(default_factory=list)
    #: May have left: those that did, while the file has all that was written; after a power cut, all that were free to.
    started: set[int] = field(default_factory=set)


class Journal:
    """The open journal of one running mailing. Records wait in memory for a write that takes them all."""

    def __init__(self, path: Path, *, run: int = 0) -> None:
        """Create it for the run with this mark; raises StoreError. An old one is replayed first, and removed."""
        #: Bytes so far; what `stored` takes. The last of them may still wait to be written.
        self.size = 0
        #: The page cache that its notes are in: 0 when a kill must be taken for a power cut.
        self.epoch = 0
        self._path = path
        self._waiting = bytearray()
        #: Bytes that a power cut leaves; and those of the file, zeros behind its records.
        self._safe = self._room = 0
        #: What was last said of an outcome, as a rule the same each time, and how it is written.
        self._said: tuple[Any, ...] = ()
        self._done: _Frame = (b"", b"")
        self._failure: OSError | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            sync(path.parent)
            self.epoch = epoch_of(path.parent)
            # Empty before the first record, which has it read.
            self._tail = open_tail(path, _TAIL_BYTES) if run and self.epoch else None
        except OSError as error:
            raise _unwritable(path, error) from None
        if run:
            # Before anybody is claimed: a journal that a power cut leaves without its mark counts as lost.
            self._append(_empty(_Kind.RUN, due=self.epoch), run)
            self.secure(self.size)

    def start(self, delivery: int) -> int:
        """Note that this message's final dot may leave once what is returned is `secure`, and it `leave`s."""
        self._append(_START, delivery)
        return self.size

    def secure(self, size: int) -> None:
        """Return once the first `size` bytes are on disk; raises StoreError.

        It waits for the disk right here, and has all that is noted by then kept: whoever comes next finds it done.
        A disk that failed is not asked again: it may say yes about what it has thrown away.
        """
        if self._safe >= size:
            return
        self._write()
        try:
            if self._failure:
                raise self._failure
            os.fdatasync(self._fd)
        except OSError as error:
            self._failure = error
            raise _unwritable(self._path, error) from None
        self._safe = self.size

    def leave(self, delivery: int) -> None:
        """Note that this message's final dot leaves now: a kill leaves the note; raises StoreError."""
        self._append(_LEFT, delivery)
        self.write()

    def done(self, outcome: Outcome) -> None:
        """Note what became of a started message.

        A kill leaves it as soon as the next message of its connection leaves: one that loses it leaves one in doubt.
        """
        if (said := outcome[1:]) != self._said:
            self._said, self._done = said, _framed(outcome)
        self._append(self._done, outcome.delivery)

    def stored(self, size: int) -> None:
        """Note that every DONE within the first `size` bytes is committed in the store."""
        self._append(_STORED, size)

    def write(self) -> None:
        """What is noted is there after a kill; raises StoreError, and it goes on waiting."""
        if self._tail is None or len(self._waiting) > _TAIL_BYTES:
            self._write()

    def _write(self) -> None:
        """What is noted is in the file."""
        try:
            while self.size > self._room:
                _put(self._fd, _ROOM, at=self._room)
                self._room += len(_ROOM)
            _put(self._fd, self._waiting, at=self.size - len(self._waiting))
        except OSError as error:
            raise _unwritable(self._path, error) from None
        self._waiting.clear()

    def close(self, *, remove: bool) -> None:
        """Write no more; `remove` it when the store has everything, or leave it for `replay`. Raises StoreError."""
        try:
            if not remove:
                self._write()
                os.ftruncate(self._fd, self.size)
        finally:
            os.close(self._fd)
        if remove:
            remove_journal(self._path)

    def _append(self, frame: _Frame, number: int) -> None:
        before, after = frame
        body = before + _NUMBER.pack(number) + after
        record = body + _CHECK.pack(zlib.crc32(body, self.size))
        self._waiting += record
        if self._tail is not None and len(self._waiting) <= _TAIL_BYTES:
            place = self.size % _TAIL_BYTES
            self._tail[place : place + RECORD_BYTES] = record
        self.size += RECORD_BYTES


def _put(fd: int, octets: bytes | bytearray, *, at: int) -> None:
    """Write all of these at this place. Raises OSError, also when some did not fit."""
    if octets and os.pwrite(fd, octets, at) < len(octets):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def replay(path: Path) -> Replay:
    """What the journal of an interrupted run says; empty when there is none; raises StoreError.

    The last record of a delivery wins. `done` holds only answers after the last STORED mark.
    """
    rest, left, has_all = Replay(), set[int](), False
    answers: dict[int, tuple[int, Outcome]] = {}
    for offset, (kind, number, due, outcome) in enumerate(_records(path)):
        if kind is _Kind.RUN:
            rest.run, has_all = number, _has_all(path, due)
        elif kind is _Kind.STORED:
            answers = {key: value for key, value in answers.items() if value[0] * RECORD_BYTES >= number}
        elif kind is _Kind.LEFT:
            left.add(number)
        elif outcome is None:
            rest.started.add(number)
            answers.pop(number, None)
        else:
            rest.started.discard(number)
            left.discard(number)
            answers[number] = offset, outcome
    rest.done = [outcome for _offset, outcome in answers.values()]
    if has_all:
        rest.started = left
    return rest


def _records(path: Path) -> Iterator[tuple[_Kind, int, int, Outcome | None]]:
    """Records from the start of the file up to the first torn or damaged one; then those of its tail, if it holds."""
    size, has_tail = 0, False
    try:
        with path.open("rb", buffering=1 << 20) as file:
            while record := _unpack(file.read(RECORD_BYTES), at=size):
                has_tail |= record[0] is _Kind.RUN and _has_all(path, record[2])
                size += RECORD_BYTES
                yield record
        tail = tail_path(path).read_bytes() if has_tail else b""
        while tail and (record := _unpack(tail[size % len(tail) :][:RECORD_BYTES], at=size)):
            size += RECORD_BYTES
            yield record
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            _("cannot read the journal {path}: {reason}", path=path, reason=system_reason(error))
        ) from None


def _has_all(path: Path, epoch: int) -> bool:
    """True when what a journal noted in this page cache is there to the last record."""
    return epoch == epoch_of(path.parent) != 0 and tail_path(path).exists()


def _framed(outcome: Outcome) -> _Frame:
    reply = outcome.reply
    flags = _SUPPRESS * outcome.suppress | _COUNTS * outcome.counts
    due = (outcome.due_at - _EPOCH) // timedelta(microseconds=1) if outcome.due_at else 0
    phase, code = (reply.phase, reply.code) if reply else (0, 0)
    enhanced = _parts(reply.enhanced if reply else "")
    head = _HEAD.pack(_Kind.DONE, _STATES.index(outcome.state), phase, flags, code, *enhanced)
    return head, _DUE.pack(due)


def _unpack(raw: bytes, *, at: int) -> tuple[_Kind, int, int, Outcome | None] | None:
    """The record that stands at this place; None when there is none that is whole."""
    if len(raw) < RECORD_BYTES or _CHECK.unpack(raw[_BODY.size :])[0] != zlib.crc32(raw[: _BODY.size], at):
        return None
    kind, state, phase, flags, code, major, minor, detail, delivery, due = _BODY.unpack(raw[: _BODY.size])
    if kind not in _KINDS:
        return None
    if kind != _Kind.DONE:
        return _Kind(kind), delivery, due, None
    enhanced = f"{major}.{minor}.{detail}" if major else ""
    outcome = Outcome(
        delivery=delivery,
        state=_STATES[state],
        reply=Reply(phase=Phase(phase), code=code, enhanced=enhanced) if phase else None,
        due_at=_EPOCH + timedelta(microseconds=due) if due else None,
        suppress=bool(flags & _SUPPRESS),
        counts=bool(flags & _COUNTS),
    )
    return _Kind.DONE, delivery, due, outcome


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
