"""One open SMTP conversation: what is said to the server, and which of its answers decides.

aiosmtplib opened the connection; from then on its transport is ours. With pipelining (RFC 2920) MAIL, RCPT and DATA
leave in one write and their answers are read together, so a message costs two round trips instead of four; chained, the
next message's three commands leave with this one's final dot, and it costs one.

Nothing waits for a message, no coroutine and no future: a step says something to the server, and names the step that
hears what it answers.

    begin → say → heard → leave → answered → begin …
                  refused → (given nothing) → begin …
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Literal, cast

import aiosmtplib

from newsletter.delivery.headers import ADDRESS
from newsletter.delivery.transports.answers import Answer, Answers, Timeouts
from newsletter.errors import LostConnection, PermanentFailure
from newsletter.i18n import _
from newsletter.model import Phase, Prepared, Reply
from newsletter.ports import Bag

Pipelining = Literal["off", "group", "chain"]

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff]+")

_UNAVAILABLE = 421
_GO_ON = 354
#: The steps before a message's content (RFC 5321 §3.3), and what a server answers to them as a rule.
_ENVELOPE = (Phase.MAIL, Phase.RCPT, Phase.DATA)
_AS_A_RULE = [250, 250, _GO_ON]
_DOT = (Phase.DOT,)


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
        self._bag: Bag
        #: Done when `carry` is.
        self._through: asyncio.Future[None]
        #: What is in transaction.
        self._content: Sequence[bytes] = ()
        #: Commands of its envelope that are still to come.
        self._unsaid: list[bytes] = []
        #: The steps whose answers are waited for.
        self._asked: Sequence[Phase] = ()
        #: The message whose envelope left with the content of the one before.
        self._announced: Prepared | None = None
        #: A refused transaction is open: MAIL may come after RSET only.
        self._is_open = False
        self._answers = Answers(self._transport, timeouts=timeouts)

    async def carry(self, bag: Bag) -> None:
        """Hand over what the bag holds: see `ports.Connection`."""
        self._bag, self._through = bag, asyncio.get_running_loop().create_future()
        self._go(self._begin)
        try:
            await self._through
        except BaseException:
            # Without its dot the message is not accepted, and only a closed connection says so (RFC 5321 §4.1.1.4).
            self._answers.end()
            raise

    async def close(self) -> None:
        """Say QUIT if that is still possible; never raises."""
        if self._answers.are_expected and not self._announced:
            heard = asyncio.Event()
            self._transport.write(b"QUIT\r\n")
            self._answers.expect((Phase.CONNECT,), lambda _said: heard.set(), seconds=self._timeouts.quit)
            await heard.wait()
        self._answers.end()

    # --- the steps of one message ------------------------------------------------------------------------------

    def _go(self, step: Callable[..., None], *heard: list[Answer]) -> None:
        """One step, unless the conversation is over: what breaks it is raised where `carry` is awaited."""
        if not self._through.done():
            try:
                step(*heard)
            except Exception as error:
                self._through.set_exception(error)

    def _hear(self, phases: Sequence[Phase], step: Callable[[list[Answer]], None]) -> None:
        """Go on with this step once the answers to these phases have come."""
        self._answers.expect(phases, partial(self._go, step))

    def _begin(self) -> None:
        """Take the next message, and say its envelope unless that left ahead; with none, `carry` is through."""
        while message := self._bag.take():
            self._content = message.content
            if self._announced:
                assert self._announced is message, "another message was announced"
                self._announced = None
                self._ask(_ENVELOPE)
                return
            try:
                self._unsaid = self._envelope(message)
            except PermanentFailure as error:
                self._bag.refuse(error)
                continue
            if self._is_open and self._answers.are_expected:
                self._transport.write(b"RSET\r\n")
                self._hear((Phase.MAIL,), self._reset)
            else:
                self._say()
            return
        self._through.set_result(None)

    def _reset(self, answers: list[Answer]) -> None:
        """The refused transaction is closed."""
        self._first(Phase.MAIL, answers)
        self._is_open = False
        self._say()

    def _say(self) -> None:
        """What is left of the envelope, or one command of it. Raises LostConnection when the server said goodbye."""
        phases = _ENVELOPE[-len(self._unsaid) :]
        if not self._answers.are_expected:
            self._first(phases[0], self._answers.unasked())
            raise self._lost(phases[0])
        if self._pipelining == "off":
            phases = phases[:1]
        self._transport.write(b"".join(self._unsaid[: len(phases)]))
        self._unsaid = self._unsaid[len(phases) :]
        self._ask(phases)

    def _ask(self, phases: Sequence[Phase]) -> None:
        self._asked = phases
        self._hear(phases, self._heard)

    def _heard(self, answers: list[Answer]) -> None:
        """What the server says to the envelope: the first no decides, whatever broke after it."""
        if [answer.code for answer in answers] != _AS_A_RULE:
            for phase, answer in zip(self._asked, answers, strict=False):
                if answer.code >= 400 or not _is_possible(phase, answer.code):
                    self._refused(self._reply(phase, answer), has_354=answers[-1].code == _GO_ON)
                    return
            if len(answers) < len(self._asked):
                raise self._lost(self._asked[len(answers)])
            if self._unsaid:
                self._say()
                return
        self._leave()

    def _refused(self, reply: Reply, *, has_354: bool) -> None:
        """A server that takes the content of a message whose recipient it refused is given none (RFC 2920 §3.1)."""
        self._is_open, self._unsaid = True, []
        if has_354:
            self._transport.write(b".\r\n")
            self._hear(_DOT, lambda _ignored: self._settle(reply))
        else:
            self._settle(reply)

    def _leave(self) -> None:
        """The message and its dot in one write, once the bag lets it; the next one is made meanwhile.

        Its envelope leaves in the same write when the conversation is chained.
        """
        self._bag.release()
        if not self._answers.are_expected:
            raise self._lost(Phase.DATA)
        if self._pipelining == "chain":
            self._transport.write(b"".join([*self._content, b".\r\n", *self._announcement()]))
        else:
            self._transport.write(b"".join([*self._content, b".\r\n"]))
            self._bag.look_ahead()
        self._hear(_DOT, self._answered)

    def _announcement(self) -> Sequence[bytes]:
        if not (message := self._bag.look_ahead()):
            return ()
        try:
            envelope = self._envelope(message)
        except PermanentFailure:  # said when its turn comes
            return ()
        self._announced = message
        return envelope

    def _answered(self, answers: list[Answer]) -> None:
        """What the server says to the final dot."""
        self._settle(self._first(Phase.DOT, answers))

    def _settle(self, reply: Reply) -> None:
        if self._bag.settle(reply):
            self._begin()
        else:
            self._through.set_result(None)

    # --- what is said ------------------------------------------------------------------------------------------

    def _envelope(self, message: Prepared) -> list[bytes]:
        """The commands of the three steps; raises PermanentFailure on an address that none can hold."""
        # RFC 1870: a message too big for the server is refused before it travels.
        size = b" SIZE=%d" % sum(map(len, message.content)) if self._takes_size else b""
        return [
            b"MAIL FROM:<%b>%b\r\n" % (_checked(message.sender), size),
            b"RCPT TO:<%b>\r\n" % _checked(message.recipient),
            b"DATA\r\n",
        ]

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
