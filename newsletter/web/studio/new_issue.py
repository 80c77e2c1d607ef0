"""A new issue: its title, its day, its list, its layout, and the articles that it would take."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from newsletter.errors import NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.web.studio.state import Studio


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the form says."""

    title: str = ""
    date: str = ""
    list: str = ""
    layout: str = ""


def new_issue_routes(studio: Studio) -> APIRouter:
    """`/issues/new`, and `/issues`, which makes the file."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/issues/new")
    def ask(date: str = "") -> HTMLResponse:
        return _form(studio, _start(studio, date))

    @router.post("/issues", response_class=Response)
    def create(
        title: Annotated[str, Form()] = "",
        date: Annotated[str, Form()] = "",
        list: Annotated[str, Form()] = "",  # noqa: A002 - the field's name in the form
        layout: Annotated[str, Form()] = "",
    ) -> Response:
        wish = Wish(title=" ".join(title.split()), date=date, list=list, layout=layout)
        try:
            name = _create(studio, wish)
        except NewsletterError as error:
            return _form(studio, wish, error=error, status=422)
        studio.proofs.forget()
        return RedirectResponse(f"/issues/{name}/contents", status_code=303)

    return router


def _start(studio: Studio, date: str) -> Wish:
    """The last issue's settings, today's date."""
    issues = studio.project.issues()
    last = issues[-1] if issues else None
    names = [layout.name for layout in studio.project.layouts()]
    return Wish(
        date=date or studio.project.today().isoformat(),
        list=last.list if last else next(iter(studio.project.settings.lists), ""),
        layout=last.layout if last else ("launch" if "launch" in names else next(iter(names), "")),
    )


def _create(studio: Studio, wish: Wish) -> str:
    if not wish.title:
        raise UsageError(_("Give the letter a title: it becomes its subject."))
    planned = _day(wish.date)
    selection = studio.project.choose(planned, drafting=True)
    path = studio.project.new_issue(wish.title, selection, planned=planned, list_id=wish.list, layout=wish.layout)
    return path.stem


def _form(studio: Studio, wish: Wish, *, error: NewsletterError | None = None, status: int = 200) -> HTMLResponse:
    try:
        taken = studio.project.choose(_day(wish.date), drafting=True).taken
    except NewsletterError as problem:
        taken, error = (), error or problem
    return studio.pages.page(
        "new-issue.html",
        status=status,
        wish=wish,
        taken=taken,
        is_next=bool(studio.project.issues()),
        error=error,
        lists=studio.project.settings.lists,
        layouts=studio.project.layouts(),
    )


def _day(said: str) -> dt.date:
    try:
        return dt.date.fromisoformat(said)
    except ValueError:
        raise UsageError(_("{value} is not a day: write it as 2023-10-11.", value=said or "—")) from None
