"""One conversation with a server that behaves, or does not."""

import asyncio
import gc
import socket

import pytest

from newsletter.delivery.transports.answers import Timeouts
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import LostConnection, PermanentFailure, TemporaryFailure
from newsletter.model import Phase, Reply
from newsletter.settings import Smtp
from tests.delivery.conversations import ALL, MESSAGE, SHORT, refused, send, settings, to
from tests.fault_server import Fault, FaultServer
from tests.list_bag import ListBag


def test_messages_go_one_after_the_other_through_one_connection():
    with FaultServer() as server:
        replies = send(SmtpTransport(settings(server)), "a@example.org", "b@example.org")
    assert replies == [Reply(phase=Phase.DOT, code=250, enhanced="2.0.0", text="2.0.0 kept")] * 2
    assert server.recipients == ["a@example.org", "b@example.org"]
    assert server.accepted[0].content == b"".join(MESSAGE)
    assert server.all_connections == 1
    assert server.heard[0] == "EHLO client.test"
    assert f"MAIL FROM:<from@example.org> SIZE={sum(map(len, MESSAGE))}" in server.heard


def test_a_server_without_extensions_is_asked_for_none():
    with FaultServer(extensions=()) as server:
        send(SmtpTransport(settings(server)), "a@example.org")
    assert "MAIL FROM:<from@example.org>" in server.heard


def test_a_server_that_knows_only_helo_is_greeted_so():
    with FaultServer(faults=[Fault(at="EHLO", does="502 5.5.1 what?")]) as server:
        assert send(SmtpTransport(settings(server)), "a@example.org")[0].code == 250
    assert server.said("HELO") == 1


def test_a_refused_recipient_leaves_the_connection_good_for_the_next():
    with FaultServer(faults=[Fault(at="RCPT", who="^a@", does="550 5.1.1 nobody here")]) as server:
        first, second = send(SmtpTransport(settings(server)), "a@example.org", "b@example.org")
    assert first == Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="5.1.1 nobody here")
    assert second.code == 250
    assert server.said("RSET") == 1


@pytest.mark.parametrize(
    ("at", "does", "phase"),
    [
        ("MAIL", "451 4.7.1 later", Phase.MAIL),
        ("RCPT", "450 4.2.0 later", Phase.RCPT),
        ("DATA", "554 5.5.0 no", Phase.DATA),
        ("DOT", "554 5.7.1 spam", Phase.DOT),
    ],
)
def test_the_reply_that_decided_names_its_step(at, does, phase):
    with FaultServer(faults=[Fault(at=at, does=does)]) as server:
        (reply,) = send(SmtpTransport(settings(server)), "a@example.org")
    assert (reply.phase, f"{reply.code} {reply.text}") == (phase, does)


@pytest.mark.parametrize("does", ["drop", "stall", "drip", "garbage", "421 4.3.2 bye"])
@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_broken_conversation_names_the_step_that_waited(at, does):
    with FaultServer(faults=[Fault(at=at, does=does)]) as server, pytest.raises(LostConnection) as caught:
        send(SmtpTransport(settings(server), timeouts=SHORT), "a@example.org")
    assert caught.value.phase is Phase[at]
    assert caught.value.answered == does.startswith("421")
    assert server.accepted == []


def test_a_very_long_reply_is_read():
    with FaultServer(faults=[Fault(at="RCPT", does="huge")]) as server:
        assert send(SmtpTransport(settings(server)), "a@example.org")[0].code == 250


@pytest.mark.parametrize("pipelining", ["off", "group", "chain"])
def test_no_content_leaves_before_the_bag_allows_it(pipelining):
    def full_disk() -> None:
        raise RuntimeError("full")

    async def run(server: FaultServer) -> None:
        connection = await SmtpTransport(settings(server, pipelining=pipelining)).connect()
        with pytest.raises(RuntimeError, match="full"):
            await connection.carry(ListBag([to("a@example.org")], before_dot=full_disk))
        with pytest.raises(LostConnection):
            await connection.carry(ListBag([to("b@example.org")], before_dot=full_disk))
        await connection.close()

    with FaultServer() as server:
        asyncio.run(run(server))
    assert server.accepted == []


def test_a_bag_that_wants_no_more_ends_the_carrying_and_leaves_the_connection_good():
    class Small(ListBag):
        def settle(self, reply: Reply) -> bool:
            return super().settle(reply) and len(self.replies) != 2

    async def run() -> None:
        connection = await SmtpTransport(settings(server)).connect()
        bag = Small(to(recipient) for recipient in ALL)
        await connection.carry(bag)
        assert len(bag.replies) == 2
        await connection.carry(bag)
        await connection.close()

    with FaultServer() as server:
        asyncio.run(run())
    assert server.recipients == [*ALL]
    assert (server.all_connections, server.said("QUIT")) == (1, 1)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org>\r\nRCPT TO:<victim@example.org",
        "a@example.org\n",
        "a b@example.org",
        "a@example.org> NOTIFY=NEVER",
        "été@example.org",
        "a@b@example.org",
        "@example.org",
        "",
    ],
)
def test_an_address_is_never_more_than_an_address(address):
    with FaultServer() as server:
        for pair in ({"sender": address}, {}):
            recipient = "ok@example.org" if pair else address
            with pytest.raises(PermanentFailure):
                send(SmtpTransport(settings(server)), recipient, **pair)
    assert not any(line.startswith(("MAIL", "RCPT")) for line in server.heard)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ([Fault(at="CONNECT", does="421 4.3.2 busy")], TemporaryFailure),
        ([Fault(at="CONNECT", does="554 5.7.1 go away")], PermanentFailure),
        ([Fault(at="CONNECT", does="stall")], TemporaryFailure),
        ([Fault(at="CONNECT", does="drip")], TemporaryFailure),
        ([Fault(at="CONNECT", does="drop")], TemporaryFailure),
        ([Fault(at="CONNECT", does="garbage")], TemporaryFailure),
        ([Fault(at="EHLO", does="drop")], TemporaryFailure),
        ([Fault(at="EHLO", does="stall")], TemporaryFailure),
    ],
)
def test_a_server_that_does_not_let_us_in_is_an_error_of_the_right_kind(faults, expected):
    with FaultServer(faults=faults) as server:
        error = refused(SmtpTransport(settings(server), timeouts=SHORT))
    assert type(error) is expected
    assert f"127.0.0.1:{server.port}" in error.message


def test_a_server_that_is_not_there_is_a_temporary_failure():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        nobody = Smtp(host="127.0.0.1", port=bound.getsockname()[1], security="none")
        assert type(refused(SmtpTransport(nobody))) is TemporaryFailure
    unknown = Smtp(host="relay.invalid", port=25, security="none", allow_plain=True)
    assert type(refused(SmtpTransport(unknown))) is TemporaryFailure


def test_a_server_that_hangs_up_on_quit_does_no_harm():
    with FaultServer(faults=[Fault(at="QUIT", does="drop")]) as server:
        assert send(SmtpTransport(settings(server)), "a@example.org")[0].code == 250
    gc.collect()
    assert server.recipients == ["a@example.org"]


def test_each_step_has_as_much_time_as_the_standard_asks_and_the_dot_the_most():
    """RFC 5321 §4.5.3.2: a server that is given up too early after the final dot may have kept the message."""
    usual = Timeouts()
    assert (usual.connect, usual.command, usual.data, usual.dot) == (30, 300, 120, 600)
    assert [usual.allowed(phase) for phase in (Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT)] == [300, 300, 120, 600]
