"""The least a sender in Python does: the same octets to everybody, three commands and a write a message.

Nothing is made, noted, remembered or checked, and no answer is read but for its number of lines. What it takes is what
the loop and the system take: a floor beside which a real sender is to be seen.
"""

import asyncio
from collections.abc import Iterator
from typing import cast

import uvloop

ENVELOPE = b"MAIL FROM:<bounce@imagine.example>\r\nRCPT TO:<reader@example.org>\r\nDATA\r\n"
#: Lines of Postfix's smtp-sink, which says one to each command.
_ONE, _ENVELOPE = 1, 3


class _Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, content: bytes, left: Iterator[int]) -> None:
        self._content, self._left = content, left
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the greeting."""
        self._write = cast(asyncio.WriteTransport, transport).write  # uvloop's are none by name
        self._lines, self._step = _ONE, self._hello

    def data_received(self, data: bytes) -> None:
        """Go on once as many lines have come as are waited for."""
        self._lines -= data.count(b"\n")
        if self._lines <= 0:
            self._step()

    def _hello(self) -> None:
        self._write(b"HELO benchmark\r\n")
        self._lines, self._step = _ONE, self._begin

    def _begin(self) -> None:
        if next(self._left, None) is None:
            self.over.set_result(None)
            return
        self._write(ENVELOPE)
        self._lines, self._step = _ENVELOPE, self._leave

    def _leave(self) -> None:
        self._write(self._content)
        self._lines, self._step = _ONE, self._begin


def send(content: bytes, count: int, *, port: int, connections: int) -> None:
    """Send these octets, the final dot among them, so many times."""

    async def run() -> None:
        left, loop = iter(range(count)), asyncio.get_running_loop()
        talks = [_Talk(content, left) for _number in range(connections)]
        for talk in talks:
            await loop.create_connection(lambda talk=talk: talk, "127.0.0.1", port)
        await asyncio.gather(*(talk.over for talk in talks))

    uvloop.run(run())
