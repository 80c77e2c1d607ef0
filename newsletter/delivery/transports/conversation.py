"""One open SMTP conversation: what is said to the server, and which of its answers decides.

aiosmtplib opened the connection; from then on its transport is ours. With pipelining (RFC 2920) MAIL, RCPT and DATA
leave in one write and their answers are read together, so a message costs two round trips instead of four; chained, the
next message's three commands leave with this one's final dot, and it costs one.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, cast

import aiosmtplib

from newsletter.delivery.headers import ADDRESS
from newsletter.delivery.transports.answers import Answer, Answers, Timeouts
from newsletter.errors import LostConnection, PermanentFailure
from newsletter.i18n import _
from newsletter.model import Phase, Reply

Pipelining = Literal["off", "group", "chain"]
#: Envelope sender, envelope recipient, content: what `send` takes.
Next = tuple[str, str, Sequence[bytes]]

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff]+")

_UNAVAILABLE = 421
_GO_ON = 354
_ENVELOPE = (Phase.MAIL, Phase.RCPT, Phase.DATA)


class _Envelope(NamedTuple):
    """The three commands before a message's content (RFC 5321 §3.3)."""

    mail: bytes
    rcpt: bytes
    data: bytes = b"DATA\r\n"


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
        #: The envelope that left with the content of the message before.
        self._ahead: _Envelope | None = None
        #: A refused transaction is open: MAIL may come after RSET only.
        self._is_open = False
        self._answers = Answers(self._transport, timeouts=timeouts)

    async def send(
        self,
        sender: str,
        recipient: str,
        content: Sequence[bytes],
        *,
        before_dot: Callable[[], Awaitable[None]],
        following: Callable[[], Next | None] = lambda: None,
    ) -> Reply:
        """Hand over one message: see `ports.Connection`; raises PermanentFailure on a wrong address, unsent."""
        envelope = self._envelope(sender, recipient, content)
        try:
            return await self._offer(envelope) or await self._content(content, before_dot, following)
        except BaseException:
            # Without its dot the message is not accepted, and only a closed connection says so (RFC 5321 §4.1.1.4).
            self._answers.end()
            raise

    async def close(self) -> None:
        """Say QUIT if that is still possible; never raises."""
        if self._answers.are_expected and not self._ahead:
            self._transport.write(b"QUIT\r\n")
            await self._answers.to((Phase.CONNECT,), seconds=self._timeouts.quit)
        self._answers.end()

    def _envelope(self, sender: str, recipient: str, content: Sequence[bytes]) -> _Envelope:
        # RFC 1870: a message too big for the server is refused before it travels.
        size = b" SIZE=%d" % sum(map(len, content)) if self._takes_size else b""
        return _Envelope(
            b"MAIL FROM:<%b>%b\r\n" % (_checked(sender), size),
            b"RCPT TO:<%b>\r\n" % _checked(recipient),
        )

    async def _offer(self, envelope: _Envelope) -> Reply | None:
        """Say the envelope, unless it left ahead; the reply that refuses the message, or None: its content may come."""
        if self._ahead:
            assert self._ahead == envelope, "another message was announced"
            self._ahead = None
            return await self._refusal(_ENVELOPE)
        await self._reset()
        if self._pipelining != "off":
            self._transport.write(b"".join(envelope))
            return await self._refusal(_ENVELOPE)
        for phase, command in zip(_ENVELOPE, envelope, strict=True):
            self._transport.write(command)
            if refusal := await self._refusal((phase,)):
                return refusal
        return None

    async def _reset(self) -> None:
        """Leave a refused transaction. Raises LostConnection when the server is gone, or said goodbye meanwhile."""
        if self._is_open and self._answers.are_expected:
            self._transport.write(b"RSET\r\n")
            self._first(Phase.MAIL, await self._answers.to((Phase.MAIL,)))
            self._is_open = False
        if not self._answers.are_expected:
            self._first(Phase.MAIL, await self._answers.to((Phase.MAIL,)))
            raise self._lost(Phase.MAIL)

    async def _refusal(self, phases: Sequence[Phase]) -> Reply | None:
        """The first answer that is a no; None when all say yes. What broke after it changes nothing.

        Raises LostConnection when the conversation ended before that.
        """
        answers = await self._answers.to(phases)
        for phase, answer in zip(phases, answers, strict=False):
            if answer.code < 400 and _is_possible(phase, answer.code):
                continue
            reply = self._reply(phase, answer)
            self._is_open = True
            if answers[-1].code == _GO_ON:
                await self._send_nothing()
            return reply
        if len(answers) < len(phases):
            raise self._lost(phases[len(answers)])
        return None

    async def _send_nothing(self) -> None:
        """A server that takes the content of a message whose recipient it refused is given none (RFC 2920 §3.1)."""
        self._transport.write(b".\r\n")
        await self._answers.to((Phase.DOT,))

    async def _content(
        self,
        content: Sequence[bytes],
        before_dot: Callable[[], Awaitable[None]],
        following: Callable[[], Next | None],
    ) -> Reply:
        """The message and its dot in one write, once `before_dot` allows it; the next one is made meanwhile.

        Its envelope leaves in the same write when the conversation is chained.
        """
        await before_dot()
        if not self._answers.are_expected:
            raise self._lost(Phase.DATA)
        if self._pipelining == "chain":
            self._transport.writelines([*content, b".\r\n", *self._announced(following)])
        else:
            self._transport.writelines([*content, b".\r\n"])
            following()
        return self._first(Phase.DOT, await self._answers.to((Phase.DOT,)))

    def _announced(self, following: Callable[[], Next | None]) -> Sequence[bytes]:
        if not (message := following()):
            return ()
        try:
            self._ahead = self._envelope(*message)
        except PermanentFailure:  # said when its turn comes
            return ()
        return self._ahead

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
