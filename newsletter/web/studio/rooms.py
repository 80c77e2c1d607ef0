"""The rooms behind the studio's first page: every other page and every act, a module each."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from newsletter.web.studio.approving import approval_routes
from newsletter.web.studio.contents import contents_routes
from newsletter.web.studio.editing import editing_routes
from newsletter.web.studio.imports import import_routes
from newsletter.web.studio.ledger import ledger_routes
from newsletter.web.studio.new_issue import new_issue_routes
from newsletter.web.studio.palette import palette_routes
from newsletter.web.studio.people import people_routes
from newsletter.web.studio.proof_page import proof_routes
from newsletter.web.studio.refusing import say_errors
from newsletter.web.studio.rehearsals import rehearsal_routes
from newsletter.web.studio.reports import report_routes
from newsletter.web.studio.rereading import rereading_routes
from newsletter.web.studio.segments import segment_routes
from newsletter.web.studio.sending import sending_routes
from newsletter.web.studio.state import Studio
from newsletter.web.studio.suggestions import suggestion_routes

_ROUTES = (
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
    segment_routes,
    import_routes,
    report_routes,
    palette_routes,
)


def make_rooms(studio: Studio) -> FastAPI:
    """The ASGI application of all of them; the guard stands before it, at the studio's door."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for routes in _ROUTES:
        app.include_router(routes(studio))
    say_errors(app, studio.pages, RequestValidationError)
    return app
