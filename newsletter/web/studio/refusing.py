"""What a page says instead, when it cannot be shown: the error as an editor must read it."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.errors import NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.web.pages import Pages
from newsletter.web.studio.places import section_of


def say_errors(app: Starlette, pages: Pages, *refused: type[Exception]) -> None:
    """Answer with a page whatever goes wrong in `app`; `refused` are its own words for an address that is none."""

    def shown(request: Request, error: Exception, status: int) -> HTMLResponse:
        return pages.page("error.html", status=status, error=error, section=section_of(request.url.path))

    async def told(request: Request, error: Exception) -> Response:
        return shown(request, error, 404 if isinstance(error, UsageError) else 500)

    async def nothing_here(request: Request, error: Exception) -> HTMLResponse:
        status = error.status_code if isinstance(error, HTTPException) else 422
        page = shown(request, NewsletterError(_("There is nothing at this address.")), status)
        page.headers.update(getattr(error, "headers", None) or {})
        return page

    app.add_exception_handler(NewsletterError, told)
    kinds: tuple[type[Exception], ...] = (HTTPException, *refused)
    for kind in kinds:
        app.add_exception_handler(kind, nothing_here)
