"""What every transport promises, whatever carries the messages."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter.delivery.rehearsal import RehearsalServer
from newsletter.delivery.transports.outbox import OutboxTransport
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import StoreError
from newsletter.model import Phase, Prepared
from newsletter.ports import Transport
from newsletter.settings import Smtp
from tests.fault_server import FaultServer
from tests.list_bag import ListBag

CONTENT = (b"Subject: hello\r\n", b"\r\n", b"=2Ea line\r\nand another\r\n")


@pytest.fixture(params=["smtp", "outbox", "rehearsal"])
def carrier(request, tmp_path: Path) -> Iterator[tuple[Transport, Callable[[], list[bytes]]]]:
    """A transport, and what has arrived through it so far."""

    def files() -> list[bytes]:
        return [path.read_bytes() for path in sorted(tmp_path.glob("*.eml"))]

    match request.param:
        case "smtp":
            with FaultServer() as server:
                settings = Smtp(host="127.0.0.1", port=server.port, security="none", hello="client.test")
                yield SmtpTransport(settings), lambda: [message.content for message in server.accepted]
        case "outbox":
            yield OutboxTransport(tmp_path), files
        case "rehearsal":
            with RehearsalServer(tmp_path) as rehearsal:
                yield SmtpTransport(rehearsal.settings), files


def messages(number: int, *, content: tuple[bytes, ...] = CONTENT) -> list[Prepared]:
    return [Prepared("f@example.org", "a@example.org", content)] * number


def test_an_accepted_message_has_a_reply_to_the_final_dot_and_arrives_whole(carrier):
    transport, arrived = carrier

    async def run() -> None:
        connection, bag = await transport.connect(), ListBag(messages(1))
        await connection.carry(bag)
        (reply,) = bag.replies
        assert (reply.phase, reply.code // 100) == (Phase.DOT, 2)
        await connection.close()

    asyncio.run(run())
    (message,) = arrived()
    assert message.endswith(b"".join(CONTENT))


def test_nothing_has_arrived_before_the_bag_releases_it(carrier):
    transport, arrived = carrier
    seen: list[int] = []

    async def run() -> None:
        connection = await transport.connect()
        await connection.carry(ListBag(messages(3), before_dot=lambda: seen.append(len(arrived()))))
        await connection.close()

    asyncio.run(run())
    assert seen == [0, 1, 2]


def test_a_message_whose_start_cannot_be_recorded_does_not_leave(carrier):
    transport, arrived = carrier

    def full() -> None:
        raise StoreError("the disk is full")

    async def run() -> None:
        connection = await transport.connect()
        with pytest.raises(StoreError):
            await connection.carry(ListBag(messages(1), before_dot=full))
        await connection.close()

    asyncio.run(run())
    assert arrived() == []


def test_connections_are_independent(carrier):
    transport, arrived = carrier

    async def one(number: int) -> None:
        connection = await transport.connect()
        await connection.carry(ListBag(messages(4, content=(b"Subject: %d\r\n\r\n" % number, b"x\r\n"))))
        await connection.close()

    async def run() -> None:
        await asyncio.gather(*map(one, range(5)))

    asyncio.run(run())
    subjects = sorted(message.split(b"Subject: ")[1][:1] for message in arrived())
    assert subjects == sorted(b"01234"[i : i + 1] for i in range(5) for _ in range(4))


def test_closing_twice_is_harmless(carrier):
    transport, _arrived = carrier

    async def run() -> None:
        connection = await transport.connect()
        await connection.close()
        await connection.close()

    asyncio.run(run())
