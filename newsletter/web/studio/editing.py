"""What the composing page sends: one act at a time on the version of the file that it knows, answered in JSON."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from newsletter.editorial.images import MAX_FILE
from newsletter.errors import ChangedMeanwhile, NewsletterError, Unwritable
from newsletter.i18n import _
from newsletter.model import Edit, Issue, SetBody, SetField, SetParameter
from newsletter.web.pages import clock, sentence
from newsletter.web.studio.differences import differences
from newsletter.web.studio.state import Studio, plain

#: Where a person goes from the shelf, after an act on it.
_SEE_OTHER = 303


class Act(BaseModel):
    """One change, and the version of the file that the page shows."""

    model_config = ConfigDict(extra="forbid")

    version: str
    edit: Annotated[Edit, Field(discriminator="act")]


class Step(BaseModel):
    """Undo (-1) or redo (1)."""

    model_config = ConfigDict(extra="forbid")

    version: str
    step: Literal[-1, 1]


def editing_routes(studio: Studio) -> APIRouter:
    """POSTs only: the guard has asked for our Origin and this run's token."""
    router = APIRouter()

    @router.post("/issues/{name}/edits")
    def edit(name: str, act: Act) -> Response:
        try:
            version = studio.project.edit(plain(name), act.edit, version=act.version)
        except NewsletterError as error:
            return _refused(studio, name, error, edit=act.edit)
        return _saved(studio, version)

    @router.post("/issues/{name}/steps")
    def step(name: str, step: Step) -> Response:
        try:
            version = studio.project.step(plain(name), step.step, version=step.version)
        except NewsletterError as error:
            return _refused(studio, name, error)
        return _saved(studio, version)

    @router.get("/issues/{name}/differences")
    def compare(name: str, version: str) -> Response:
        ours, theirs = studio.project.seen(version), studio.project.issue_text(plain(name))
        return studio.pages.page("differences.html", lines=differences(ours or "", theirs), known=ours is not None)

    _add_shelf_routes(router, studio)

    @router.post("/uploads")
    def upload(file: UploadFile) -> Response:
        try:
            source = studio.project.keep_upload(file.filename or "image", file.file.read(MAX_FILE + 1))
        except NewsletterError as error:
            return JSONResponse({"sentence": _sentence(error)}, status_code=422)
        return JSONResponse({"source": source})

    return router


def _add_shelf_routes(router: APIRouter, studio: Studio) -> None:
    @router.post("/issues/{name}/copies")
    def duplicate(name: str) -> Response:
        copy = studio.project.duplicate(plain(name))
        studio.proofs.forget()
        return RedirectResponse(f"/issues/{copy}/contents", status_code=_SEE_OTHER)

    @router.post("/issues/{name}/archive")
    def archive(name: str, archived: Annotated[bool, Form()]) -> Response:
        studio.project.archive(plain(name), archived=archived)
        studio.proofs.forget()
        return RedirectResponse(f"/?{'archived' if archived else 'shelved'}={name}", status_code=_SEE_OTHER)

    @router.post("/issues/{name}/removal")
    def remove(name: str) -> Response:
        removed = studio.project.remove(plain(name))
        studio.proofs.forget()
        return RedirectResponse(f"/?removed={removed}", status_code=_SEE_OTHER)

    @router.post("/issues/{name}/return")
    def give_back(name: str) -> Response:
        studio.project.give_back(plain(name))
        studio.proofs.forget()
        return RedirectResponse(f"/issues/{name}/contents", status_code=_SEE_OTHER)


def _saved(studio: Studio, version: str) -> Response:
    studio.proofs.forget()
    return JSONResponse({"version": version, "saved": _("Saved at {time}", time=clock(_now(studio)))})


def _refused(studio: Studio, name: str, error: NewsletterError, *, edit: Edit | None = None) -> Response:
    """What stands in the way; when the file changed elsewhere, what it says now where the change was to go."""
    if not isinstance(error, ChangedMeanwhile):
        return JSONResponse({"sentence": _sentence(error)}, status_code=422)
    theirs = _("(nothing)")
    try:
        theirs = _said(studio.project.issue(plain(name)), edit) or theirs
    except NewsletterError as broken:
        theirs = str(broken)
    changed = dt.datetime.fromtimestamp(error.changed_at, studio.project.settings.site.zone)
    return JSONResponse(
        {
            "sentence": _("The issue's file changed elsewhere at {time}.", time=clock(changed)),
            "mine_at": _("Here, {time}", time=clock(_now(studio))),
            "theirs_at": _("In the file, {time}", time=clock(changed)),
            "theirs": theirs,
            "version": error.version,
        },
        status_code=409,
    )


def _said(issue: Issue, edit: Edit | None) -> str:
    """What the issue says at the place that an act would change."""
    value: Any = None
    match edit:
        case SetBody():
            value = issue.body
        case SetField(name=name):
            value = getattr(issue, name)
        case SetParameter(block=None, name=name):
            value = issue.parameters.get(name)
        case SetParameter(block=int(block), name=name) if block < len(issue.blocks):
            value = issue.blocks[block].parameters.get(name)
        case _:
            pass
    return "" if value is None else str(value)


def _sentence(error: NewsletterError) -> str:
    if isinstance(error, Unwritable):
        return _("Cannot save: {reason}.", reason=error.reason)
    return " ".join(sentence(part) for part in (error.message, error.hint) if part)


def _now(studio: Studio) -> dt.datetime:
    return dt.datetime.now(studio.project.settings.site.zone)
