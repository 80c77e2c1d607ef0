"""One open SMTP conversation: what is said to the server, and which of its answers decides.

aiosmtplib opened the connection; from then on its transport is ours. With pipelining (RFC 2920) MAIL, RCPT and DATA
leave in one write and their answers are read together, so a message costs two round trips instead of four; chained, the
next message's three commands leave with this one's final dot, and it costs one.

No coroutine, future or timer waits for a message: one generator says what there is to say, from the first message of a
bag to its last, and is sent the answers as they come.
"""

import asyncio
import re
from collections.abc import Generator, Sequence
from functools import lru_cache
from typing import Literal, cast

import aiosmtplib

from newsletter.delivery.headers import ADDRESS
from newsletter.delivery.transports.answers import Answer, Answers, Talk, Timeouts
from newsletter.errors import LostConnection, PermanentFailure
from newsletter.i18n import _
from newsletter.model import Phase, Prepared, Reply
from newsletter.ports import Bag

Pipelining = Literal["off", "group", "chain"]

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff]+")

_UNAVAILABLE = 421
_GO_ON = 354
#: The steps before a message's content (RFC 5321 §3.3), said together or one by one.
_ENVELOPE = (Phase.MAIL, Phase.RCPT, Phase.DATA)
_ONE_BY_ONE, _TOGETHER = tuple((phase,) for phase in _ENVELOPE), (_ENVELOPE,)
_MAIL, _DOT, _QUIT = (Phase.MAIL,), (Phase.DOT,), (Phase.CONNECT,)

#: A talk about one message, and the reply that decides.
Exchange = Generator[Sequence[Phase], Sequence[Answer], Reply]


