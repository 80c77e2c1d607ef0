"""What Ctrl K finds: everything in the studio that one can go to."""

from collections.abc import Sequence
from contextlib import suppress

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.errors import NewsletterError
from newsletter.model import Issue
from newsletter.web.studio.state import Studio


def palette_routes(studio: Studio) -> APIRouter:
    """`/places`."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/places")
    def show_places() -> HTMLResponse:
        issues: Sequence[Issue] = ()
        with suppress(NewsletterError):  # the home page says what is wrong
            issues = studio.project.issues()
        return studio.pages.page("places.html", issues=list(reversed(issues)))

    return router
