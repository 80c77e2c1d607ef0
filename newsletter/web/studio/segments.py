"""Segments in the studio: a search of Abonnés that is kept, counted, changed and forgotten."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from newsletter.errors import ChangedMeanwhile, NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.model import Segment, Vocabulary
from newsletter.web.studio.patience import soon
from newsletter.web.studio.people import chosen_list, field_name, nameless
from newsletter.web.studio.segment_form import TICKED, TypedSegment
from newsletter.web.studio.state import Studio
from newsletter.wording import slug

#: Characters of the name that is made of a title.
_LONGEST = 60
_MOST_FIELDS = 5_000


def segment_routes(studio: Studio) -> APIRouter:
    """`/segments`."""
    router = APIRouter(prefix="/segments", default_response_class=HTMLResponse)

    @router.get("/new")
    def show_new(
        list_id: Annotated[str, Query(alias="list")] = "",
        words: Annotated[str, Query(max_length=200)] = "",
        segment: str = "",
    ) -> HTMLResponse:
        typed = _start(studio, chosen_list(studio, list_id), words=words, segment=segment)
        return _show(studio, typed, counted=not typed.is_blank, live=True)

    @router.post("")
    async def take(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
            typed, saved = TypedSegment.from_form(form), form.get("act") == "save" or "over" in form
        chosen_list(studio, typed.list_id)
        return await asyncio.to_thread(_save if saved else _show, studio, typed)

    @router.get("/{name}/change")
    def show_change(name: str) -> HTMLResponse:
        segment, zone = _segment(studio, name), studio.project.settings.site.zone
        typed = TypedSegment.of(segment, zone=zone, version=studio.project.segment_version(name))
        return _show(studio, typed, live=True)

    @router.get("/{name}/forget")
    def ask_forget(name: str) -> HTMLResponse:
        return _ask_forget(studio, name)

    @router.post("/{name}/forget")
    def forget(name: str, version: Annotated[str, Form()] = "") -> Response:
        segment = _segment(studio, name)
        try:
            studio.project.forget_segment(name, version=version)
        except ChangedMeanwhile as error:
            return _ask_forget(studio, name, error=error)
        return _back(segment.list, done="forgotten")

    return router


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Somebody else changed the segment meanwhile: what is typed here, and what the file says."""

    #: When the file changed.
    changed_at: datetime
    #: Conditions, a phrase each.
    ours: Sequence[str]
    #: None when the segment is no longer there.
    theirs: Segment | None
    their_phrases: Sequence[str] = ()
    #: What the file says now, for whoever writes over it.
    version: str


def _segment(studio: Studio, name: str) -> Segment:
    """As the file says it, even when nobody has its tags any more: then it can be mended."""
    known = studio.project.segments()
    return known[name] if name in known else studio.project.segment(name)


def _start(studio: Studio, list_id: str, *, words: str, segment: str) -> TypedSegment:
    """A new segment that begins as the present search."""
    if not segment:
        return TypedSegment(list_id=list_id, words=words)
    known = TypedSegment.of(_segment(studio, segment), zone=studio.project.settings.site.zone)
    return replace(known, was="", title="", words=f"{known.words} {words}".strip())


def _made(studio: Studio, typed: TypedSegment) -> Segment:
    """Raises NewsletterError for whatever is wrong with it."""
    segment = studio.project.make_segment(typed.was or slug(typed.title, limit=_LONGEST) or "segment", typed.table())
    studio.project.require_known(segment)
    return segment


def _save(studio: Studio, typed: TypedSegment) -> Response:
    try:
        version = typed.version if typed.was else studio.project.segment_version("")
        if not slug(typed.title, limit=_LONGEST):
            raise UsageError(_("Give the segment a name."))
        segment = _made(studio, typed)
        if not typed.was and segment.name in studio.project.segments():
            raise UsageError(_("There is a segment “{title}” already: give this one another name.", title=typed.title))
        studio.project.save_segment(segment, version=version)
    except ChangedMeanwhile as error:
        return _show(studio, typed, conflict=_conflict(studio, segment, error))
    except NewsletterError as error:
        return _show(studio, typed, error=error)
    return _back(segment.list, segment=segment.name, done="kept")


def _conflict(studio: Studio, ours: Segment, error: ChangedMeanwhile) -> Conflict:
    project = studio.project
    theirs = project.segments().get(ours.name)
    return Conflict(
        changed_at=datetime.fromtimestamp(error.changed_at, project.settings.site.zone),
        ours=project.segment_in_words(ours),
        theirs=theirs,
        their_phrases=project.segment_in_words(theirs) if theirs else (),
        version=error.version,
    )


def _ask_forget(studio: Studio, name: str, *, error: NewsletterError | None = None) -> HTMLResponse:
    segment = _segment(studio, name)
    return studio.pages.page(
        "forget-segment.html",
        status=409 if error else 200,
        segment=segment,
        rule=studio.project.segment_in_words(segment),
        version=studio.project.segment_version(name),
        error=error,
    )


def _back(list_id: str, **said: str) -> RedirectResponse:
    return RedirectResponse(f"/subscribers?{urlencode({'list': list_id} | said)}", status_code=303)


def _show(
    studio: Studio,
    typed: TypedSegment,
    *,
    error: NewsletterError | None = None,
    conflict: Conflict | None = None,
    counted: bool = True,
    live: bool = False,
) -> HTMLResponse:
    """The form; `live` when asking for its address once more gives the same page."""
    people = None
    if counted and error is None:
        try:
            people = soon(partial(studio.project.segment_size, _made(studio, typed)))
        except NewsletterError as mistake:
            error = mistake
    known = soon(partial(studio.project.vocabulary, typed.list_id))
    words = known or Vocabulary(tags={}, fields=())
    tags = [*words.tags, *(tag for key in TICKED[:3] for tag in typed.ticked.get(key, ()))]
    return studio.pages.page(
        "segment.html",
        status=422 if error else 409 if conflict else 200,
        typed=typed,
        conflict=conflict,
        list=studio.project.settings.lists[typed.list_id],
        people=people,
        counting=known is None or (counted and error is None and people is None),
        live=live,
        tags={tag: tag for tag in tags},
        fields=_fields(words.fields, typed),
        issues=_issues(studio, typed),
        error=nameless(error) if error else None,
    )


def _fields(known: tuple[str, ...], typed: TypedSegment) -> dict[str, str]:
    """Field → how the page calls it."""
    names = {"first_name": _("First name"), "last_name": _("Last name")}
    others = (*known, *(row.name for row in typed.rows))
    return names | {name: field_name(name) for name in others if name and name not in names}


def _issues(studio: Studio, typed: TypedSegment) -> Mapping[str, str]:
    """Id → title of the issues that were really mailed, the last first, and of those that are ticked."""
    titles: dict[str, str] = {}
    with suppress(NewsletterError):  # the home page says what is wrong
        titles = {issue.id: issue.subject or issue.id for issue in studio.project.issues()}
    mailed = {mailing.issue for mailing in studio.project.mailings() if not mailing.rehearsal}
    ticked = {issue for key in TICKED[3:] for issue in typed.ticked.get(key, ())}
    return {name: titles.get(name, name) for name in sorted(mailed | ticked, reverse=True)}