class SmtpConnection:
    """One authenticated conversation, one message after the other."""

    def __init__(
        self, client: aiosmtplib.SMTP, *, timeouts: Timeouts, server: str, pipelining: Pipelining = "off"
    ) -> None:
        """Take over the client's transport; `pipelining` is done only if the server's last EHLO offers it."""
        self._client = client  # it keeps alive what the transport needs
        self._transport = cast(asyncio.Transport, client.transport)  # uvloop's are none by name
        self._timeouts = timeouts
        self._server = server
        self._pipelining: Pipelining = pipelining if client.supports_extension("pipelining") else "off"
        self._takes_size = client.supports_extension("size")
        #: The steps of an envelope that are said together.
        self._groups = _ONE_BY_ONE if self._pipelining == "off" else _TOGETHER
        #: The message whose envelope left with the content of the one before.
        self._announced: Prepared | None = None
        #: A refused transaction is open: MAIL may come after RSET only.
        self._is_open = False
        #: What the server last said to an envelope and to a dot that it took: as a rule it is the same each time.
        self._go_ahead: Sequence[Answer] | None = None
        self._taken: tuple[Sequence[Answer], Reply | None] = ((), None)
        self._answers = Answers(self._transport, timeouts=timeouts)

    async def carry(self, bag: Bag) -> None:
        """Hand over what the bag holds: see `ports.Connection`.

        Broken off, the connection is closed: only that says that a message without its dot is none (RFC 5321 §4.1.1.4).
        """
        await self._answers.follow(self._talk(bag))

    async def close(self) -> None:
        """Say QUIT if that is still possible; never raises."""
        if self._answers.are_expected and not self._announced:
            await self._answers.follow(self._goodbye(), seconds=self._timeouts.quit)
        self._answers.end()

    # --- the talk ----------------------------------------------------------------------------------------------

    def _talk(self, bag: Bag) -> Talk:
        """One message after the other, while the bag has one that need not wait."""
        while message := bag.take():
            try:
                commands = self._commands(message)
            except PermanentFailure as error:
                bag.refuse(error)
                continue
            reply = yield from self._hand_over(message, commands, bag)
            if not bag.settle(reply):
                return

    def _hand_over(self, message: Prepared, commands: Sequence[bytes], bag: Bag) -> Exchange:
        """The envelope, then the content if the server takes it; returns the answer that decides."""
        if self._is_open:
            yield from self._reset()
        for phases, command in zip(self._groups, commands, strict=True):
            self._say(command, phases)
            answers = yield phases
            if answers is not self._go_ahead and (refusal := self._refusal(phases, answers)):
                if answers[-1].code == _GO_ON:
                    # It takes the content of a message whose recipient it refused: it is given none (RFC 2920 §3.1).
                    self._transport.write(b".\r\n")
                    yield _DOT
                return refusal
        return (yield from self._leave(message, bag))

    def _reset(self) -> Talk:
        """Close the refused transaction."""
        self._say(b"RSET\r\n", _MAIL)
        self._first(Phase.MAIL, (yield _MAIL))
        self._is_open = False

    def _goodbye(self) -> Talk:
        self._transport.write(b"QUIT\r\n")
        yield _QUIT

    def _leave(self, message: Prepared, bag: Bag) -> Exchange:
        """The message and its dot in one write, once the bag lets it; the next one is made meanwhile.

        Its envelope leaves in the same write when the conversation is chained.
        """
        bag.release()
        if not self._answers.are_expected:
            raise self._lost(Phase.DATA)
        if self._pipelining == "chain":
            self._transport.write(b"".join([*message.content, b".\r\n", self._announcement(bag)]))
        else:
            self._transport.write(b"".join([*message.content, b".\r\n"]))
            bag.look_ahead()
        answers = yield _DOT
        usual, reply = self._taken
        if answers is not usual or reply is None:
            reply = self._first(Phase.DOT, answers)
            self._taken = answers, reply
        return reply

    # --- what is said ------------------------------------------------------------------------------------------

    def _say(self, command: bytes, phases: Sequence[Phase]) -> None:
        """Commands of these steps, unless they were announced. Raises LostConnection when the server said goodbye."""
        if not command:
            return
        if not self._answers.are_expected:
            self._first(phases[0], self._answers.unasked())
            raise self._lost(phases[0])
        self._transport.write(command)

    def _commands(self, message: Prepared) -> Sequence[bytes]:
        """What is to be said in each of the groups: nothing more of the message that was announced.

        Raises PermanentFailure on an address that none can hold.
        """
        if not self._announced:
            return self._envelope(message)
        assert self._announced is message, "another message was announced"
        self._announced = None
        return (b"",)

    def _announcement(self, bag: Bag) -> bytes:
        if not (message := bag.look_ahead()):
            return b""
        try:
            (envelope,) = self._envelope(message)
        except PermanentFailure:  # said when its turn comes
            return b""
        self._announced = message
        return envelope

    def _envelope(self, message: Prepared) -> Sequence[bytes]:
        """The commands of the three steps, by group."""
        # RFC 1870: a message too big for the server is refused before it travels.
        size = b" SIZE=%d" % sum(map(len, message.content)) if self._takes_size else b""
        sender, recipient = _checked(message.sender), _checked(message.recipient)
        if self._groups is _TOGETHER:
            return (b"MAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\nDATA\r\n" % (sender, size, recipient),)
        return b"MAIL FROM:<%b>%b\r\n" % (sender, size), b"RCPT TO:<%b>\r\n" % recipient, b"DATA\r\n"

    # --- what is heard -----------------------------------------------------------------------------------------

    def _refusal(self, phases: Sequence[Phase], answers: Sequence[Answer]) -> Reply | None:
        """The first no, whatever broke after it; None when there is none, and none is missing."""
        for phase, answer in zip(phases, answers, strict=False):
            if answer.code >= 400 or not _is_possible(phase, answer.code):
                self._is_open = True
                return self._reply(phase, answer)
        if len(answers) < len(phases):
            raise self._lost(phases[len(answers)])
        if phases is _ENVELOPE:
            self._go_ahead = answers
        return None

    def _first(self, phase: Phase, answers: Sequence[Answer]) -> Reply:
        if not answers:
            raise self._lost(phase)
        return self._reply(phase, answers[0])

    def _reply(self, phase: Phase, answer: Answer) -> Reply:
        """The answer as a Reply; a 421, or what no server may say here, ends the conversation."""
        if answer.code == _UNAVAILABLE:
            said = _("{server} closed the conversation: {text}", server=self._server, text=first_line(answer.text))
            raise LostConnection(said, phase=phase, answered=True)
        if not _is_possible(phase, answer.code):
            raise self._lost(phase)
        return _as_reply(phase, answer)

    def _lost(self, phase: Phase) -> LostConnection:
        return LostConnection(_("the connection to {server} broke", server=self._server), phase=phase)


@lru_cache(maxsize=256)
def _as_reply(phase: Phase, answer: Answer) -> Reply:
    """Remembered: a server says the same to every message."""
    return Reply(phase=phase, code=answer.code, enhanced=enhanced(answer.text), text=first_line(answer.text))


def first_line(text: str) -> str:
    """The first line of what a server said, fit for a terminal and a database: at most 200 characters."""
    return _UNPRINTABLE.sub(" ", text.split("\n", 1)[0]).strip()[:200]


def enhanced(text: str) -> str:
    """The enhanced status code that the text starts with (RFC 2034 §4), or ""."""
    match = _ENHANCED.match(text)
    return match[1] if match else ""


def _is_possible(phase: Phase, code: int) -> bool:
    """RFC 5321 §4.3.2: 354 answers DATA and nothing else, 2xx never does."""
    return 400 <= code < 600 or (code == _GO_ON if phase is Phase.DATA else 200 <= code < 300)


def _checked(address: str) -> bytes:
    """The address as bytes of a command: nothing else may stand between `<` and `>`; raises PermanentFailure."""
    if not ADDRESS.fullmatch(address):
        raise PermanentFailure(_("“{address}” is not an address that can be sent to", address=first_line(address)))
    return address.encode("ascii")
