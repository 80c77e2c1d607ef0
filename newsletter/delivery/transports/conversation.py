"""One open SMTP conversation: messages go through it in lock-step, MAIL, RCPT, DATA, dot (RFC 5321 §3.3)."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponse

from newsletter.delivery.headers import ADDRESS
from newsletter.errors import LostConnection, PermanentFailure
from newsletter.i18n import _
from newsletter.model import Phase, Reply

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff]+")

_UNAVAILABLE = 421
_GO_ON = 354


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds allowed to each step as a whole, not to each byte of it (RFC 5321 §4.5.3.2)."""

    connect: float = 30
    #: Greeting, EHLO, TLS, AUTH, MAIL, RCPT, each.
    command: float = 300
    data: float = 120
    #: The final dot: too short a wait here makes duplicates.
    dot: float = 600
    #: QUIT: a courtesy.
    quit: float = 2


class SmtpConnection:
    """One authenticated conversation, one message at a time."""

    def __init__(self, client: aiosmtplib.SMTP, *, timeouts: Timeouts, server: str) -> None:
        self._client = client
        self._transport = client.transport
        self._timeouts = timeouts
        self._server = server

    async def send(
        self,
        sender: str,
        recipient: str,
        content: Sequence[bytes],
        *,
        before_dot: Callable[[], Awaitable[None]],
    ) -> Reply:
        """Hand over one message: see `ports.Connection`; raises PermanentFailure on a wrong address, unsent."""
        envelope = _checked(sender), _checked(recipient)
        try:
            return await self._transaction(envelope, content, before_dot)
        except BaseException:
            # Without its dot the message is not accepted, and only a closed connection says so (RFC 5321 §4.1.1.4).
            self._abort()
            raise

    async def close(self) -> None:
        """Say QUIT if that is still possible; never raises."""
        with suppress(SMTPException, OSError):
            await self._client.quit(timeout=self._timeouts.quit)
        self._abort()

    async def _transaction(
        self, envelope: tuple[bytes, bytes], content: Sequence[bytes], before_dot: Callable[[], Awaitable[None]]
    ) -> Reply:
        sender, recipient = envelope
        # RFC 1870: a message too big for the server is refused before it travels.
        size = [b"SIZE=%d" % sum(map(len, content))] if self._client.supports_extension("size") else []
        reply = await self._command(Phase.MAIL, b"MAIL", b"FROM:<" + sender + b">", *size)
        if reply.code // 100 != 2:
            return reply
        reply = await self._command(Phase.RCPT, b"RCPT", b"TO:<" + recipient + b">")
        if reply.code // 100 == 2:
            reply = await self._command(Phase.DATA, b"DATA")
            if reply.code == _GO_ON:
                return await self._content(content, before_dot)
        await self._reset()
        return reply

    async def _content(self, content: Sequence[bytes], before_dot: Callable[[], Awaitable[None]]) -> Reply:
        """The message, then the dot: while `before_dot` waits for the disk, the content is already on its way."""
        protocol = self._client.protocol
        if protocol is None:
            raise self._lost(Phase.DATA)
        try:
            protocol.write(b"".join(content))
            await before_dot()
            protocol.write(b".\r\n")
        except SMTPException:
            raise self._lost(Phase.DATA) from None
        try:
            answer = await protocol.read_response(timeout=self._timeouts.dot)
        except SMTPException:
            raise self._lost(Phase.DOT) from None
        return self._reply(Phase.DOT, answer)

    async def _command(self, phase: Phase, *words: bytes) -> Reply:
        timeout = self._timeouts.data if phase is Phase.DATA else self._timeouts.command
        try:
            answer = await self._client.execute_command(*words, timeout=timeout)
        except SMTPException:
            raise self._lost(phase) from None
        return self._reply(phase, answer)

    async def _reset(self) -> None:
        """End the refused transaction; if that fails, the next message will notice, before anything is at stake."""
        with suppress(SMTPException):
            await self._client.execute_command(b"RSET", timeout=self._timeouts.command)

    def _reply(self, phase: Phase, answer: SMTPResponse) -> Reply:
        """The answer as a Reply; a 421, or what no server may say here, ends the conversation."""
        text = first_line(answer.message)
        if answer.code == _UNAVAILABLE:
            said = _("{server} closed the conversation: {text}", server=self._server, text=text)
            raise LostConnection(said, phase=phase, answered=True)
        if not _is_possible(phase, answer.code):
            raise self._lost(phase)
        return Reply(phase=phase, code=answer.code, enhanced=enhanced(answer.message), text=text)

    def _lost(self, phase: Phase) -> LostConnection:
        return LostConnection(_("the connection to {server} broke", server=self._server), phase=phase)

    def _abort(self) -> None:
        """Drop the connection and what waits in its buffer."""
        self._client.close()
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()


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
