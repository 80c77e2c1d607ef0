"""What a mail server answers, in order: bytes become answers, and who waits for them is woken once.

It takes over a transport that aiosmtplib opened. No timer is made for a message: one watch a connection looks at the
clock from time to time.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from newsletter.model import Phase

_UNAVAILABLE = 421
#: Octets of a line that does not end: RFC 5321 §4.5.3.1.5 allows 512.
_LONGEST_LINE = 65_536


class Answer(NamedTuple):
    """One reply (RFC 5321 §4.2)."""

    code: int
    #: Its first line, after the code.
    text: str


class Answers(asyncio.Protocol):
    """The receiving half of one conversation."""

    def __init__(
        self, transport: asyncio.Transport, *, allowed: Callable[[Phase], float], watch_seconds: float
    ) -> None:
        """`allowed` says how many seconds each step may take; too long a wait is noticed `watch_seconds` late."""
        #: True once nothing more can come.
        self.are_over = transport.is_closing()
        self._transport = transport
        self._allowed = allowed
        self._watch_seconds = watch_seconds
        self._loop = asyncio.get_running_loop()
        self._partial = self._first_line = b""
        self._arrived: list[Answer] = []
        self._phases: Sequence[Phase] = ()
        self._deadline = 0.0
        self._waiter: asyncio.Future[None] | None = None
        self._watcher = self._loop.call_later(watch_seconds, self._watch)
        transport.set_protocol(self)

    @property
    def are_expected(self) -> bool:
        """True while the server may be asked: it has said nothing that nobody asked for, not even 421."""
        return not (self.are_over or self._arrived)

    async def to(self, phases: Sequence[Phase], *, seconds: float | None = None) -> list[Answer]:
        """The answers to these steps; fewer when the conversation ended, or a 421 came, before the last."""
        self._phases = phases
        if len(self._arrived) < len(phases) and not self.are_over:
            self._deadline = self._loop.time() + (seconds or self._allowed(phases[len(self._arrived)]))
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        answers = self._arrived[: len(phases)]
        del self._arrived[: len(phases)]
        return answers

    def end(self) -> None:
        """Drop the connection and what waits in its buffer."""
        self.are_over = True
        self._watcher.cancel()
        self._transport.abort()
        self._wake()

    # --- asyncio.Protocol --------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Lines, whole or not."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._read(line)
        if len(self._partial) > _LONGEST_LINE:
            self.end()
        if self._waiter and len(self._arrived) >= len(self._phases):
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self.end()

    # --- within ------------------------------------------------------------------------------------------------

    def _read(self, line: bytes) -> None:
        """One line of a reply, the last one when no hyphen follows its code (RFC 5321 §4.2.1)."""
        code, mark = line[:3], line[3:4]
        if self.are_over:
            return
        if not code.isdigit() or mark not in (b" ", b"-", b"\r", b""):
            self.end()
            return
        self._first_line = self._first_line or line
        if mark == b"-":
            return
        self._arrived.append(Answer(int(code), self._first_line[4:].decode("utf-8", "replace").rstrip("\r")))
        self._first_line = b""
        if int(code) == _UNAVAILABLE:
            self.are_over = True
            self._wake()
        elif len(self._arrived) < len(self._phases):
            self._deadline = self._loop.time() + self._allowed(self._phases[len(self._arrived)])

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _watch(self) -> None:
        if self._waiter and self._loop.time() > self._deadline:
            self.end()
        else:
            self._watcher = self._loop.call_later(self._watch_seconds, self._watch)
