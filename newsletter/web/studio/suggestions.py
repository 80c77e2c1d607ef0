"""Whom one may mean by a few letters: readers of the issue's list, and whoever was asked to read a proof before."""

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from newsletter.errors import NewsletterError
from newsletter.model import Issue, Search
from newsletter.web.studio.state import Studio, plain
from newsletter.wording import unaccented

#: Names offered at once, and letters below which nobody is meant yet.
_MOST, _FEWEST = 8, 2


def suggestion_routes(studio: Studio) -> APIRouter:
    """`/issues/{name}/people?words=…`: `[{email, name}]`; with `proofreaders`, those come first."""
    router = APIRouter()

    @router.get("/issues/{name}/people")
    def suggest(name: str, words: str = "", proofreaders: bool = False) -> Response:
        if len(words.strip()) < _FEWEST:
            return JSONResponse([])
        issue = studio.project.issue(plain(name))
        bare = unaccented(words.strip()).casefold()
        known = [one for one in _proofreaders(studio, issue) if bare in one.casefold()] if proofreaders else []
        found = dict.fromkeys(known, "") | _readers(studio, issue, words)
        return JSONResponse([{"email": email, "name": name} for email, name in list(found.items())[:_MOST]])

    return router


def _readers(studio: Studio, issue: Issue, words: str) -> dict[str, str]:
    """Address → name, of those on the list; nobody while the store is out of reach."""
    try:
        people = studio.project.found(Search(list=issue.list, words=words, size=_MOST))
    except NewsletterError:
        return {}
    return {person.email: f"{person.first_name} {person.last_name}".strip() for person, _subscription in people}


def _proofreaders(studio: Studio, issue: Issue) -> Iterator[str]:
    """Addresses of the saved groups, then of earlier proofs of the issue."""
    try:
        for addresses in studio.project.proofreaders().values():
            yield from addresses
        for record in studio.project.proofs(issue):
            yield from record.to
    except NewsletterError:  # the page says what is wrong with the groups
        return
