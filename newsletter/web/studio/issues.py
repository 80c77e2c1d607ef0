"""Home, and what several pages say of an issue."""

import textwrap
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.errors import NewsletterError
from newsletter.model import Block, Issue
from newsletter.web.studio.home import make_home, sent_by_issue, waiting_sentence
from newsletter.web.studio.proofs import Proof
from newsletter.web.studio.stages import make_road
from newsletter.web.studio.state import Studio, plain

Shelf = Literal["", "archived"]


def issue_routes(studio: Studio) -> APIRouter:
    """`/`."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/")
    def home(shelf: Shelf = "", removed: str = "") -> HTMLResponse:
        found = make_home(studio.project, key=studio.key)
        proof = studio.proofs.read(found.current.issue.id) if found.current else None
        road = make_road(studio.project, proof, sent=found.current.sent) if proof and found.current else []
        return studio.pages.page(
            "home.html",
            home=found,
            proof=proof,
            road=road,
            shelf=shelf,
            removed=plain(removed) if removed else "",
            articles_folder=studio.project.settings.content.articles,
            waiting_sentence=waiting_sentence,
        )

    return router


def block_title(block: Block) -> str:
    """What a block without an article says of itself, else its kind: the outline needs a few words for each."""
    said = (str(block.parameters[name]) for name in ("title", "label", "text", "alt") if block.parameters.get(name))
    return textwrap.shorten(next(said, block.kind), 60, placeholder="…")


def block_name(proof: Proof, number: int) -> str:
    """The title of the article that a block shows, or what the block says of itself; `number` is from 0."""
    block = proof.issue.blocks[number]
    article = proof.articles.get(block.article or "")
    return article.title if article else block_title(block)


def sent_count(studio: Studio, issue: Issue) -> int | None:
    """How many mails of the issue the server took; None before the first, or while the store is out of reach."""
    try:
        return sent_by_issue(studio.project, studio.project.mailings()).get(issue.id)
    except NewsletterError:
        return None


def sender_name(studio: Studio, issue: Issue) -> str:
    """The name in the inbox: that of the list's From, or the magazine's."""
    settings = studio.project.settings
    chosen = settings.lists.get(issue.list)
    return (chosen.sender_name if chosen else "") or settings.site.title
