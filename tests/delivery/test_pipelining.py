"""Commands travel in groups where the server offers it, and every answer is understood."""

import asyncio
from copy import deepcopy
from typing import cast

import aiosmtplib
import pytest

from newsletter.delivery.transports.conversation import SmtpConnection
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import LostConnection, PermanentFailure
from newsletter.model import Phase, Prepared, Reply
from tests.delivery.conversations import ALL, SHORT, USUAL, settings, to
from tests.fault_server import EXTENSIONS, Fault, FaultServer
from tests.list_bag import ListBag

MODES = ("off", "group", "chain")


def deliver(server: FaultServer, *recipients: str, pipelining: str) -> list[Reply | LostConnection]:
    """One connection, and what came of each message, as a lane would see it."""

    async def run() -> list[Reply | LostConnection]:
        connection = await SmtpTransport(settings(server, pipelining=pipelining), timeouts=SHORT).connect()
        bag = ListBag(map(to, recipients))
        try:
            await connection.carry(bag)
        except LostConnection as error:
            return [*bag.replies, error]
        finally:
            await connection.close()
        assert not bag.waiting
        if bag.refused:
            raise bag.refused[0]
        return bag.replies

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("pipelining", "extensions", "commands"),
    [
        ("off", EXTENSIONS, 1),
        ("group", EXTENSIONS, 2),
        ("chain", EXTENSIONS, 2),
        ("group", EXTENSIONS[1:], 1),
        ("chain", EXTENSIONS[1:], 1),
    ],
)
def test_commands_are_grouped_only_when_the_server_offers_it(pipelining, extensions, commands):
    """DATA is heard after a refused RCPT only from a client that did not wait for the answer."""
    with FaultServer(extensions=extensions, faults=[Fault(at="RCPT", who="^a@", does="550 5.1.1 no")]) as server:
        refused, kept = deliver(server, "a@example.org", "b@example.org", pipelining=pipelining)
    assert (refused.phase, refused.code, kept.code) == (Phase.RCPT, 550, 250)
    assert server.said("DATA") == commands
    assert (server.said("RSET"), server.all_connections) == (1, 1)


def test_a_chained_envelope_leaves_with_the_content_of_the_message_before():
    class Hesitant(ListBag):
        """Gives the second message when it is asked again."""

        hesitates = True

        def take(self) -> Prepared | None:
            if self.replies and self.hesitates:
                self.hesitates = False
                return None
            return super().take()

    async def run() -> None:
        connection = await SmtpTransport(settings(server, pipelining="chain"), timeouts=USUAL).connect()
        bag = Hesitant(map(to, ALL[:2]))
        await connection.carry(bag)
        assert len(bag.replies) == 1
        while server.said("DATA") < 2:
            await asyncio.sleep(0)
        await connection.carry(bag)
        await connection.close()

    with FaultServer() as server:
        asyncio.run(run())
    assert server.recipients == [*ALL[:2]]
    assert (server.said("MAIL"), server.said("QUIT")) == (2, 1)


def test_an_announced_message_that_is_not_taken_leaves_nothing_behind():
    class Halting(ListBag):
        def take(self) -> Prepared | None:
            return None if self.replies else super().take()

    async def run() -> None:
        connection = await SmtpTransport(settings(server, pipelining="chain"), timeouts=USUAL).connect()
        await connection.carry(Halting(map(to, ALL)))
        await connection.close()

    with FaultServer() as server:
        asyncio.run(run())
    assert server.recipients == [ALL[0]]
    assert server.said("QUIT") == 0


def test_an_announced_address_that_no_command_can_hold_concerns_nobody_else():
    with FaultServer() as server, pytest.raises(PermanentFailure, match="x y@"):
        deliver(server, "a@example.org", "x y@example.org", pipelining="chain")
    assert server.recipients == ["a@example.org"]


#: What comes back for the second of three messages → the step and code that decide it, and whether the third arrives.
ROWS = {
    "RCPT 4xx": ([Fault(at="RCPT", who="^b", does="450 4.2.0 later")], (Phase.RCPT, 450), True),
    "RCPT 5xx": ([Fault(at="RCPT", who="^b", does="550 5.1.1 no")], (Phase.RCPT, 550), True),
    "MAIL 4xx": ([Fault(at="MAIL", after=1, times=1, does="451 4.7.1 slower")], (Phase.MAIL, 451), True),
    "MAIL 5xx": ([Fault(at="MAIL", after=1, times=1, does="550 5.7.1 no")], (Phase.MAIL, 550), True),
    "DATA 4xx": ([Fault(at="DATA", who="^b", does="451 4.3.0 no")], (Phase.DATA, 451), True),
    "DATA 5xx": ([Fault(at="DATA", who="^b", does="554 5.5.0 no")], (Phase.DATA, 554), True),
    "dot refused": ([Fault(at="DOT", who="^b", does="554 5.7.1 spam")], (Phase.DOT, 554), True),
    "421 at MAIL": ([Fault(at="MAIL", after=1, does="421 4.3.2 bye")], (Phase.MAIL, True), False),
    "421 at RCPT": ([Fault(at="RCPT", who="^b", does="421 4.3.2 bye")], (Phase.RCPT, True), False),
    "421 at DATA": ([Fault(at="DATA", who="^b", does="421 4.3.2 bye")], (Phase.DATA, True), False),
    "421 to the dot": ([Fault(at="DOT", who="^b", does="421 4.3.2 bye")], (Phase.DOT, True), False),
    "drops at RCPT": ([Fault(at="RCPT", who="^b", does="drop")], (Phase.RCPT, False), False),
    "drops before 354": ([Fault(at="DATA", who="^b", does="drop")], (Phase.DATA, False), False),
    "drops after the dot": ([Fault(at="DOT", who="^b", does="keep+drop")], (Phase.DOT, False), False),
    "not SMTP after the dot": ([Fault(at="DOT", who="^b", does="keep+garbage")], (Phase.DOT, False), False),
    "354 to MAIL": ([Fault(at="MAIL", after=1, does="354 go on")], (Phase.MAIL, False), False),
    "250 to DATA": ([Fault(at="DATA", who="^b", does="250 2.0.0 ok")], (Phase.DATA, False), False),
}


