"""A mail server that misbehaves as told, and remembers what it took responsibility for before it says so.

In a test's own process it is a context manager; on its own it is `python -m tests.fault_server '[{"at": "RCPT", …}]'`,
which prints its port.
"""

import asyncio
import json
import os
import re
import ssl
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import Fault

_LIMIT = 64 * 1024 * 1024
EXTENSIONS = ("PIPELINING", "SIZE 52428800", "8BITMIME", "ENHANCEDSTATUSCODES")
_USUAL = {
    "CONNECT": "220 fault.test ESMTP",
    "HELO": "250 fault.test",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 kept",
    "RSET": "250 2.0.0 ok",
    "NOOP": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
    "STARTTLS": "220 2.0.0 ready",
    "AUTH": "235 2.7.0 welcome",
}


@dataclass(frozen=True)
class Accepted:
    """A message the server took responsibility for."""

    sender: str
    recipient: str
    content: bytes


@dataclass(kw_only=True)
class FaultServer:
    """Serves while the `with` block runs, each connection for itself."""

    faults: list[Fault] = field(default_factory=list)
    extensions: tuple[str, ...] = EXTENSIONS
    #: Certificate chain with its key, for STARTTLS or (implicit) TLS.
    certificate: Path | None = None
    implicit_tls: bool = False
    password: str | None = None
    mechanisms: str = "PLAIN LOGIN"
    #: Offers AUTH only once the conversation is encrypted.
    auth_needs_tls: bool = False
    #: Refuses a message with a bare CR or LF, or an octet above 127, as servers do since 2023.
    strict: bool = False
    #: Seconds before every answer.
    delay: float = 0
    #: More connections than that at a time are sent away with a 421.
    most_connections: int = 0
    #: Answers DATA with 354 though it refused the recipient.
    goes_on_anyway: bool = False
    #: File that gets a line per accepted message, written before the answer.
    log: Path | None = None
    accepted: list[Accepted] = field(default_factory=list)
    #: Every command line, as heard.
    heard: list[str] = field(default_factory=list)
    #: Those that anybody on the way could read.
    heard_in_clear: list[str] = field(default_factory=list)
    open_connections: int = 0
    all_connections: int = 0
    _counted: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> "FaultServer":
        self._port: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve(self._port)), daemon=True)
        self._thread.start()
        self.port = self._port.result()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def recipients(self) -> list[str]:
        return [message.recipient for message in self.accepted]

    def said(self, verb: str) -> int:
        """How often a command was heard."""
        return sum(line.upper().startswith(verb.upper()) for line in self.heard)

    async def serve(self, port: "Future[int]") -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        tls = self.tls() if self.implicit_tls else None
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=_LIMIT, ssl=tls)
        async with server:
            port.set_result(server.sockets[0].getsockname()[1])
            await self._over.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        return context

    def take(self, message: Accepted) -> None:
        """Responsibility first, answer later: what is counted here is what a reader would receive."""
        if self.log:
            fd = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(fd, message.recipient.encode() + b"\n")
            os.close(fd)
        with self._counted:
            self.accepted.append(message)
            self._counted.notify_all()

    def wait_for(self, number: int, *, timeout: float = 120) -> bool:
        """Wait until so many messages were accepted; False when they never were."""
        return self.wait_until(lambda: len(self.accepted) >= number, timeout=timeout)

    def wait_until(self, holds: Callable[[], bool], *, timeout: float = 120) -> bool:
        """Wait until something that the server counts holds; False when it never did."""
        with self._counted:
            return self._counted.wait_for(holds, timeout)

    def hear(self, line: str, *, encrypted: bool) -> None:
        """Remember a command."""
        with self._counted:
            self.heard.append(line)
            if not encrypted:
                self.heard_in_clear.append(line)
            self._counted.notify_all()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._counted:
            self.open_connections += 1
            self.all_connections += 1
            self._counted.notify_all()
        try:
            if self.most_connections and self.open_connections > self.most_connections:
                writer.write(b"421 4.7.0 too many connections\r\n")
                return
            await _Conversation(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, _DroppedError):
            writer.transport.abort()
        except asyncio.CancelledError:
            # The test is over: whoever still holds the other end must not be waited for.
            writer.transport.abort()
            raise
        finally:
            self.open_connections -= 1
            with suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                writer.close()
                await writer.wait_closed()


class _DroppedError(Exception):
    """The server closes the connection without a word."""


