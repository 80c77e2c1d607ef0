"""The rehearsal server keeps what it receives, unaltered."""

import asyncio

from newsletter.delivery.rehearsal import INDEX, RehearsalServer, RehearsedMail, read_rehearsal
from newsletter.delivery.transports.smtp import SmtpTransport

MESSAGE = b"From: a@example.org\r\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\r\n\r\none line\r\nand a longer one =2E\r\n"


async def _nothing() -> None:
    pass


async def _send(server: RehearsalServer, *recipients: str, content: bytes = MESSAGE) -> list[int]:
    connection = await SmtpTransport(server.settings).connect()
    try:
        return [(await connection.send("b@example.org", to, [content], before_dot=_nothing)).code for to in recipients]
    finally:
        await connection.close()


def test_a_message_is_kept_byte_for_byte(tmp_path):
    with RehearsalServer(tmp_path / "1") as server:
        assert asyncio.run(_send(server, "lea@example.org")) == [250]
    assert (tmp_path / "1" / "00001.eml").read_bytes() == MESSAGE
    assert read_rehearsal(tmp_path / "1") == [
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
    kept = read_rehearsal(tmp_path)
    assert [mail.name for mail in kept] == ["00001.eml", "00002.eml", "00003.eml", "00004.eml"]
    assert [mail.recipient for mail in kept] == ["lea@example.org", "max@example.org"] * 2


def test_it_listens_on_this_machine_only(tmp_path):
    with RehearsalServer(tmp_path) as server:
        assert server.settings.host == "127.0.0.1"
        assert server.settings.is_loopback()


def test_a_folder_without_a_rehearsal_is_empty(tmp_path):
    assert read_rehearsal(tmp_path) == []


def test_an_entry_being_written_is_not_read(tmp_path):
    with RehearsalServer(tmp_path) as server:
        asyncio.run(_send(server, "lea@example.org"))
    with (tmp_path / INDEX).open("a") as index:
        index.write('{"name": "00002.e')
    assert len(read_rehearsal(tmp_path)) == 1
