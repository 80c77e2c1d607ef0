"""The proof of an issue: its page, the mail for its frame, and the remarks set aside."""

import secrets
from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.web.studio.frame import framed
from newsletter.web.studio.issues import block_name, sender_name, sent_count
from newsletter.web.studio.proof_screen import LIMIT, VARIANTS, Screen
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
            road=make_road(studio.project, proof, sent=sent_count(studio, proof.issue)),
            sender=sender_name(studio, proof.issue),
            editions=studio.proofs.editions(proof.issue) if view.view == "editions" else {},
            variants=VARIANTS,
            screens=SCREENS,
            limit=LIMIT,
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

    return router


def _frame_address(view: ProofView, **more: str) -> str:
    """The query of a frame: what changes the mail, and the name under which its height is awaited."""
    mail = {name: value for name, value in view.said().items() if name in ("light", "images", "block", "reader")}
    return urlencode({**mail, **more, "ruler": secrets.token_hex(8)})