class _Conversation:
    def __init__(self, server: FaultServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.sender = self.recipient = ""
        self.is_open = False
        self.encrypted = server.implicit_tls

    async def run(self) -> None:
        await self.answer("CONNECT")
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode("utf-8", "replace").rstrip("\r\n")
            self.server.hear(line, encrypted=self.encrypted)
            verb = line.split(" ")[0].upper()
            if not await getattr(self, f"on_{verb.lower()}", self.on_other)(line):
                return

    async def on_ehlo(self, line: str) -> bool:
        words = ["fault.test", *self.server.extensions]
        if self.server.certificate and not self.encrypted:
            words.append("STARTTLS")
        if self.server.password is not None and (self.encrypted or not self.server.auth_needs_tls):
            words.append(f"AUTH {self.server.mechanisms}")
        lines = [f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"]
        await self.answer("EHLO", "\r\n".join(lines))
        return True

    async def on_starttls(self, line: str) -> bool:
        if await self.answer("STARTTLS"):
            await self.writer.start_tls(self.server.tls())
            self.encrypted = True
        return True

    async def on_auth(self, line: str) -> bool:
        if "LOGIN" in line.upper().split():
            await self.say("334 UGFzc3dvcmQ6")
            await self.reader.readuntil(b"\r\n")
        return await self.answer("AUTH") or True

    async def on_mail(self, line: str) -> bool:
        self.sender, self.recipient = _address(line), ""
        if self.is_open:
            await self.say("503 5.5.1 RSET first")
        else:
            self.is_open = await self.answer("MAIL")
        return True

    async def on_rcpt(self, line: str) -> bool:
        if not self.is_open:
            await self.say("503 5.5.1 MAIL first")
            return True
        self.recipient = _address(line)
        if not await self.answer("RCPT"):
            self.recipient = ""
        return True

    async def on_data(self, line: str) -> bool:
        if not self.recipient and self.server.goes_on_anyway:
            await self.say(_USUAL["DATA"])
            assert await self.reader.readuntil(b".\r\n") == b".\r\n", "content for nobody"
            await self.say("554 5.5.1 for nobody")
        elif not self.recipient:
            await self.say("503 5.5.1 RCPT first")
        elif await self.answer("DATA"):
            await self.strike_in_body()
            raw = await self.reader.readuntil(b"\r\n.\r\n")
            self.is_open = False
            if self.server.strict and (not raw.isascii() or re.search(rb"(?<!\r)\n|\r(?!\n)", raw)):
                await self.say("521 5.5.2 bare newline")
                return True
            await self.dot(Accepted(self.sender, self.recipient, raw[:-3].replace(b"\r\n..", b"\r\n.")))
        return True

    async def dot(self, message: Accepted) -> None:
        fault = self.fault("DOT")
        if fault and fault.does.startswith("keep+"):
            self.server.take(message)
            await self.act(fault.does.removeprefix("keep+"))
        elif fault:
            await self.act(fault.does)
        else:
            self.server.take(message)
            await self.say(_USUAL["DOT"])

    async def on_rset(self, line: str) -> bool:
        self.is_open = False
        return await self.answer("RSET") or True

    async def on_quit(self, line: str) -> bool:
        await self.answer("QUIT")
        return False

    async def on_other(self, line: str) -> bool:
        verb = line.split(" ")[0].upper()
        await self.say(_USUAL.get(verb, "502 5.5.2 what?"))
        return True

    def fault(self, at: str) -> Fault | None:
        return next((fault for fault in self.server.faults if fault.strikes(at, self.recipient)), None)

    async def strike_in_body(self) -> None:
        if fault := self.fault("BODY"):
            await self.reader.readexactly(10)
            await self.act(fault.does)

    async def answer(self, at: str, usual: str = "") -> bool:
        """Say the usual, or what a fault says instead; False when that was no yes."""
        fault = self.fault(at)
        if fault is None:
            await self.say(usual or _USUAL[at])
            return True
        await self.act(fault.does)
        return fault.does == "huge" or fault.does[0] in "23"

    async def act(self, does: str) -> None:
        if does == "drop":
            raise _DroppedError
        if does == "stall":
            await self.reader.read()
            raise _DroppedError
        if does == "drip":
            self.writer.write(b"250-")
            while True:
                self.writer.write(b"x")
                await self.writer.drain()
                await asyncio.sleep(0.02)
        elif does == "garbage":
            self.writer.write(b"\x00\xff\x80 neither yes nor no\r\n")
        elif does == "huge":
            await self.say("\r\n".join(["250-" + "x" * 60] * 400 + ["250 2.0.0 at last"]))
        else:
            await self.say(does)
            if does.startswith("421"):
                raise _DroppedError

    async def say(self, line: str) -> None:
        if self.server.delay:
            await asyncio.sleep(self.server.delay)
        self.writer.write(line.encode() + b"\r\n")
        await self.writer.drain()


def _address(line: str) -> str:
    return line[line.index("<") + 1 : line.index(">")]


def main(arguments: list[str]) -> None:
    """Serve until killed, with the faults of the first argument, logging to the second."""
    faults = [Fault(**fault) for fault in json.loads(arguments[0])]
    server = FaultServer(faults=faults, log=Path(arguments[1]) if len(arguments) > 1 else None)
    port: Future[int] = Future()
    port.add_done_callback(lambda done: os.write(1, b"%d\n" % done.result()))
    asyncio.run(server.serve(port))


if __name__ == "__main__":
    main(sys.argv[1:])
