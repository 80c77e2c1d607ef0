"""Envoi: everything a mailing would do, said before; the number of people typed back; then it leaves, now or later."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup, escape

from newsletter.delivery.consequences import foreseen_seconds, readers_in_words, segment_title
from newsletter.delivery.message import parse_address
from newsletter.delivery.moments import OddHour, read_moment
from newsletter.errors import NewsletterError, RefusedError, UsageError
from newsletter.i18n import _, format_date, format_number, ngettext, of
from newsletter.model import Account, Issue, Mailing, MailingState, Readership
from newsletter.project import Orders
from newsletter.settings import Settings
from newsletter.web.pages import clock, when
from newsletter.web.studio.choosing import choose_readers
from newsletter.web.studio.home import departures
from newsletter.web.studio.issues import issue_called
from newsletter.web.studio.patience import soon
from newsletter.web.studio.project import Standing, StudioProject
from newsletter.web.studio.stages import make_road
from newsletter.web.studio.state import Studio, plain

When = Literal["soon", "now", "at"]

#: Minutes of a departure « in a moment »: time to change one's mind.
MOMENT = 5
_OVER = (MailingState.FINISHED, MailingState.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """When it is to leave, as the form says."""

    when: When = "soon"
    #: `2026-12-01T08:00`, in the site's time zone.
    at: str = ""
    #: Name of a segment; "" is the whole list.
    to: str = ""
    without: tuple[str, ...] = ()
    #: Though readers took the letter before for spam.
    despite_complaints: bool = False
    #: Though the project may be a copy: from here, and from nowhere else.
    this_machine: bool = False

    @property
    def orders(self) -> Orders:
        return Orders(despite_complaints=self.despite_complaints, this_machine=self.this_machine)

    def start_at(self, studio: Studio) -> datetime | None:
        """Aware; None is now. Raises UsageError for what is no hour to come."""
        match self.when:
            case "now":
                return None
            case "at":
                return _hour_to_come(self.at, studio.project.settings)
            case _:
                return datetime.now(UTC) + timedelta(minutes=MOMENT)


def _hour_to_come(at: str, settings: Settings) -> datetime:
    """What a field for an hour says: it takes neither an offset nor an option of a command."""
    try:
        moment = read_moment(at, zone=settings.site.zone)
    except OddHour as odd:
        raise UsageError(odd.message, hint=_("choose an hour before or after")) from None
    if moment <= datetime.now(UTC):
        raise UsageError(_("this hour is past"), hint=_("choose one to come"))
    return moment


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What nobody knows of a mailing before everybody is read."""

    account: Account
    #: Whether the bon à tirer holds for them.
    holds: bool


def sending_routes(studio: Studio) -> APIRouter:
    """`/issues/{name}/mailing`, and what is done there."""
    router = APIRouter(prefix="/issues/{name}", default_response_class=HTMLResponse)

    @router.get("/mailing", response_class=Response)
    def show_mailing(
        name: str, when: When = "soon", at: str = "", to: str = "", without: Annotated[list[str] | None, Query()] = None
    ) -> Response:
        issue = studio.project.issue(plain(name))
        under_way = [one for one in _mailings(studio, issue) if not one.rehearsal and one.state not in _OVER]
        if under_way:
            return RedirectResponse(f"/mailings/{under_way[0].id}", status_code=303)
        at = at or (_tomorrow(studio) if when == "at" else "")
        return _page(studio, issue, Wish(when=when, at=at, to=to, without=tuple(without or ())))

    @router.post("/mailing", response_class=Response)
    def send(
        name: str,
        typed: Annotated[str, Form()] = "",
        when: Annotated[When, Form()] = "soon",
        at: Annotated[str, Form()] = "",
        to: Annotated[str, Form()] = "",
        without: Annotated[list[str] | None, Form()] = None,
        despite_complaints: Annotated[bool, Form()] = False,
        this_machine: Annotated[bool, Form()] = False,
    ) -> Response:
        issue = studio.project.issue(plain(name))
        said = {"despite_complaints": despite_complaints, "this_machine": this_machine}
        wish = Wish(when=when, at=at, to=to, without=tuple(without or ()), **said)
        try:
            mailing = _send(studio, issue, wish, typed=typed)
        except NewsletterError as error:
            return _page(studio, issue, wish, error=error, typed=typed)
        return RedirectResponse(f"/mailings/{mailing.id}", status_code=303)

    @router.post("/rehearsal", response_class=Response)
    def rehearse(
        name: str, to: Annotated[str, Form()] = "", without: Annotated[list[str] | None, Form()] = None
    ) -> Response:
        issue, wish = studio.project.issue(plain(name)), Wish(to=to, without=tuple(without or ()))
        try:
            readers = _readers(studio, issue, wish)
            mailing = studio.project.create_mailing(studio.project.plan(issue, readers=readers, rehearsal=True))
            studio.project.dispatch(mailing)
        except NewsletterError as error:
            return _page(studio, issue, wish, error=error)
        return RedirectResponse(f"/mailings/{mailing.id}", status_code=303)

    return router


def _tomorrow(studio: Studio) -> str:
    """An hour to begin with: letters are read in the morning."""
    return f"{studio.project.today() + timedelta(days=1)}T08:00"


