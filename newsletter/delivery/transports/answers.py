"""What a mail server answers, in order: bytes become answers, and the talk that waits for them goes on.

It takes over a transport that aiosmtplib opened. No future and no timer is made for a message: one watch a connection
looks at the clock from time to time.
"""

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from newsletter.model import Phase

_UNAVAILABLE = 421
#: What may follow the three digits: a line of a reply, or its last, which may be empty.
_MARKS = (b"-", b" ", b"\r", b"\n")
#: Octets of a reply that does not end: RFC 5321 §4.5.3.1.5 allows 512 a line.
_LONGEST_REPLY = 65_536


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


#: Our part of a conversation: it says something, yields the steps whose answers it needs, and is sent those. They are
#: fewer when the conversation ended, or a 421 came, before the last.
Talk = Generator[Sequence[Phase], Sequence[Answer], None]


class Answers(asyncio.Protocol):
    """The receiving half of one conversation."""

    def __init__(self, transport: asyncio.Transport, *, timeouts: Timeouts) -> None:
        """Too long a wait is noticed half of `timeouts.quit` late at most."""
        #: True once nothing more can come.
        self.are_over = transport.is_closing()
        self._transport = transport
        self._timeouts = timeouts
        self._loop = asyncio.get_running_loop()
        #: What has come of a reply that is not whole.
        self._partial = b""
        self._arrived: tuple[Answer, ...] = ()
        #: Who waits for the answers to `_phases`; and what is done when it is through.
        self._talk: Talk | None = None
        self._phases: Sequence[Phase] = ()
        self._through: asyncio.Future[None]
        #: Since when the next answer is waited for, on the loop's clock; and how long it may take, if not as usual.
        self._since = 0.0
        self._seconds: float | None = None
        self._watcher = self._loop.call_later(timeouts.quit / 2, self._watch)
        transport.set_protocol(self)

    @property
    def are_expected(self) -> bool:
        """True while the server may be asked: it has said nothing that nobody asked for, not even 421."""
        return not (self.are_over or self._arrived)

    async def follow(self, talk: Talk, *, seconds: float | None = None) -> None:
        """Lead a talk to its end, `seconds` for each answer if not as usual; raises what it raises.

        Cut short, the conversation ends with it.
        """
        self._talk, self._phases, self._seconds = talk, (), seconds
        self._through = self._loop.create_future()
        self._go_on(talk, None)
        self._tell()
        try:
            await self._through
        except BaseException:
            self._talk = None
            self.end()
            raise

    def unasked(self) -> Sequence[Answer]:
        """What the server said though nobody asked."""
        said, self._arrived = self._arrived, ()
        return said

    def end(self) -> None:
        """Drop the connection and what waits in its buffer."""
        self.are_over = True
        self._watcher.cancel()
        self._transport.abort()
        self._tell()

    # --- asyncio.Protocol --------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Replies, whole or not."""
        if self.are_over:
            return
        answers, rest = _read(self._partial + data)
        # As a rule these are all, the very tuple that is remembered.
        self._arrived = self._arrived + answers if self._arrived else answers
        if rest is None or len(rest) > _LONGEST_REPLY:
            self.end()
            return
        self._partial = rest
        if answers:
            self.are_over = answers[-1].code == _UNAVAILABLE
            self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self.end()

    # --- within ------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """The talk hears what it waits for, once that is there or nothing more can come."""
        while (talk := self._talk) and (self.are_over or len(self._arrived) >= len(self._phases)):
            if self._through.done():  # nobody follows it any more
                return
            number = len(self._phases)
            said, self._arrived = self._arrived[:number], self._arrived[number:]
            self._go_on(talk, said)
        self._since = self._loop.time()

    def _go_on(self, talk: Talk, said: Sequence[Answer] | None) -> None:
        """One step of the talk, the first one without a word; what ends it is told to whoever follows it."""
        try:
            self._phases = next(talk) if said is None else talk.send(said)
        except StopIteration:
            self._talk = None
            self._through.set_result(None)
        except Exception as error:
            self._talk = None
            self._through.set_exception(error)

    def _watch(self) -> None:
        if self._talk and self._loop.time() > self._since + self._patience():
            self.end()
        else:
            self._watcher = self._loop.call_later(self._timeouts.quit / 2, self._watch)

    def _patience(self) -> float:
        """Seconds for the answer that is waited for."""
        if self._seconds is not None:
            return self._seconds
        return self._timeouts.allowed(self._phases[min(len(self._arrived), len(self._phases) - 1)])


@lru_cache(maxsize=64)
def _read(said: bytes) -> tuple[tuple[Answer, ...], bytes | None]:
    """The whole replies, up to a 421, and the beginning of the next; None instead of that once it is no SMTP.

    The last line of a reply is the one with no hyphen after its code (RFC 5321 §4.2.1), the first one has the text.
    Remembered: a server says the same few things to every message.
    """
    answers: list[Answer] = []
    begins = at = 0
    while ends := said.find(b"\n", at) + 1:
        code, mark = said[at : at + 3], said[at + 3 : at + 4]
        if not code.isdigit() or mark not in _MARKS:
            return tuple(answers), None
        if mark != b"-":
            first = said[begins:ends].split(b"\n", 1)[0]
            answers.append(Answer(int(code), first[4:].decode("utf-8", "replace").rstrip("\r")))
            begins = ends
            if answers[-1].code == _UNAVAILABLE:
                break
        at = ends
    return tuple(answers), said[begins:]
