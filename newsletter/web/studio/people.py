"""Subscribers: the lists, searched and leafed through, and the page of one person."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from newsletter.errors import ContentError, NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.model import Standing, SubscriptionStatus
from newsletter.web.studio.history import facts_of, source_name
from newsletter.web.studio.issues import issue_called
from newsletter.web.studio.narrowing import narrow, segment_of
from newsletter.web.studio.patience import soon
from newsletter.web.studio.people_view import PeopleView
from newsletter.web.studio.state import Studio

Text = Annotated[str, Form(max_length=2_000)]


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """What somebody typed to add a person: the page shows it again when it cannot be taken."""

    list_id: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    consent: str = ""
    #: The address about which the page asked already whether it is misspelt.
    asked: str = ""


def people_routes(studio: Studio) -> APIRouter:
    """`/subscribers` and one person's pages."""
    router = APIRouter(prefix="/subscribers", default_response_class=HTMLResponse)
    _add_list_routes(router, studio)
    _add_person_routes(router, studio)
    _add_change_routes(router, studio)
    return router


def _add_list_routes(router: APIRouter, studio: Studio) -> None:
    @router.get("")
    def show_list(view: Annotated[PeopleView, Query()]) -> HTMLResponse:
        return _show_list(studio, view.model_copy(update={"list": chosen_list(studio, view.list)}))

    @router.get("/export.csv", response_class=Response)
    def export(view: Annotated[PeopleView, Query()]) -> Response:
        view = view.model_copy(update={"list": chosen_list(studio, view.list)})
        chosen = segment_of(studio, view.list, view.segment) if view.segment else None
        lines = studio.project.list_csv(view.list, None if view.is_whole else view.search(chosen))
        return download(lines, name=f"{'-'.join(filter(None, (view.list, view.segment)))}.csv")

    @router.get("/new")
    def show_new(list_id: Annotated[str, Query(alias="list")] = "") -> HTMLResponse:
        return _show_new(studio, Newcomer(list_id=chosen_list(studio, list_id)))

    @router.post("")
    def add(
        list_id: Annotated[str, Form(alias="list")],
        email: Text = "",
        consent: Text = "",
        first_name: Text = "",
        last_name: Text = "",
        asked: Text = "",
    ) -> Response:
        name = {"first_name": first_name, "last_name": last_name}
        return _add(studio, Newcomer(list_id=list_id, email=email, consent=consent, asked=asked, **name))


def _add_person_routes(router: APIRouter, studio: Studio) -> None:
    @router.get("/{number:int}")
    def show_person(number: int, done: str = "") -> HTMLResponse:
        return _show_person(studio, number, done=done)

    @router.get("/{number:int}/record.json", response_class=Response)
    def record(number: int) -> Response:
        known = studio.project.person(studio.project.subscriber(number).email)
        words = json.dumps(known, ensure_ascii=False, indent=2)
        headers = {"Content-Disposition": f'attachment; filename="person-{number}.json"'}
        return Response(words, media_type="application/json", headers=headers)

    @router.get("/{number:int}/erase")
    def ask_erase(number: int) -> HTMLResponse:
        return studio.pages.page("erase.html", person=studio.project.subscriber(number), typed=None)


def _add_change_routes(router: APIRouter, studio: Studio) -> None:
    @router.post("/{number:int}/join")
    def join(number: int, list_id: Annotated[str, Form(alias="list")], consent: Text = "") -> Response:
        person = studio.project.subscriber(number)
        try:
            studio.project.add_subscriber(person.email, list_id=list_id, consent=said_consent(consent))
        except NewsletterError as error:
            return _show_person(studio, number, error=error)
        return _back(number, "joined")

    @router.post("/{number:int}/leave")
    def leave(number: int, list_id: Annotated[str, Form(alias="list")]) -> Response:
        for subscription in studio.project.subscriptions(number):
            if subscription.list == list_id:
                studio.project.leave(subscription, detail="hand")
        return _back(number, "left")

    @router.post("/{number:int}/suppress")
    def suppress(number: int) -> Response:
        studio.project.suppress(studio.project.subscriber(number).email)
        return _back(number, "suppressed")

    @router.post("/{number:int}/unsuppress")
    def unsuppress(number: int) -> Response:
        studio.project.unsuppress(studio.project.subscriber(number).email)
        return _back(number, "unsuppressed")

    @router.post("/{number:int}/erase")
    def erase(number: int, typed: Text = "") -> Response:
        person = studio.project.subscriber(number)
        if typed.strip().lower() != person.email.lower():
            return studio.pages.page("erase.html", status=422, person=person, typed=typed)
        studio.project.erase(person.email)
        return RedirectResponse("/subscribers?done=erased", status_code=303)


# --- pages -----------------------------------------------------------------------------------------------------


def chosen_list(studio: Studio, list_id: str) -> str:
    """The list of the address, or the first of the settings; raises UsageError when there is none."""
    lists = studio.project.settings.lists
    if not list_id and lists:
        return next(iter(lists))
    if list_id not in lists:
        raise UsageError(_("no list {name} in newsletter.toml", name=list_id))
    return list_id


