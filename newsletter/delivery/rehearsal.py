"""A rehearsal's mail server: on the loopback, in a thread, it keeps every message as a file and sends nothing on."""

import asyncio
import email.policy
import json
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from types import TracebackType
from typing import overload

from aiosmtpd.smtp import SMTP as AiosmtpdServer  # noqa: N811 - two libraries, one name
from aiosmtpd.smtp import Envelope, Session

from newsletter.errors import DeliveryError, StoreError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.settings import Smtp

#: One line a message: file name, envelope sender and recipient. The messages themselves are not touched.
INDEX = "index.jsonl"
_HOST = "127.0.0.1"
_LARGEST_MESSAGE = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class RehearsedMail:
    """One message the rehearsal server kept."""

    #: File in the folder: `00001.eml`.
    name: str
    recipient: str
    #: Decoded.
    subject: str
    #: Bytes.
    size: int


class RehearsalServer:
    """Serves while the `with` block runs; `settings` is what SmtpTransport needs to reach it."""

    def __init__(self, folder: Path) -> None:
        self._keeper = _Keeper(folder)
        self._port: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, name="rehearsal", daemon=True)

    def __enter__(self) -> "RehearsalServer":
        """Raises DeliveryError when there is no port to be had or nothing can be written."""
        try:
            self._keeper.open()
            self._thread.start()
            self._port.result()
        except OSError as error:
            raise DeliveryError(_("the rehearsal server cannot start: {reason}", reason=system_reason(error))) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def settings(self) -> Smtp:
        """How to reach it: in clear, for it is this machine."""
        return Smtp(host=_HOST, port=self._port.result(), security="none", hello="localhost")

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._port.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        server = await self._loop.create_server(self._conversation, _HOST, 0)
        async with server:
            self._port.set_result(server.sockets[0].getsockname()[1])
            await self._over.wait()

    def _conversation(self) -> "_Conversation":
        return _Conversation(self._keeper, loop=self._loop, hostname="localhost", data_size_limit=_LARGEST_MESSAGE)


class _Conversation(AiosmtpdServer):
    """aiosmtpd's server, but for DATA: read in one piece, where aiosmtpd reads line by line (10 times slower)."""

    line_length_limit = _LARGEST_MESSAGE

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's own name
        """RFC 5321 §4.1.1.4, dots removed (§4.5.2)."""
        envelope = self.envelope
        if arg or envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT first")
            return
        await self.push("354 go on")
        raw = await self._reader.readuntil(b"\r\n.\r\n")
        envelope.content = raw[:-3].replace(b"\r\n..", b"\r\n.")
        status = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)


class _Keeper:
    """Writes what arrives: the file first, then its line in the index."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0

    def open(self) -> None:
        """Go on after what a first part of the same rehearsal left."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._number = max((int(path.stem) for path in self._folder.glob("*.eml")), default=0)

    async def handle_DATA(self, server: _Conversation, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd's hook: keep one message, then answer."""
        self._number += 1
        name = f"{self._number:05}.eml"
        entry = {"name": name, "sender": envelope.mail_from, "recipient": envelope.rcpt_tos[0]}
        content = envelope.content
        assert isinstance(content, bytes)
        try:
            (self._folder / name).write_bytes(content)
            with (self._folder / INDEX).open("a", encoding="utf-8") as index:
                index.write(json.dumps(entry) + "\n")
        except OSError as error:
            return f"452 4.3.1 {os.strerror(error.errno or 0)}"
        return "250 2.0.0 kept"


class Received(Sequence[RehearsedMail]):
    """What a rehearsal kept, in the order of arrival: the index is read at once, a message when it is asked for.

    Empty when there was none. Raises StoreError when somebody removed or damaged what was kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries = self._index()

    @property
    def names(self) -> list[str]:
        """The files, without opening one."""
        return [entry["name"] for entry in self._entries]

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, place: int) -> RehearsedMail: ...
    @overload
    def __getitem__(self, place: slice) -> list[RehearsedMail]: ...
    def __getitem__(self, place: int | slice) -> RehearsedMail | list[RehearsedMail]:
        if isinstance(place, slice):
            return [self._mail(entry) for entry in self._entries[place]]
        return self._mail(self._entries[place])

    def _index(self) -> list[dict[str, str]]:
        with self._translated(INDEX):
            try:
                # Text after the last line end is an entry being written.
                lines = (self._folder / INDEX).read_text(encoding="utf-8").split("\n")[:-1]
            except FileNotFoundError:
                return []
            return [json.loads(line) for line in lines]

    def _mail(self, entry: dict[str, str]) -> RehearsedMail:
        path = self._folder / entry["name"]
        with self._translated(entry["name"]), path.open("rb") as file:
            headers = BytesHeaderParser(policy=email.policy.default).parse(file)
            size = os.fstat(file.fileno()).st_size
        subject = str(headers["Subject"] or "")
        return RehearsedMail(name=path.name, recipient=entry["recipient"], subject=subject, size=size)

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            reason = system_reason(error) if isinstance(error, OSError) else _("the file is damaged")
            raise StoreError(
                _("cannot read what the rehearsal kept: {reason}", reason=reason), where=str(self._folder / name)
            ) from None
