"""An import in three steps: a file is laid down, its columns are chosen beside a dry run, then one button writes."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from newsletter.audience.columns import FIELD
from newsletter.audience.exchange import why_kept_out
from newsletter.errors import NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.model import Column, ImportReport
from newsletter.web.studio.people import Text, chosen_list, download, nameless, said_consent
from newsletter.web.studio.state import Studio

#: Refused rows shown in the page; the others are in the file to download.
SHOWN = 200
_BLOCK = 1 << 20

ListId = Annotated[str, Query(alias="list")]
Chosen = Annotated[list[str], Query(alias="column", max_length=500)]


def import_routes(studio: Studio) -> APIRouter:
    """`/imports`."""
    router = APIRouter(prefix="/imports", default_response_class=HTMLResponse)

    @router.get("/new")
    def show_new(list_id: ListId = "") -> HTMLResponse:
        return _show_new(studio, chosen_list(studio, list_id))

    @router.post("")
    async def take(request: Request) -> Response:
        return await _take(studio, request)

    @router.get("/{token}")
    def show_dry_run(token: str, list_id: ListId = "", chosen: Chosen = []) -> HTMLResponse:  # noqa: B006 - read only
        return _Import(studio, token, list_id, chosen).page()

    @router.get("/{token}/refused.csv", response_class=Response)
    def refused(token: str, list_id: ListId = "", chosen: Chosen = []) -> Response:  # noqa: B006 - read only
        report = _Import(studio, token, list_id, chosen).dry_run()
        return download(studio.project.refusals_csv(report.refused), name="refused.csv")

    _add_decisions(router, studio)
    return router


def _add_decisions(router: APIRouter, studio: Studio) -> None:
    @router.post("/{token}")
    def write(
        token: str,
        list_id: Annotated[str, Form(alias="list")],
        chosen: Annotated[list[str], Form(alias="column", max_length=500)],
        consent: Text = "",
    ) -> Response:
        return _Import(studio, token, list_id, chosen).write(consent)

    @router.post("/{token}/cancel")
    def cancel(token: str) -> Response:
        studio.project.import_files.forget(token)
        return RedirectResponse("/subscribers", status_code=303)


# --- the file --------------------------------------------------------------------------------------------------


async def _take(studio: Studio, request: Request) -> Response:
    """Lay the file down; its bytes are only read when its columns are shown."""
    said, limit = request.headers.get("content-length", ""), studio.project.import_files.limit
    if not said.isdecimal() or int(said) > limit:
        error = UsageError(_("the file is larger than {n} MB", n=limit // 1_000_000))
        return _show_new(studio, chosen_list(studio, ""), error=error)
    async with request.form(max_files=1, max_fields=5) as form:
        list_id = chosen_list(studio, str(form.get("list", "")))
        try:
            token = await asyncio.to_thread(_keep, studio, form)
        except NewsletterError as error:
            return _show_new(studio, list_id, error=error)
    return RedirectResponse(f"/imports/{token}?{urlencode({'list': list_id})}", status_code=303)


def _keep(studio: Studio, form: FormData) -> str:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise UsageError(_("choose a file first"))
    token = studio.project.import_files.keep(file.filename, iter(lambda: file.file.read(_BLOCK), b""))
    try:
        studio.project.import_columns(studio.project.import_files.file(token))
    except NewsletterError:
        studio.project.import_files.forget(token)
        raise
    return token


def _show_new(studio: Studio, list_id: str, *, error: NewsletterError | None = None) -> HTMLResponse:
    lists = studio.project.settings.lists
    shown = nameless(error) if error else None
    return studio.pages.page("upload.html", status=422 if error else 200, list_id=list_id, lists=lists, error=shown)


# --- the dry run -----------------------------------------------------------------------------------------------


class _Import:
    """One file that waits, for one list, with its columns as they are chosen."""

    def __init__(self, studio: Studio, token: str, list_id: str, chosen: Sequence[str]) -> None:
        self._studio = studio
        self._token = token
        self._file = studio.project.import_files.file(token)
        self._list_id = chosen_list(studio, list_id)
        self._columns = list(_as_chosen(studio.project.import_columns(self._file), chosen))

    def dry_run(self) -> ImportReport:
        """What would happen; nothing is written, not even the words of consent that are not there yet."""
        return self._import(consent=_("dry run"), dry_run=True)

    def page(self, *, consent: str = "", error: NewsletterError | None = None) -> HTMLResponse:
        """The columns, and the dry run beside them; an error of the file as a whole stands in its place."""
        report, status = None, 422 if error else 200
        try:
            report = self.dry_run()
        except NewsletterError as problem:
            error = error or self._misfit() or problem
        shown = {"report": report, "consent": consent, "error": nameless(error) if error else None}
        return self._page(shown, status=status)

    def _misfit(self) -> NewsletterError | None:
        """What is wrong with the columns as they are chosen, in the words of this page; None when they are not it."""
        meanings = _meanings()
        chosen = [column.meaning for column in self._columns if column.meaning not in ("", FIELD)]
        if twice := next((meaning for meaning in chosen if chosen.count(meaning) > 1), None):
            return UsageError(_("two columns become “{name}”: choose one", name=meanings[twice]))
        if "email" not in chosen:
            hint = _("choose “{name}” beside it, then try again", name=meanings["email"])
            return UsageError(_("no column holds the address"), hint=hint)
        return None

    def write(self, consent: str) -> Response:
        """Take the people in, then forget the file."""
        try:
            report = self._import(consent=said_consent(consent), dry_run=False)
        except NewsletterError as error:
            return self.page(consent=consent, error=error)
        self._studio.project.import_files.forget(self._token)
        return self._studio.pages.page("imported.html", report=report, list_id=self._list_id, file=self._file.name)

    def _import(self, *, consent: str, dry_run: bool) -> ImportReport:
        chosen = [column.meaning for column in self._columns]
        return self._studio.project.import_subscribers(
            self._file, list_id=self._list_id, consent=consent, columns=chosen, dry_run=dry_run
        )

    def _page(self, shown: Mapping[str, Any], *, status: int) -> HTMLResponse:
        address = urlencode([("list", self._list_id), *(("column", each.meaning) for each in self._columns)])
        return self._studio.pages.page(
            "import.html",
            status=status,
            token=self._token,
            address=address,
            file=self._file.name,
            list_id=self._list_id,
            lists=self._studio.project.settings.lists,
            columns=self._columns,
            meanings=_meanings(),
            limit=SHOWN,
            why_kept_out=partial(why_kept_out, zone=self._studio.project.settings.site.zone),
            **shown,
        )


def _as_chosen(columns: Sequence[Column], chosen: Sequence[str]) -> Iterator[Column]:
    """The columns with the meanings of the address, when it names one for each."""
    if len(chosen) != len(columns):
        yield from columns
        return
    for column, meaning in zip(columns, chosen, strict=True):
        yield replace(column, meaning=meaning)


def _meanings() -> dict[str, str]:
    return {
        "email": _("Address"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "tags": _("Tags"),
        "status": _("Status"),
        FIELD: _("A field of its own"),
        "": _("Do not import"),
    }
