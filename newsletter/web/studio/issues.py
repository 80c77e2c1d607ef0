"""Home, and the proof of an issue. The state of a view stands in its address: it can be kept, sent and reloaded."""

import secrets
import textwrap
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.errors import NewsletterError
from newsletter.model import Block, Issue
from newsletter.web.studio.frame import framed
from newsletter.web.studio.home import make_home, sent_by_issue, waiting_sentence
from newsletter.web.studio.stages import make_road
from newsletter.web.studio.state import Studio, plain

View = Literal["mail", "text", "source"]
Width = Literal["phone", "tablet", "desktop"]
Drawer = Literal["open", "folded"]
Shelf = Literal["", "archived"]


def issue_routes(studio: Studio) -> APIRouter:
    """`/`, `/issues/{name}/proof` and the mail for its frame."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/")
    def home(shelf: Shelf = "") -> HTMLResponse:
        found = make_home(studio.project, key=studio.key)
        proof = studio.proofs.read(found.current.issue.id) if found.current else None
        road = make_road(studio.project, proof, sent=found.current.sent) if proof and found.current else []
        return studio.pages.page(
            "home.html",
            home=found,
            proof=proof,
            road=road,
            shelf=shelf,
            articles_folder=studio.project.settings.content.articles,
            waiting_sentence=waiting_sentence,
        )

    @router.get("/issues/{name}/proof")
    def show_proof(name: str, view: View = "mail", width: Width = "desktop", drawer: Drawer = "open") -> HTMLResponse:
        proof = studio.proofs.read(plain(name))
        return studio.pages.page(
            "proof.html",
            proof=proof,
            block_title=_block_title,
            road=make_road(studio.project, proof, sent=sent_count(studio, proof.issue)),
            sender=_sender(studio, proof.issue),
            state={"view": view, "width": width, "drawer": drawer},
            ruler=secrets.token_hex(8),
        )

    @router.get("/issues/{name}/mail")
    def show_mail(name: str, ruler: str = "") -> HTMLResponse:
        preview = studio.proofs.read(plain(name)).preview
        html = preview.html if preview else ""
        return framed(html, settings=studio.project.settings, key=studio.key, ruler=ruler)

    return router


def _block_title(block: Block) -> str:
    """What a block without an article says of itself, else its kind: the outline needs a few words for each."""
    said = (str(block.parameters[name]) for name in ("title", "label", "text", "alt") if block.parameters.get(name))
    return textwrap.shorten(next(said, block.kind), 60, placeholder="…")


def sent_count(studio: Studio, issue: Issue) -> int | None:
    """How many mails of the issue the server took; None before the first, or while the store is out of reach."""
    try:
        return sent_by_issue(studio.project, studio.project.mailings()).get(issue.id)
    except NewsletterError:
        return None


def _sender(studio: Studio, issue: Issue) -> str:
    """The name in the inbox: that of the list's From, or the magazine's."""
    settings = studio.project.settings
    chosen = settings.lists.get(issue.list)
    return (chosen.sender_name if chosen else "") or settings.site.title
