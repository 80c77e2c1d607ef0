"""The public pages, the least of them: leave a list in one click, and read a letter in the browser.

Whoever holds the token is its reader: no cookie, no login, no script. An unknown token gets the same gentle answer as
a known one, and nothing a robot may do by looking (GET, HEAD, OPTIONS) changes anything (RFC 8058 §3.1).
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from newsletter.errors import NewsletterError
from newsletter.i18n import set_language
from newsletter.settings import Settings
from newsletter.web import QUIET
from newsletter.web.headers import Headers
from newsletter.web.listening import LOOPBACK, open_socket
from newsletter.web.pages import Pages
from newsletter.web.serving import make_server, serve
from newsletter.web.static_files import static_route

_log = logging.getLogger(__name__)

_PAGE_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class PublicProject(Protocol):
    """What the public pages ask of a project."""

    @property
    def settings(self) -> Settings:
        """For the names and the language."""
        ...

    def unsubscribe_title(self, token: str) -> str | None:
        """Title of the list that the token leaves; None when it is not ours."""
        ...

    def unsubscribe(self, token: str) -> bool:
        """Leave at once; False when the token is not ours. Idempotent."""
        ...

    def web_version(self, token: str) -> str | None:
        """A sent letter's HTML without any reader's data; None when the token is not ours."""
        ...

    def picture_copy(self, name: str) -> Path | None:
        """The file of a copy that letters show; None when nothing is called so."""
        ...


def make_public(project: PublicProject) -> FastAPI:
    """The ASGI application that `newsletter serve` runs."""
    app = FastAPI(**QUIET, redirect_slashes=False)
    pages = Pages(Path(__file__).parent / "pages", site=project.settings.site, write_to=_write_to(project.settings))
    app.router.routes.append(static_route())
    app.add_middleware(
        Headers,
        headers={
            "Content-Security-Policy": _PAGE_POLICY,
            "X-Frame-Options": "DENY",
            "X-Robots-Tag": "noindex, nofollow, noarchive",
        },
    )
    _add_letters(app, project, pages)
    _add_errors(app, project, pages)
    app.add_api_route("/robots.txt", _robots, methods=["GET", "HEAD"])
    app.add_api_route("/health", _health, methods=["GET", "HEAD"])
    return app


def run_public(project: PublicProject, *, port: int, announce: Callable[[str], None] = print) -> None:
    """Serve the public pages on 127.0.0.1 until Ctrl-C; `announce` gets the address once the port is ours."""
    listener = open_socket(port)
    announce(f"http://{LOOPBACK}:{listener.getsockname()[1]}/")
    serve(make_server(make_public(project)), listener)


def _add_letters(app: FastAPI, project: PublicProject, pages: Pages) -> None:
    def unsubscribe(token: str, request: Request) -> HTMLResponse:
        """RFC 8058 §3.2: the POST alone decides, whatever its body says, and is never redirected."""
        set_language(project.settings.site.language)
        if request.method == "POST":
            project.unsubscribe(token)
            return pages.page("unsubscribed.html")
        return pages.page("unsubscribe.html", title=project.unsubscribe_title(token))

    def read_online(token: str) -> HTMLResponse:
        set_language(project.settings.site.language)
        html = project.web_version(token)
        if html is None:
            return pages.page("not-found.html", status=404)
        return HTMLResponse(html, headers={"Content-Security-Policy": _letter_policy(project.settings)})

    def show_copy(name: str) -> Response:
        """The same file for every reader, whose name changes with its bytes: it may be kept for good."""
        file = project.picture_copy(name)
        if file is None:
            raise HTTPException(404)
        return FileResponse(file, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    app.add_api_route("/i/{name}", show_copy, methods=["GET", "HEAD"], response_class=Response)
    app.add_api_route("/u/{token}", unsubscribe, methods=["GET", "HEAD", "POST"], response_class=HTMLResponse)
    app.add_api_route("/v/{token}", read_online, methods=["GET", "HEAD"], response_class=HTMLResponse)


def _add_errors(app: FastAPI, project: PublicProject, pages: Pages) -> None:
    async def refused(_request: Request, error: Exception) -> Response:
        set_language(project.settings.site.language)
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = getattr(error, "headers", None) or {}
        page = pages.page("not-found.html", status=status)
        page.headers.update(headers)
        return page

    async def unavailable(_request: Request, error: Exception) -> Response:
        """Not 200: the mail program that posted will try again (RFC 8058 §3.1)."""
        set_language(project.settings.site.language)
        _log.error("%s", error)
        return pages.page("unavailable.html", status=503)

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(NewsletterError, unavailable)


def _robots() -> PlainTextResponse:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


def _health() -> PlainTextResponse:
    return PlainTextResponse("ok\n")


def _letter_policy(settings: Settings) -> str:
    """The letter was cleaned when it was made; still it may run nothing, and show pictures only."""
    hosts = {f"{part.scheme}://{part.netloc}" for part in map(urlsplit, (settings.site.url, settings.copies_url))}
    return (
        f"default-src 'none'; img-src https: data: {' '.join(sorted(hosts))}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )


def _write_to(settings: Settings) -> str:
    """The address where a person answers: that of the first list."""
    for chosen in settings.lists.values():
        return chosen.reply_address
    return ""