def _send(studio: Studio, issue: Issue, wish: Wish, *, typed: str) -> Mailing:
    project = studio.project
    plan = project.plan(issue, readers=_readers(studio, issue, wish), start_at=wish.start_at(studio))
    if "".join(character for character in typed if character.isdigit()) != str(plan.people):
        words = _("you typed {answer}; there are {people}", answer=typed or "—", people=format_number(plan.people))
        raise RefusedError(words, hint=_("nothing was sent"))
    if not wish.this_machine:
        require_home(project)
    make = project.schedule if plan.start_at else project.create_mailing
    mailing = make(plan, orders=wish.orders)
    if wish.this_machine:
        project.settle()
    if plan.start_at:
        project.keep_timetable()
    else:
        project.dispatch(mailing)
    return mailing


def require_home(project: StudioProject) -> None:
    """Raises RefusedError when the project may be a copy of the one that sends, and says where to answer."""
    if doubt := project.doubt():
        raise RefusedError(doubt, hint=_("say on this page that letters leave from here, and from nowhere else"))


def _readers(studio: Studio, issue: Issue, wish: Wish) -> Readership:
    return studio.project.readership(issue, list_id=issue.list, segment=wish.to, without=wish.without)


def said_aloud(
    settings: Settings, issue: Issue, readers: Readership, *, people: int, start_at: datetime | None
) -> Markup:
    """All that a « yes » would do, as a colleague says it: no address, no server; in `<b>` what it comes down to.

    `start_at` is aware; None is now.
    """
    chosen, zone = settings.lists[issue.list], settings.site.zone
    whom = readers_in_words(settings, readers)
    name, address = parse_address(chosen.from_)
    starts_at = (start_at or datetime.now(UTC)).astimezone(zone)
    ends_at = starts_at + timedelta(seconds=foreseen_seconds(settings, people))
    if start_at:
        sentence = _("{moment}, “{subject}” leaves for {people}, in the name {of_sender}. {end}")
    else:
        sentence = _("“{subject}” leaves now for {people}, in the name {of_sender}. {end}")
    end = clock(ends_at) if ends_at.date() == starts_at.date() else when(ends_at)
    return escape(sentence).format(
        moment=_spoken(starts_at),
        subject=issue.subject,
        people=_in_ink(ngettext("{n} person of {readers}", "{n} people of {readers}", people, readers=whom)),
        of_sender=of(name or address),
        end=_("The last mail will have left by about {time}.", time=end),
    )


def _spoken(moment: datetime) -> Markup:
    """« Demain, mercredi 11 octobre à 8 h 00 »; the year when it is not this one."""
    today = datetime.now(moment.tzinfo).date()
    date = format_date(moment.date(), "EEEE d MMMM" if moment.year == today.year else "full")
    day = _("{day} at {time}", day=date, time=clock(moment))
    days = (moment.date() - today).days
    near = {0: _("Today"), 1: _("Tomorrow")}.get(days)
    if near:
        return Markup("{}, {}").format(near, _in_ink(day))
    return _in_ink(day[:1].upper() + day[1:])


def _in_ink(words: str) -> Markup:
    return Markup("<b>{}</b>").format(words)


def _mailings(studio: Studio, issue: Issue) -> list[Mailing]:
    return [mailing for mailing in studio.project.mailings() if mailing.issue == issue.id]


def _count(project: StudioProject, issue: Issue, readers: Readership, standing: Standing | None) -> Counted:
    # Each of the two reads everybody on the list, the first without a word to Python: they go together.
    with ThreadPoolExecutor(1) as beside:
        counting = beside.submit(copy_context().run, project.account, issue, readers)
        holds = bool(standing and standing.holds)
        return Counted(account=counting.result(), holds=holds)


def _page(
    studio: Studio, issue: Issue, wish: Wish, *, error: NewsletterError | None = None, typed: str = ""
) -> HTMLResponse:
    project, settings = studio.project, studio.project.settings
    proof = studio.proofs.read(issue.id)
    if issue.list not in settings.lists:
        raise proof.error or UsageError(_("no list {name} in newsletter.toml", name=issue.list))
    chosen = choose_readers(studio, issue, wish.to, wish.without)
    standing = project.standing(proof.mail, chosen.readers) if proof.mail and not proof.error else None
    sentence, error = None, error or chosen.error
    try:
        sentence = partial(said_aloud, settings, issue, chosen.readers, start_at=wish.start_at(studio))
    except UsageError as mistake:
        error = error or mistake
    complaints = project.complaints(issue.id, issue.list)
    earlier = [(one, project.counts(one)) for one in _mailings(studio, issue)]
    # Last of all: what needs no count must not wait beside it.
    counted = soon(partial(_count, project, issue, chosen.readers, standing))
    return studio.pages.page(
        "mailing.html",
        status=422 if error else 200,
        proof=proof,
        issue=issue,
        wish=wish,
        error=error,
        typed=typed,
        counted=counted,
        chosen=chosen,
        readers_words=project.readers_in_words(chosen.readers),
        segment_title=partial(segment_title, settings),
        sentence=sentence,
        mailing_list=settings.lists[issue.list],
        servers=", ".join(settings.smtp.servers),
        complaints=complaints,
        before="" if complaints.issue == issue.id else issue_called(studio, complaints.issue),
        doubt=project.doubt(),
        standing=standing,
        rehearsals=[(one, counts) for one, counts in earlier if one.rehearsal],
        sent=[(one, counts) for one, counts in earlier if not one.rehearsal],
        moment=MOMENT,
        road=make_road(project, proof, left=departures(earlier).get(issue.id), readers=chosen.query),
    )
