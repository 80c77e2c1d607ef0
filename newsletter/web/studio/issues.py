"""Home, and what several pages say of an issue."""

import asyncio
import textwrap
from collections.abc import Iterable

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from newsletter.errors import NewsletterError
from newsletter.model import Block, Issue
from newsletter.web.studio.home import Departure, Row, departures, make_home, waiting_sentence
from newsletter.web.studio.proofs import Proof
from newsletter.web.studio.rooms import Rooms
from newsletter.web.studio.stages import make_road, road_ahead
from newsletter.web.studio.state import Studio, plain


def issue_routes(studio: Studio, rooms: Rooms) -> list[Route]:
    """`/`: until the rooms are open only what the files say, at once; then all.

    `?whole=…` asks for all. It has the rooms opened first, for whoever leaves the first page meanwhile; and all made
    behind its answer, for whoever leaves it then.
    """

    async def home(request: Request) -> Response:
        if "whole" in request.query_params:
            await rooms.open()
        page = await asyncio.to_thread(_home, studio, request, whole=rooms.is_open)
        page.background = BackgroundTask(rooms.make_all) if rooms.is_open else None
        return page

    return [Route("/", home)]


def _home(studio: Studio, request: Request, *, whole: bool) -> HTMLResponse:
    asked = request.query_params
    found = make_home(studio.project, key=studio.key, whole=whole)
    issue = found.current.issue if found.current else None
    proof = studio.proofs.read(issue.id) if issue and found.whole else None
    road = road_ahead(issue) if issue else []
    if proof and found.current:
        road = make_road(studio.project, proof, left=found.current.left)
    return studio.pages.page(
        "home.html",
        home=found,
        proof=proof,
        road=road,
        rest="" if found.whole else f"?{request.url.include_query_params(whole='true').query}",
        shelf=asked.get("shelf", ""),
        removed=plain(asked["removed"]) if asked.get("removed") else "",
        archived=_named(found.archived, asked.get("archived")),
        shelved=_named(found.shelf, asked.get("shelved")),
        articles_folder=studio.project.settings.content.articles,
        waiting_sentence=waiting_sentence,
        is_interrupted=studio.project.is_interrupted,
    )


def _named(rows: Iterable[Row], name: str | None) -> Issue | None:
    """The issue of that name among these: what an address says was done may have been undone since."""
    return next((row.issue for row in rows if row.issue.id == name), None)


def block_title(block: Block) -> str:
    """What a block without an article says of itself, else its kind: the outline needs a few words for each."""
    said = (str(block.parameters[name]) for name in ("title", "label", "text", "alt") if block.parameters.get(name))
    return textwrap.shorten(next(said, block.kind), 60, placeholder="…")


def block_name(proof: Proof, number: int) -> str:
    """The title of the article that a block shows, or what the block says of itself; `number` is from 0."""
    block = proof.issue.blocks[number]
    article = proof.articles.get(block.article or "")
    return article.title if article else block_title(block)


def departure_of(studio: Studio, issue: Issue) -> Departure | None:
    """What became of the issue; None before it leaves, or while the store is out of reach."""
    try:
        project = studio.project
        theirs = [one for one in project.mailings() if one.issue == issue.id and not one.rehearsal]
        return departures((one, project.counts(one)) for one in theirs).get(issue.id)
    except NewsletterError:
        return None


def issue_called(studio: Studio, name: str) -> str:
    """What people call an issue: its subject; the name of its file once that is gone, or while it cannot be read."""
    try:
        return studio.project.issue(name).subject or name
    except NewsletterError:
        return name


def sender_name(studio: Studio, issue: Issue) -> str:
    """The name in the inbox: that of the list's From, or the magazine's."""
    settings = studio.project.settings
    chosen = settings.lists.get(issue.list)
    return (chosen.sender_name if chosen else "") or settings.site.title
