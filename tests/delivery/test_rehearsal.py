"""The rehearsal server keeps what it receives, unaltered."""

import asyncio

import pytest

from newsletter.delivery.rehearsal import INDEX, Received, RehearsalServer, RehearsedMail
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import StoreError
from newsletter.model import Prepared
from tests.list_bag import ListBag

MESSAGE = b"From: a@example.org\r\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\r\n\r\none line\r\nand a longer one =2E\r\n"


async def _send(server: RehearsalServer, *recipients: str, content: bytes = MESSAGE) -> list[int]:
    connection = await SmtpTransport(server.settings).connect()
    bag = ListBag(Prepared("b@example.org", to, [content]) for to in recipients)
    try:
        await connection.carry(bag)
    finally:
        await connection.close()
    return [reply.code for reply in bag.replies]


def test_a_message_is_kept_byte_for_byte(tmp_path):
    with RehearsalServer(tmp_path / "1") as server:
        assert asyncio.run(_send(server, "lea@example.org")) == [250]
    assert (tmp_path / "1" / "00001.eml").read_bytes() == MESSAGE
    assert list(Received(tmp_path / "1")) == [
        RehearsedMail(name="00001.eml", recipient="lea@example.org", subject="Été", size=len(MESSAGE))
    ]


def test_a_large_message_arrives_whole(tmp_path):
    large = MESSAGE + b"0123456789" * 7 + b"\r\n" + (b"x" * 76 + b"\r\n") * 20_000
    with RehearsalServer(tmp_path) as server:
        asyncio.run(_send(server, "lea@example.org", content=large))
    assert (tmp_path / "00001.eml").read_bytes() == large


def test_a_resumed_rehearsal_goes_on_counting(tmp_path):
    for _part in range(2):
        with RehearsalServer(tmp_path) as server:
            asyncio.run(_send(server, "lea@example.org", "max@example.org"))
    kept = Received(tmp_path)
    assert [mail.name for mail in kept] == ["00001.eml", "00002.eml", "00003.eml", "00004.eml"]
    assert [mail.recipient for mail in kept] == ["lea@example.org", "max@example.org"] * 2


def test_it_listens_on_this_machine_only(tmp_path):
    with RehearsalServer(tmp_path) as server:
        assert server.settings.host == "127.0.0.1"
        assert server.settings.is_loopback()


def test_a_folder_without_a_rehearsal_is_empty(tmp_path):
    assert list(Received(tmp_path)) == []


def test_an_entry_being_written_is_not_read(tmp_path):
    with RehearsalServer(tmp_path) as server:
        asyncio.run(_send(server, "lea@example.org"))
    with (tmp_path / INDEX).open("a") as index:
        index.write('{"name": "00002.e')
    assert len(Received(tmp_path)) == 1


def test_a_message_that_somebody_removed_is_told_and_hides_no_other(tmp_path):
    with RehearsalServer(tmp_path) as server:
        asyncio.run(_send(server, "lea@example.org", "max@example.org"))
    (tmp_path / "00001.eml").unlink()
    kept = Received(tmp_path)
    assert kept.names == ["00001.eml", "00002.eml"]
    assert kept[1].recipient == "max@example.org"
    with pytest.raises(StoreError) as told:
        kept[0]
    assert "00001.eml" in str(told.value.where)


def test_a_damaged_index_is_told(tmp_path):
    (tmp_path / INDEX).write_text("{\n")
    with pytest.raises(StoreError):
        Received(tmp_path)
