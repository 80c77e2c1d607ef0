"""The rooms behind the studio's first page: every other page and every act, a module each, made when needed."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from starlette.routing import Match

from newsletter.lean import kept_out, missing
from newsletter.warning_filters import filters_alone
from newsletter.web import QUIET
from newsletter.web.studio.refusing import say_errors

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

    from newsletter.web.studio.state import Studio

#: Module and function; first those that one goes to from the first page.
_ROOMS = (
    "new_issue:new_issue_routes",
    "contents:contents_routes",
    "proof_page:proof_routes",
    "editing:editing_routes",
    "approving:approval_routes",
    "rereading:rereading_routes",
    "suggestions:suggestion_routes",
    "sending:sending_routes",
    "ledger:ledger_routes",
    "rehearsals:rehearsal_routes",
    "people:people_routes",
    "segments:segment_routes",
    "imports:import_routes",
    "reports:report_routes",
    "palette:palette_routes",
)

#: Half of what FastAPI imports: the words of a description, and a telemetry, which nobody asks of us.
_NEEDLESS = (
    "fastapi.openapi.models",
    *(f"opentelemetry.{part}" for part in ("_logs", "metrics", "propagate", "trace")),
)


class Rooms:
    """The ASGI application of all of them; the guard stands before it, at the studio's door.

    They are made one after another. Whoever asks for a page has rooms made until his is there, and waits for no other.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._app: FastAPI | None = None
        self._made = 0
        self._turn = threading.Lock()

    @property
    def is_open(self) -> bool:
        """True once pages can be told whole without waiting for what makes them."""
        return self._app is not None

    def make_next(self) -> bool:
        """Make what they all stand on, then one at each call; False when all are made. From any thread."""
        # FastAPI ignores some warnings meanwhile, and others measure pictures; it asks for an earlier pydantic, too.
        with self._turn, filters_alone(), kept_out(*_NEEDLESS), missing("pydantic.v1"):
            if self._app is None:
                self._app = _make_app(self._studio)
            elif self._made < len(_ROOMS):
                router = resolve_name(f"{__package__}.{_ROOMS[self._made]}")(self._studio)
                # Not `include_router`: it makes every route a second time, when the first request comes by.
                self._app.router.routes.extend(router.routes)
                self._made += 1
            return self._made < len(_ROOMS)

    async def open(self) -> None:
        """Make what they all stand on, while others are answered."""
        with suppress(asyncio.CancelledError):  # a server that stops has nothing to complain of
            if not self.is_open:
                await asyncio.to_thread(self.make_next)

    async def make_all(self) -> None:
        """Make those that nobody has asked for yet, while others are answered."""
        with suppress(asyncio.CancelledError):
            while await asyncio.to_thread(self.make_next):
                pass

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while self._made < len(_ROOMS) and not self._has(scope):
            await asyncio.to_thread(self.make_next)
        assert self._app is not None
        await self._app(scope, receive, send)

    def _has(self, scope: Scope) -> bool:
        """True when a room that is made answers this address."""
        routes = self._app.router.routes if self._app else ()
        return any(route.matches({**scope})[0] is Match.FULL for route in routes)


def _make_app(studio: Studio) -> FastAPI:
    from fastapi import FastAPI
    from fastapi.exceptions import RequestValidationError

    app = FastAPI(**QUIET, redirect_slashes=False)
    say_errors(app, studio.pages, RequestValidationError)
    return app
