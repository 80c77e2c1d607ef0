"""A part of a site that is made when somebody first goes there: what nobody asks for is never imported."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send


class Later:
    """An ASGI application that stands for one to come. Who asks while it is made waits for it; nobody else does."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._lock = threading.Lock()

    @property
    def is_made(self) -> bool:
        """True once somebody went there, or prepared it."""
        return self._made is not None

    def prepare(self) -> ASGIApp:
        """Make it unless it is made; from any thread, and never twice."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    async def prepare_beside(self) -> None:
        """Make it while others are answered; a server that stops meanwhile cuts this short without a complaint."""
        with suppress(asyncio.CancelledError):
            await asyncio.to_thread(self.prepare)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        made = self._made if self._made is not None else await asyncio.to_thread(self.prepare)
        await made(scope, receive, send)
