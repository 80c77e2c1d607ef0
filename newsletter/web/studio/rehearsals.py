"""What arrived in a rehearsal: the list of mails, and one of them as its reader would get it."""

from typing import Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from newsletter.errors import UsageError
from newsletter.i18n import _
from newsletter.model import Mailing
from newsletter.web.studio.frame import framed
from newsletter.web.studio.issues import issue_called
from newsletter.web.studio.letters import Letter, read_letter
from newsletter.web.studio.state import Studio, plain

View = Literal["mail", "text", "headers"]
#: Mails listed at once.
PAGE = 100


def rehearsal_routes(studio: Studio) -> APIRouter:
    """`/rehearsals/{mailing}` and the mails in it."""
    router = APIRouter(prefix="/rehearsals/{mailing_id}", default_response_class=HTMLResponse)

    @router.get("")
    def show_rehearsal(mailing_id: int, page: int = Query(1, ge=1)) -> HTMLResponse:
        """The first mail of the page is open."""
        return _show(studio, mailing_id, page=page)

    @router.get("/{name}")
    def show_received(mailing_id: int, name: str, view: View = "mail", page: int = Query(1, ge=1)) -> HTMLResponse:
        return _show(studio, mailing_id, name=plain(name), view=view, page=page)

    @router.get("/{name}/mail")
    def show_mail(mailing_id: int, name: str) -> HTMLResponse:
        letter = _letter(studio, mailing_id, plain(name))
        return framed(letter.html or "", settings=studio.project.settings, key=studio.key)

    return router


def _show(studio: Studio, mailing_id: int, *, name: str = "", view: View = "mail", page: int = 1) -> HTMLResponse:
    mailing = _mailing(studio, mailing_id)
    received = studio.project.rehearsed(mailing_id)
    shown = received[(page - 1) * PAGE : page * PAGE]
    name = name or (shown[0].name if shown else "")
    return studio.pages.page(
        "rehearsal.html",
        mailing=mailing,
        called=issue_called(studio, mailing.issue),
        total=len(received),
        shown=shown,
        chosen=name,
        letter=_letter(studio, mailing_id, name) if name else None,
        view=view,
        page=page,
        last_page=max(1, -(-len(received) // PAGE)),
    )


def _mailing(studio: Studio, mailing_id: int) -> Mailing:
    for mailing in studio.project.mailings():
        if mailing.id == mailing_id and mailing.rehearsal:
            return mailing
    raise UsageError(_("There is no rehearsal {id}.", id=mailing_id))


def _letter(studio: Studio, mailing_id: int, name: str) -> Letter:
    return read_letter(studio.project.rehearsed_message(mailing_id, name))
