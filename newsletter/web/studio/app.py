"""The studio: the pages where the staff see an issue before it leaves. On this computer, for this run, nobody else."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from newsletter.errors import NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.web.headers import Headers
from newsletter.web.listening import LOOPBACK, make_server, open_socket, serve
from newsletter.web.pages import STATIC, Pages
from newsletter.web.studio.approving import approval_routes
from newsletter.web.studio.contents import contents_routes
from newsletter.web.studio.editing import editing_routes
from newsletter.web.studio.guard import Guard, chosen_theme, key_of
from newsletter.web.studio.imports import import_routes
from newsletter.web.studio.issues import issue_routes
from newsletter.web.studio.kept import kept_routes
from newsletter.web.studio.ledger import ledger_routes
from newsletter.web.studio.live import Wire, watch
from newsletter.web.studio.new_issue import new_issue_routes
from newsletter.web.studio.people import people_routes
from newsletter.web.studio.places import place_routes, sections
from newsletter.web.studio.project import StudioProject
from newsletter.web.studio.proof_page import proof_routes
from newsletter.web.studio.proofs import Proofs
from newsletter.web.studio.rehearsals import rehearsal_routes
from newsletter.web.studio.reports import report_routes
from newsletter.web.studio.rereading import rereading_routes
from newsletter.web.studio.sending import sending_routes
from newsletter.web.studio.state import Studio
from newsletter.web.studio.suggestions import suggestion_routes

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

#: Every page and every answer, a module each.
_ROUTES = (
    issue_routes,
    proof_routes,
    new_issue_routes,
    contents_routes,
    editing_routes,
    approval_routes,
    rereading_routes,
    suggestion_routes,
    sending_routes,
    ledger_routes,
    rehearsal_routes,
    people_routes,
    import_routes,
    report_routes,
    place_routes,
    kept_routes,
)

#: A form says its origin, which the guard wants, only where the address may be said; no other site is told it.
_HEADERS = {
    "Content-Security-Policy": _PAGE_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def make_studio(project: StudioProject, *, token: str, port: int) -> FastAPI:
    """The ASGI application that `newsletter preview` runs; `port` is the one browsers must name.

    `app.state.wire` tells the open pages what happens; close it before the server stops.
    """
    pages = Pages(
        Path(__file__).parent / "pages",
        site=project.settings.site,
        theme=chosen_theme,
        studio_sections=sections,
    )
    studio = Studio(project=project, proofs=Proofs(project), pages=pages, wire=Wire(), key=key_of(token))
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=_watching(studio))
    app.state.wire = studio.wire
    for routes in _ROUTES:
        app.include_router(routes(studio))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Guard, token=token, port=port, pages=pages)
    app.add_middleware(Headers, headers=_HEADERS)
    _add_errors(app, pages)
    return app


def run_studio(
    project: StudioProject,
    *,
    port: int,
    open_browser: bool = True,
    issue: str | None = None,
    announce: Callable[[str], None] = print,
) -> None:
    """Serve the studio on 127.0.0.1 until Ctrl-C, on the wanted port or the next free one.

    `announce` gets the address, token included, once the port is ours; `issue` opens on that issue's proof.
    """
    listener = open_socket(port)
    token, taken = secrets.token_urlsafe(24), int(listener.getsockname()[1])
    app = make_studio(project, token=token, port=taken)
    path = f"/issues/{issue}/proof" if issue else "/"
    address = f"http://{LOOPBACK}:{taken}{path}?token={token}"
    announce(address)
    if open_browser:
        _open_browser(address)
    serve(make_server(app, on_stop=app.state.wire.close), listener)


def _open_browser(address: str) -> None:
    import webbrowser

    webbrowser.open(address)


def _watching(studio: Studio) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """While the server runs, a saved file makes every open page render again."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()

        async def follow() -> None:
            async for _burst in watch(studio.project.watch_paths(), stop=stop):
                await asyncio.to_thread(studio.proofs.forget)  # it waits for a rendering under way
                studio.wire.tell("changed", "")

        task = asyncio.create_task(follow())
        yield
        stop.set()
        studio.wire.close()
        await task

    return lifespan


def _add_errors(app: FastAPI, pages: Pages) -> None:
    async def told(_request: Request, error: Exception) -> Response:
        """The error in the page, as an editor must read it."""
        return pages.page("error.html", status=404 if isinstance(error, UsageError) else 500, error=error)

    async def refused(_request: Request, error: Exception) -> HTMLResponse:
        status = error.status_code if isinstance(error, HTTPException) else 422
        shown = NewsletterError(_("There is nothing at this address."))
        page = pages.page("error.html", status=status, error=shown)
        page.headers.update(getattr(error, "headers", None) or {})
        return page

    app.add_exception_handler(NewsletterError, told)
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, refused)