@pytest.mark.parametrize("pipelining", MODES)
@pytest.mark.parametrize("row", ROWS)
def test_every_answer_inside_a_group_is_understood(row, pipelining):
    faults, (phase, said), third = deepcopy(ROWS[row])
    with FaultServer(faults=faults) as server:
        first, second, *rest = deliver(server, *ALL, pipelining=pipelining)
    assert first.code == 250
    assert (second.phase, second.answered if isinstance(second, LostConnection) else second.code) == (phase, said)
    assert [reply.code for reply in rest] == [250] * third
    assert server.recipients.count(ALL[0]) == 1
    assert server.recipients.count(ALL[2]) == third


@pytest.mark.parametrize("pipelining", ["group", "chain"])
def test_a_354_after_a_refused_recipient_is_given_an_empty_content_and_the_refusal_stands(pipelining):
    fault = Fault(at="RCPT", who="^b", does="550 5.1.1 no")
    with FaultServer(faults=[fault], goes_on_anyway=True) as server:
        outcomes = deliver(server, *ALL, pipelining=pipelining)
    assert [(reply.phase, reply.code) for reply in outcomes] == [(Phase.DOT, 250), (Phase.RCPT, 550), (Phase.DOT, 250)]
    assert server.recipients == [ALL[0], ALL[2]]


@pytest.mark.parametrize("pipelining", MODES)
def test_what_was_answered_before_a_goodbye_stands(pipelining):
    fault = Fault(at="RCPT", who="^b", does="550 5.1.1 no\r\n421 4.3.2 bye")
    with FaultServer(faults=[fault]) as server:
        first, second, third = deliver(server, *ALL, pipelining=pipelining)
    assert (first.code, second.code, second.phase) == (250, 550, Phase.RCPT)
    assert isinstance(third, LostConnection)
    assert third.phase is Phase.MAIL


@pytest.mark.parametrize("pipelining", ["off", "group"])
def test_a_goodbye_between_two_messages_touches_neither(pipelining):
    fault = Fault(at="DOT", who="^a", does="keep+250 2.0.0 kept\r\n421 4.4.2 idle too long")
    with FaultServer(faults=[fault]) as server:
        first, second = deliver(server, *ALL, pipelining=pipelining)
    assert first.code == 250
    assert isinstance(second, LostConnection)
    assert (second.phase, second.answered) == (Phase.MAIL, True)
    assert server.recipients == [ALL[0]]


@pytest.mark.parametrize("pipelining", MODES)
def test_any_number_of_addresses_that_no_command_holds_stop_nobody(pipelining):
    async def run() -> None:
        connection = await SmtpTransport(settings(server, pipelining=pipelining), timeouts=USUAL).connect()
        await connection.carry(bag)
        await connection.close()

    bag = ListBag(map(to, ["a@example.org", *["é@example.org"] * 2_000, "b@example.org"]))
    with FaultServer() as server:
        asyncio.run(run())
    assert server.recipients == ["a@example.org", "b@example.org"]
    assert len(bag.refused) == 2_000


class _Wire(asyncio.Transport):
    """A transport that keeps what is said, and lets the test answer."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bytes] = []
        self.closed = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = cast(asyncio.Protocol, protocol)

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.said.append(bytes(data))

    def abort(self) -> None:
        self.closed = True


class _Client(aiosmtplib.SMTP):
    """One that is connected over a wire."""

    def __init__(self, wire: _Wire) -> None:
        super().__init__()
        self.transport = wire

    def supports_extension(self, extension: str) -> bool:
        return extension == "pipelining"


def test_an_answer_that_comes_when_nobody_carries_any_more_starts_nothing():
    async def run() -> None:
        wire = _Wire()
        connection = SmtpConnection(_Client(wire), timeouts=USUAL, server="a wire", pipelining="group")
        carrying = asyncio.create_task(connection.carry(ListBag(map(to, ALL))))
        await asyncio.sleep(0)
        assert len(wire.said) == 1
        carrying.cancel()
        wire.protocol.data_received(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        with pytest.raises(asyncio.CancelledError):
            await carrying
        assert (len(wire.said), wire.closed) == (1, True)

    asyncio.run(run())
