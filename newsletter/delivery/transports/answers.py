"""What a mail server answers, in order: bytes become answers, and who waits for them is called once.

It takes over a transport that aiosmtplib opened. No future and no timer is made for a message: one watch a connection
looks at the clock from time to time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from newsletter.model import Phase

_UNAVAILABLE = 421
#: Octets of a line that does not end: RFC 5321 §4.5.3.1.5 allows 512.
_LONGEST_LINE = 65_536


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds allowed to each step as a whole, not to each byte of it (RFC 5321 §4.5.3.2)."""

    connect: float = 30
    #: Greeting, EHLO, TLS, AUTH, MAIL, RCPT, each.
    command: float = 300
    data: float = 120
    #: The final dot: too short a wait here makes duplicates.
    dot: float = 600
    #: QUIT: a courtesy, and the shortest of all; every other timeout is noticed at most half as late.
    quit: float = 2

    def allowed(self, phase: Phase) -> float:
        """Seconds for the answer to one step."""
        if phase is Phase.DOT:
            return self.dot
        return self.data if phase is Phase.DATA else self.command


class Answer(NamedTuple):
    """One reply (RFC 5321 §4.2)."""

    code: int
    #: Its first line, after the code.
    text: str


#: Takes the answers to the steps it waited for; fewer when the conversation ended before the last.
Hear = Callable[[list[Answer]], None]


class Answers(asyncio.Protocol):
    """The receiving half of one conversation."""

    def __init__(self, transport: asyncio.Transport, *, timeouts: Timeouts) -> None:
        """Too long a wait is noticed half of `timeouts.quit` late at most."""
        #: True once nothing more can come.
        self.are_over = transport.is_closing()
        self._transport = transport
        self._timeouts = timeouts
        self._loop = asyncio.get_running_loop()
        self._partial = self._first_line = b""
        self._arrived: list[Answer] = []
        self._phases: Sequence[Phase] = ()
        #: Who waits for the answers to `_phases`.
        self._hear: Hear | None = None
        #: Since when the next answer is waited for, on the loop's clock; and how long it may take, if not as usual.
        self._since = 0.0
        self._seconds: float | None = None
        self._watcher = self._loop.call_later(timeouts.quit / 2, self._watch)
        transport.set_protocol(self)

    @property
    def are_expected(self) -> bool:
        """True while the server may be asked: it has said nothing that nobody asked for, not even 421."""
        return not (self.are_over or self._arrived)

    def expect(self, phases: Sequence[Phase], hear: Hear, *, seconds: float | None = None) -> None:
        """Have `hear` called with the answers to these steps: now, if they have come or nothing more can.

        It gets fewer when the conversation ended, or a 421 came, before the last.
        """
        self._phases, self._hear = phases, hear
        if self.are_over or len(self._arrived) >= len(phases):
            self._tell()
        else:
            self._since, self._seconds = self._loop.time(), seconds

    def unasked(self) -> list[Answer]:
        """What the server said though nobody asked."""
        said, self._arrived = self._arrived, []
        return said

    def end(self) -> None:
        """Drop the connection and what waits in its buffer."""
        self.are_over = True
        self._watcher.cancel()
        self._transport.abort()
        self._tell()

    # --- asyncio.Protocol --------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Lines, whole or not."""
        before = len(self._arrived)
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._read(line)
        if len(self._partial) > _LONGEST_LINE:
            self.end()
        elif self.are_over or len(self._arrived) >= len(self._phases):
            self._tell()
        elif len(self._arrived) > before:
            self._since = self._loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self.end()

    # --- within ------------------------------------------------------------------------------------------------

    def _read(self, line: bytes) -> None:
        """One line of a reply, the last one when no hyphen follows its code (RFC 5321 §4.2.1)."""
        if self.are_over:
            return
        read = _read_line(line)
        if read is None:
            self.end()
            return
        answer, is_last = read
        if self._first_line:
            answer = Answer(answer.code, _text(self._first_line))
        if not is_last:
            self._first_line = self._first_line or line
            return
        self._arrived.append(answer)
        self._first_line = b""
        if answer.code == _UNAVAILABLE:
            self.are_over = True

    def _tell(self) -> None:
        """Whoever waits hears what has come; once."""
        if hear := self._hear:
            self._hear, number = None, len(self._phases)
            answers, self._arrived = self._arrived[:number], self._arrived[number:]
            hear(answers)

    def _watch(self) -> None:
        if self._hear and self._loop.time() > self._since + self._patience():
            self.end()
        else:
            self._watcher = self._loop.call_later(self._timeouts.quit / 2, self._watch)

    def _patience(self) -> float:
        """Seconds for the answer that is waited for."""
        if self._seconds is not None:
            return self._seconds
        return self._timeouts.allowed(self._phases[min(len(self._arrived), len(self._phases) - 1)])


@lru_cache(maxsize=256)
def _read_line(line: bytes) -> tuple[Answer, bool] | None:
    """The answer a line makes by itself, and whether no more lines follow; None when it is no SMTP.

    Remembered: a server says the same few lines to every message.
    """
    code, mark = line[:3], line[3:4]
    if not code.isdigit() or mark not in (b" ", b"-", b"\r", b""):
        return None
    return Answer(int(code), _text(line)), mark != b"-"


def _text(line: bytes) -> str:
    return line[4:].decode("utf-8", "replace").rstrip("\r")
