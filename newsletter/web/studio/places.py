"""Where one can go in the studio: the sections of the bar, and what Ctrl K finds."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.errors import NewsletterError
from newsletter.i18n import _
from newsletter.model import Issue
from newsletter.web.studio.state import Studio


@dataclass(frozen=True, kw_only=True)
class Section:
    """One entry of the bar on pages that belong to no issue."""

    #: A page says which one it is.
    key: str
    name: str
    path: str


def sections() -> list[Section]:
    """The sections, in the order of the bar. A new one is one line here."""
    return [
        Section(key="issues", name=_("Issues"), path="/"),
        Section(key="subscribers", name=_("Subscribers"), path="/subscribers"),
        Section(key="reports", name=_("Reports"), path="/reports"),
    ]


def place_routes(studio: Studio) -> APIRouter:
    """`/places`: everything that Ctrl K can go to."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/places")
    def show_places() -> HTMLResponse:
        issues: Sequence[Issue] = ()
        with suppress(NewsletterError):  # the home page says what is wrong
            issues = studio.project.issues()
        return studio.pages.page("places.html", issues=list(reversed(issues)))

    return router
