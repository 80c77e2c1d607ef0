"""A long way to the server: a proxy on the loopback that lets every byte wait, in a process of its own."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import cast


class _Half(asyncio.Protocol):
    """One direction of one conversation; what arrives goes to `other` later."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.other: asyncio.Transport | None = None
        self.mine: asyncio.Transport | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.mine = cast(asyncio.Transport, transport)  # uvloop's are none by name

    def connect(self, other: asyncio.Transport) -> None:
        self.other = other
        for data in self._early:
            self.data_received(data)

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self._early.append(data)
        else:
            asyncio.get_running_loop().call_later(self._seconds, self.other.write, data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other:
            asyncio.get_running_loop().call_later(self._seconds, self.other.close)


async def _serve(port: int, seconds: float, ready: Connection) -> None:
    loop = asyncio.get_running_loop()
    pending: set[asyncio.Task[None]] = set()

    def meet() -> _Half:
        near = _Half(seconds)

        async def join() -> None:
            transport, far = await loop.create_connection(lambda: _Half(seconds), "127.0.0.1", port)
            assert near.mine
            far.connect(near.mine)
            near.connect(transport)

        task = asyncio.create_task(join())
        pending.add(task)
        task.add_done_callback(pending.discard)
        return near

    server = await loop.create_server(meet, "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _run(port: int, seconds: float, ready: Connection) -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(port, seconds, ready))


@contextmanager
def delayed(port: int, *, seconds: float) -> Iterator[int]:
    """A port behind which the server at `port` is `seconds` away, each way."""
    ready, said = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(port, seconds, said), daemon=True)
    process.start()
    try:
        yield ready.recv()
    finally:
        process.terminate()
        process.join()
