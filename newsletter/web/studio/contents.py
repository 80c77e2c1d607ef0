"""Sommaire: the page where an issue is put together. The state of the view stands in its address (`?block=3`)."""

import re
import secrets
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.errors import LayoutError
from newsletter.model import Composition, Reason
from newsletter.web.studio.home import local_picture
from newsletter.web.studio.issues import departure_of
from newsletter.web.studio.proofs import Proof
from newsletter.web.studio.stages import make_road
from newsletter.web.studio.state import Studio, plain

#: Controls shown at once in an open block; the others wait behind a line.
SHOWN = 5
#: What an article must have before it may stand in a letter.
_NOT_YET = (Reason.DRAFT, Reason.UNPUBLISHED, Reason.FUTURE, Reason.UNREADABLE)

#: Signs of Markdown, and the address of a link, in a line that only recalls what was written.
_MARKS = re.compile(r"\[([^\]]*)\]\([^)]*\)|[*_#>`]+")

Side = Literal["articles", "issue", "mail"]


def contents_routes(studio: Studio) -> APIRouter:
    """`/issues/{name}/contents`, and the pictures that a block may take."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/issues/{name}/contents")
    def show_contents(name: str, block: str = "", side: Side = "issue") -> HTMLResponse:
        composition = studio.project.composition(plain(name))
        proof = studio.proofs.read(composition.issue.id)
        return studio.pages.page(
            "contents.html",
            **_choices(studio, composition),
            composition=composition,
            proof=proof,
            remarks=_remarks(proof, composition),
            road=make_road(studio.project, proof, left=departure_of(studio, composition.issue)),
            open=block,
            articles_folder=studio.project.settings.content.articles,
            side=side,
            ruler=secrets.token_hex(8),
        )

    @router.get("/uploads")
    def show_uploads() -> HTMLResponse:
        return studio.pages.page("uploads.html", pictures=studio.project.uploads(), thumbnail=_thumbnail(studio))

    return router


def _choices(studio: Studio, composition: Composition) -> dict[str, Any]:
    """What the page's menus offer, and the few questions its template asks."""
    categories = sorted({one.category for one in composition.proposals if one.category})
    try:
        layouts = studio.project.layouts()
    except LayoutError:  # the proof tells where it is wrong
        layouts = [composition.layout] if composition.layout else []
    return {
        "lists": studio.project.settings.lists,
        "layouts": layouts,
        "categories": categories,
        "thumbnail": _thumbnail(studio),
        "picture_of": lambda article: local_picture(article, studio.project.settings.site, studio.key),
        "may_stand": lambda proposal: proposal.reason not in _NOT_YET,
        "SHOWN": SHOWN,
        "opening": lambda words: " ".join(_MARKS.sub(r"\1", words).split()),
    }


def _thumbnail(studio: Studio) -> object:
    """Where the studio serves an upload from; "" for a picture that is not on this computer."""

    def thumbnail(source: str) -> str:
        source = source.removeprefix(studio.project.settings.site.url)
        return f"/kept/{studio.key}{source}" if source.startswith("/uploads/") else ""

    return thumbnail


def _remarks(proof: Proof, composition: Composition) -> dict[int, list[str]]:
    """Block → what stands against it, while the proof is one of these very blocks."""
    if proof.issue.blocks != composition.issue.blocks:
        return {}
    found: dict[int, list[str]] = {}
    for finding in proof.at_level("error"):
        if finding.block is not None:
            found.setdefault(finding.block, []).append(finding.message)
    return found
