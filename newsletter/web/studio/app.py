"""The studio: the pages where the staff see an issue before it leaves. On this computer, for this run, nobody else.

Its first page must stand a second after the command: what that page needs is here, and what the others need is
imported when somebody goes to one of them, or has seen the first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware

from newsletter.web.headers import Headers
from newsletter.web.pages import Pages
from newsletter.web.static_files import static_route
from newsletter.web.studio.guard import Guard, chosen_theme, key_of
from newsletter.web.studio.issues import issue_routes
from newsletter.web.studio.kept import kept_routes
from newsletter.web.studio.live import Wire, watch, watch_files
from newsletter.web.studio.patience import Patience
from newsletter.web.studio.places import sections
from newsletter.web.studio.project import StudioProject
from newsletter.web.studio.proofs import Proofs
from newsletter.web.studio.refusing import say_errors
from newsletter.web.studio.rooms import Rooms
from newsletter.web.studio.state import Studio

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

#: A form says its origin, which the guard wants, only where the address may be said; no other site is told it.
_HEADERS = {
    "Content-Security-Policy": _PAGE_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def make_studio(project: StudioProject, *, token: str, port: int, ticket: str = "") -> Starlette:
    """The ASGI application that `newsletter preview` runs; `port` is the one browsers must name; `ticket` opens once.

    `app.state.wire` tells the open pages what happens; close it before the server stops. `app.state.rooms` are made
    when somebody first goes there.
    """
    pages = Pages(
        Path(__file__).parent / "pages",
        site=project.settings.site,
        theme=chosen_theme,
        studio_sections=sections,
        typeset=partial(_typeset, project.settings.site.language),
    )
    studio = Studio(project=project, proofs=Proofs(project), pages=pages, wire=Wire(), key=key_of(token))
    rooms = Rooms(studio)
    app = Starlette(
        routes=[
            *issue_routes(studio, rooms),
            *kept_routes(studio),
            static_route(),
        ],
        middleware=[
            Middleware(Headers, headers=_HEADERS),
            Middleware(Guard, token=token, ticket=ticket, port=port, pages=pages),
            Middleware(Patience),
        ],
        lifespan=_watching(studio),
    )
    app.router.default, app.router.redirect_slashes = rooms, False
    app.state.wire, app.state.rooms = studio.wire, rooms
    say_errors(app, pages)
    return app


def _watching(studio: Studio) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """While the server runs, a saved file makes every open page render again."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        stop = asyncio.Event()

        paths = studio.project.watch_paths()
        files = [path for path in paths if not path.is_dir()]

        async def follow(bursts: AsyncIterator[None]) -> None:
            async for _burst in bursts:
                await asyncio.to_thread(studio.proofs.forget)  # it waits for a rendering under way
                studio.wire.tell("changed", "")

        following = asyncio.gather(follow(watch(paths, stop=stop)), follow(watch_files(files, stop=stop)))
        yield
        stop.set()
        studio.wire.close()
        await following

    return lifespan


def _typeset(language: str, text: str) -> str:
    """A title as the letter will have it."""
    from newsletter.editorial.typography import typeset

    return typeset(text, language)
