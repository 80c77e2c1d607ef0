"""Messages as files."""

import asyncio

import pytest

from newsletter.delivery.transports.outbox import OutboxTransport
from newsletter.errors import LostConnection, PermanentFailure
from newsletter.model import Prepared
from tests.list_bag import ListBag


async def _send(transport: OutboxTransport, *recipients: str) -> None:
    connection = await transport.connect()
    await connection.carry(
        ListBag(Prepared("from@example.org", to, [b"Subject: a\r\n", b"\r\nb\r\n"]) for to in recipients)
    )
    await connection.close()


def test_a_message_is_one_file_with_its_envelope_in_front(tmp_path):
    asyncio.run(_send(OutboxTransport(tmp_path / "outbox"), "lea@example.org"))
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name == "00001.eml"
    assert path.read_bytes() == (
        b"Return-Path: <from@example.org>\r\nDelivered-To: lea@example.org\r\nSubject: a\r\n\r\nb\r\n"
    )


def test_several_connections_and_runs_never_write_over_each_other(tmp_path):
    async def together() -> None:
        transport = OutboxTransport(tmp_path)
        await asyncio.gather(*(_send(transport, "a@example.org", "b@example.org") for _ in range(5)))

    asyncio.run(together())
    asyncio.run(together())
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{number:05}.eml" for number in range(1, 21)]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PermanentFailure, match="file"):
        asyncio.run(_send(OutboxTransport(tmp_path / "file" / "outbox"), "a@example.org"))


def test_a_message_that_could_not_be_written_may_go_again(tmp_path):
    async def run() -> None:
        connection = await OutboxTransport(tmp_path / "outbox").connect()
        (tmp_path / "outbox").rmdir()
        with pytest.raises(LostConnection):
            await connection.carry(ListBag([Prepared("f@example.org", "a@example.org", [b"x\r\n"])]))

    asyncio.run(run())
