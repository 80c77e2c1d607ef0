"""The proof of an issue: its page, the mail for its frame, and the remarks set aside."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.errors import ChangedMeanwhile
from newsletter.i18n import _
from newsletter.model import RemoveBlock
from newsletter.web.studio.frame import framed
from newsletter.web.studio.issues import block_name, departure_of, sender_name
from newsletter.web.studio.proof_screen import LIMIT, VARIANTS, Screen
from newsletter.web.studio.remedies import remedy
from newsletter.web.studio.stages import make_road
from newsletter.web.studio.state import Studio, plain
from newsletter.web.studio.view import SCREENS, ProofView

_SEE_OTHER = 303


def proof_routes(studio: Studio) -> APIRouter:
    """`/issues/{name}/proof`, `…/mail` for its frame, and `…/ignored`."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/issues/{name}/proof")
    def show_proof(name: str, view: Annotated[ProofView, Query()]) -> HTMLResponse:
        proof = studio.proofs.read(plain(name))
        return studio.pages.page(
            "proof.html",
            proof=proof,
            screen=Screen(studio, proof, view),
            state=view,
            block_name=partial(block_name, proof),
            road=make_road(studio.project, proof, left=departure_of(studio, proof.issue)),
            sender=sender_name(studio, proof.issue),
            editions=studio.proofs.editions(proof.issue) if view.view == "editions" else {},
            variants=VARIANTS,
            screens=SCREENS,
            limit=LIMIT,
            reach=studio.project.reach(proof.issue.id),
            remedy=partial(remedy, proof.issue),
            done=_done(view.done),
            frame_address=lambda **more: _frame_address(view, **more),
        )

    @router.get("/issues/{name}/mail")
    def show_mail(
        name: str,
        view: Annotated[ProofView, Query()],
        ruler: str = "",
        edition: Literal["", "members", "all"] = "",
    ) -> HTMLResponse:
        html = Screen(studio, studio.proofs.read(plain(name)), view).mail(edition)
        return framed(html, settings=studio.project.settings, key=studio.key, ruler=ruler)

    @router.post("/issues/{name}/ignored")
    def ignore(
        name: str, code: Annotated[str, Form()], reason: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "?"
    ) -> RedirectResponse:
        issue = studio.project.issue(plain(name))
        studio.project.ignore(issue, code, reason=reason)
        studio.proofs.forget()
        query = back if back.startswith("?") else "?"
        return RedirectResponse(f"/issues/{name}/proof{query}", status_code=_SEE_OTHER)

    @router.post("/issues/{name}/proof/removal")
    def remove_block(
        name: str, block: Annotated[int, Form(ge=0)], version: Annotated[str, Form()], back: Annotated[str, Form()] = ""
    ) -> RedirectResponse:
        return _act(studio, plain(name), "removed", back, partial(_remove, studio, block=block, version=version))

    @router.post("/issues/{name}/proof/steps")
    def step(
        name: str,
        step: Annotated[int, Form(ge=-1, le=1)],
        version: Annotated[str, Form()],
        back: Annotated[str, Form()] = "",
    ) -> RedirectResponse:
        done = "undone" if step < 0 else "redone"
        return _act(studio, plain(name), done, back, partial(studio.project.step, step=step, version=version))

    return router


def _remove(studio: Studio, name: str, *, block: int, version: str) -> str:
    return studio.project.edit(name, RemoveBlock(block=block), version=version)


def _act(studio: Studio, name: str, done: str, back: str, act: Callable[[str], object]) -> RedirectResponse:
    """Do it, and go back to the view it came from; what was meant for another version of the file is not done."""
    try:
        act(name)
    except ChangedMeanwhile:
        done = "changed"
    studio.proofs.forget()
    view = urlencode(
        [*((key, value) for key, value in parse_qsl(back.removeprefix("?")) if key != "block"), ("done", done)]
    )
    return RedirectResponse(f"/issues/{name}/proof?{view}", status_code=_SEE_OTHER)


def _done(what: str) -> str:
    return {
        "removed": _("The block has left the issue."),
        "undone": _("Undone."),
        "redone": _("Redone."),
        "changed": _("The file had changed: the page is up to date now, do it again."),
    }.get(what, "")


def _frame_address(view: ProofView, **more: str) -> str:
    """The query of a frame: what changes the mail, and the name under which its height is awaited."""
    mail = {name: value for name, value in view.said().items() if name in ("light", "images", "block", "reader")}
    return urlencode({**mail, **more, "ruler": secrets.token_hex(8)})