def said_consent(words: str) -> str:
    """The words of a form; raises UsageError when it says nothing."""
    if not words.strip():
        raise UsageError(_("Say where the consent comes from: nobody can be written to without it."))
    return words


def nameless(error: NewsletterError) -> NewsletterError:
    """The same sentence without the place: the file is one of ours, and means nothing to who fills in a form."""
    return type(error)(error.message, hint=error.hint)


def download(lines: Iterable[str], *, name: str) -> StreamingResponse:
    """A table as a file to keep, streaming."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_by_thousands(lines), media_type="text/csv; charset=utf-8", headers=headers)


def _by_thousands(lines: Iterable[str]) -> Iterator[str]:
    """Many lines at a time: each piece is fetched by a thread of its own."""
    rest = iter(lines)
    while piece := "".join(islice(rest, 1000)):
        yield piece


def _show_list(studio: Studio, view: PeopleView) -> HTMLResponse:
    narrowing = narrow(studio, view.list, view.segment)
    chosen = narrowing.chosen
    view = view.model_copy(update={"segment": chosen.name if chosen else ""})
    search = view.search(chosen)
    people = studio.project.found(search)
    sizes = soon(partial(studio.project.standings, search))
    number = getattr(sizes, view.standing.value) if sizes else len(people)
    return studio.pages.page(
        "subscribers.html",
        view=view,
        narrowing=narrowing,
        segment_sizes=soon(partial(studio.project.segment_sizes, view.list, narrowing.segments)),
        lists=studio.project.settings.lists,
        people=people,
        sizes=sizes,
        tabs=[(standing.value, _name(standing)) for standing in Standing],
        number_shown=number,
        last_page=max(1, -(-number // search.size)),
        everybody=sum(getattr(sizes, standing.value) for standing in Standing) if sizes else number,
        done=_done(view.done),
    )


def _show_new(studio: Studio, typed: Newcomer, *, error: NewsletterError | None = None) -> HTMLResponse:
    shown = {"typed": typed, "lists": studio.project.settings.lists, "error": error}
    shown["of_address"] = isinstance(error, ContentError)
    meant = "" if error else studio.project.meant_domain(typed.email)
    return studio.pages.page("newcomer.html", status=422 if error else 200, meant=meant, **shown)


def _add(studio: Studio, typed: Newcomer) -> Response:
    if studio.project.meant_domain(typed.email) and typed.asked != typed.email:
        return _show_new(studio, typed)
    try:
        person = studio.project.add_subscriber(
            typed.email,
            list_id=typed.list_id,
            consent=said_consent(typed.consent),
            first_name=typed.first_name,
            last_name=typed.last_name,
        )
    except NewsletterError as error:
        return _show_new(studio, typed, error=error)
    return _back(person.id, "joined")


def _show_person(studio: Studio, number: int, *, done: str = "", error: NewsletterError | None = None) -> HTMLResponse:
    person = studio.project.subscriber(number)
    subscriptions = {each.list: each for each in studio.project.subscriptions(number)}
    record = studio.project.person(person.email)
    return studio.pages.page(
        "person.html",
        status=422 if error else 200,
        person=person,
        suppressed=record["suppressed"],
        lists=studio.project.settings.lists,
        subscriptions=subscriptions,
        confirmed=SubscriptionStatus.CONFIRMED,
        status_name=_status,
        source_name=source_name,
        field_name=field_name,
        facts=facts_of(record, called=cache(partial(issue_called, studio))),
        done=_done(done),
        error=error,
    )


def _back(number: int, done: str) -> RedirectResponse:
    return RedirectResponse(f"/subscribers/{number}?done={done}", status_code=303)


# --- words -----------------------------------------------------------------------------------------------------


def field_name(key: str) -> str:
    """A column of one's own as a page calls it: `code_postal` is « Code postal »."""
    return key.replace("_", " ").capitalize()


def _status(status: SubscriptionStatus) -> str:
    return {
        SubscriptionStatus.CONFIRMED: _("Subscription confirmed"),
        SubscriptionStatus.PENDING: _("Awaiting confirmation"),
        SubscriptionStatus.UNSUBSCRIBED: _("Unsubscribed"),
    }[status]


def _name(standing: Standing) -> str:
    return {
        Standing.MAILABLE: _("Confirmed"),
        Standing.PENDING: _("Awaiting confirmation"),
        Standing.UNSUBSCRIBED: _("They left"),
        Standing.SUPPRESSED: _("Left out"),
    }[standing]


def _done(what: str) -> str:
    """The sentence that says what was just done; "" for anything else that an address may say."""
    return {
        "joined": _("Subscribed. The proof is kept with the date."),
        "left": _("Unsubscribed, at once. No import brings this person back."),
        "suppressed": _("Nothing will be written to this address any more."),
        "unsuppressed": _("This address may be written to again."),
        "kept": _("The segment is saved."),
        "forgotten": _("The segment is deleted. Nobody left the list."),
        "erased": _("Erased. A fingerprint remains, so that we never write to this person again."),
    }.get(what, "")
