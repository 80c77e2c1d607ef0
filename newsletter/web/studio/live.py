"""What the open pages are told while they stay open: a file changed, your mail is that tall (server-sent events)."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from watchfiles import awatch

from newsletter.lean import missing

if TYPE_CHECKING:
    from sse_starlette import EventSourceResponse

#: Milliseconds to wait for more changes: an editor writes a file in two or three steps.
_DEBOUNCE, _STEP = 40, 10
#: Seconds a stream may take to end by itself when the server stops: cut, it would be complained of.
GRACE = 2
#: Heights kept for a page whose stream opens after its frame was measured.
_REMEMBERED = 64


class News(TypedDict):
    """One event."""

    event: str
    data: str


class Wire:
    """One queue per open page. Lives in the event loop of the server."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[News | None]] = set()
        self._heights: dict[str, int] = {}
        self._closed = False
        #: Milliseconds of the epoch at which a file last changed: a page that is older than that has missed it.
        self._changed_at = 0

    def tell_height(self, ruler: str, height: int) -> None:
        """Pass on how many pixels tall the mail in one frame is."""
        self._heights[ruler] = height
        while len(self._heights) > _REMEMBERED:
            del self._heights[next(iter(self._heights))]
        self.tell("height", f"{ruler} {height}")

    def tell(self, event: str, data: str) -> None:
        """Tell every open page."""
        if event == "changed":
            self._changed_at = time.time_ns() // 1_000_000
        for queue in self._pages:
            queue.put_nowait(News(event=event, data=data))

    def close(self) -> None:
        """End every stream, and every one to come: the server stops."""
        self._closed = True
        for queue in self._pages:
            queue.put_nowait(None)

    @property
    def closed(self) -> bool:
        """True once the server stops."""
        return self._closed

    def listen(self) -> "EventSourceResponse":
        """The stream of one page."""
        return event_stream(self._events())

    async def _events(self) -> AsyncIterator[News]:
        queue: asyncio.Queue[News | None] = asyncio.Queue()
        self._pages.add(queue)
        try:
            yield News(event="hello", data=str(self._changed_at))
            for ruler, height in list(self._heights.items()):
                yield News(event="height", data=f"{ruler} {height}")
            while not self._closed and (event := await queue.get()) is not None:
                yield event
        finally:
            self._pages.discard(queue)


def event_stream(events: AsyncIterator[News]) -> "EventSourceResponse":
    """The answer that says these events as they come."""
    # Imported once a page listens, not before it is seen. It would lay hands on uvicorn's command line, so as to end
    # its streams when the server stops: we end our own.
    with missing("uvicorn.main"):
        from sse_starlette import EventSourceResponse

    return EventSourceResponse(events, ping=20, shutdown_grace_period=GRACE)


async def watch(folders: Sequence[Path], *, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yield once per burst of changes under these folders; a missing one is left out."""
    present = [path for path in folders if path.is_dir()]
    if present:
        async for _changes in awatch(*present, stop_event=stop, debounce=_DEBOUNCE, step=_STEP):
            yield


async def watch_files(files: Collection[Path], *, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yield once per burst of changes of these files, those that are made later or replaced among them."""
    wanted = {str(path) for path in files}
    around = {path.parent for path in files if path.parent.is_dir()}
    if around:
        async for _changes in awatch(
            *around,
            stop_event=stop,
            debounce=_DEBOUNCE,
            step=_STEP,
            recursive=False,
            watch_filter=lambda _change, path: path in wanted,
        ):
            yield
