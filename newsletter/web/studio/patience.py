"""How long a page waits for what reads everybody: a moment. Then it stands without, and its script asks once more.

Whoever asks with `Prefer: wait` (RFC 7240 §4.3) gets the whole page, whatever it takes. What was begun goes on in the
meantime, and the store remembers it: the second answer counts nothing anew.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import TypeVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Answer = TypeVar("Answer")

#: Seconds after the request.
MOMENT = 0.1
#: Seconds that a page waits which is late already.
LITTLE = 0.02
_beside = ThreadPoolExecutor(4, thread_name_prefix="counting")

#: When the page is to stand, by the monotonic clock; None is whenever it can.
_deadline: ContextVar[float | None] = ContextVar("page_deadline", default=None)


class Patience:
    """ASGI middleware: notes whether a request waits. One that changes something always does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            waits = scope["method"] != "GET" or Headers(scope=scope).get("prefer", "").startswith("wait")
            _deadline.set(None if waits else time.monotonic() + MOMENT)
        await self.app(scope, receive, send)


def soon(work: Callable[[], Answer]) -> Answer | None:
    """What `work` answers; None when that takes longer than a page waits. Raises what it raises, in time."""
    deadline = _deadline.get()
    if deadline is None:
        return work()
    under_way = _beside.submit(copy_context().run, work)
    try:
        return under_way.result(timeout=max(LITTLE, deadline - time.monotonic()))
    except TimeoutError:
        return None
