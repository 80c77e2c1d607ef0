"""The live ledger: one mailing as it stands, told to its page while it moves; and what may be decided about it."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from newsletter.delivery.consequences import duration_in_words
from newsletter.errors import NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.model import Counts, Delivery, DeliveryState, Issue, Mailing, MailingEvent, MailingState
from newsletter.web.studio.charts import Share, shares
from newsletter.web.studio.issues import departure_of, issue_called
from newsletter.web.studio.live import News, event_stream
from newsletter.web.studio.log import log_by_day
from newsletter.web.studio.sending import require_home
from newsletter.web.studio.stages import make_road
from newsletter.web.studio.state import Studio

Act = Literal["pause", "resume", "late", "cancel", "keep", "resend", "here"]

#: Outcomes whose people one wants to see by name.
Told = Literal["deferred", "failed", "skipped", "uncertain"]

#: Outcomes in the order in which the bar and the figures show them.
OUTCOMES = ("sent", "sending", "deferred", "failed", "skipped", "uncertain", "queued")
#: The bar, in units of its own drawing; the smallest share that is drawn.
WIDTH, LEAST = 1144, 5
#: Seconds between two looks at the store, and over how many of them the pace is measured.
_LOOK, _PACE = 0.5, 20
#: People named below the figures.
_NAMED = 50
#: And on a page of their own; the table to download has everybody.
_LISTED = 500


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """How a mailing stands at one moment."""

    mailing: Mailing
    counts: Counts
    #: It should be running and nobody sends.
    interrupted: bool
    #: Why the process that was to send it ended without sending, or "".
    trouble: str
    #: Why the project may be a copy of the one that sends, or "".
    doubt: str = ""
    log: Sequence[MailingEvent] = ()
    uncertain: Sequence[Delivery] = ()
    troubled: Sequence[Delivery] = ()
    #: Mails a minute; 0 while it is not known.
    pace: float = 0

    @property
    def state(self) -> str:
        """`waiting` for its hour, `starting`, or as the mailing says."""
        if self.interrupted:
            return "interrupted"
        if self.mailing.state is MailingState.SCHEDULED:
            return "starting" if self.mailing.is_frozen else "waiting"
        return self.mailing.state.value

    @property
    def late(self) -> bool:
        """Its last hour is past: it goes on only if somebody says so."""
        last = self.mailing.not_after
        return last is not None and not self.mailing.rehearsal and datetime.now(UTC) > last

    @property
    def asks_home(self) -> bool:
        """Somebody must say where letters leave from before more of them can."""
        may_go_on = self.state not in ("running", "cancelled", "finished") or self.counts.uncertain
        return bool(self.doubt and may_go_on and not self.mailing.rehearsal)

    @property
    def left(self) -> int:
        """Those to whom nothing has been settled yet."""
        return self.counts.queued + self.counts.sending + self.counts.deferred

    @property
    def share(self) -> int | None:
        """Per cent whose fate is known; 100 only when it is everybody's. None before it begins."""
        return 100 * self.counts.done // self.counts.total if self.counts.total else None

    @property
    def time_left(self) -> str:
        """In words; "" while the pace is not known."""
        waiting = self.counts.queued + self.counts.sending
        return duration_in_words(math.ceil(waiting / self.pace * 60)) if self.pace and waiting else ""

    @property
    def again_at(self) -> datetime | None:
        """When the server is asked again, once nobody else is left to write to. Aware."""
        if not self.counts.deferred or self.counts.queued + self.counts.sending:
            return None
        return min((one.due_at for one in self.troubled if one.due_at), default=None)

    @property
    def countdown(self) -> str:
        """Until its hour, in words."""
        start_at = self.mailing.start_at or datetime.now(UTC)
        seconds = max(0, math.ceil((start_at - datetime.now(UTC)).total_seconds()))
        hours, minutes = divmod(seconds // 60, 60)
        if hours >= 1:
            return _("{hours} h {minutes} min", hours=hours, minutes=f"{minutes:02}")
        return _("{minutes} min {seconds} s", minutes=minutes, seconds=seconds % 60)

    @property
    def shares(self) -> list[Share]:
        """The bar: every outcome that happened is seen, however small its share."""
        return shares([(key, getattr(self.counts, key)) for key in OUTCOMES], width=WIDTH, least=LEAST)


@dataclass
class Pace:
    """How fast a mailing moves, from the last looks at it."""

    _seen: deque[tuple[datetime, int]] = field(default_factory=lambda: deque(maxlen=int(_PACE / _LOOK)))

    def measure(self, counts: Counts, *, at: datetime) -> float:
        """Mails settled a minute."""
        self._seen.append((at, counts.done))
        first_at, first = self._seen[0]
        seconds = (at - first_at) / timedelta(seconds=1)
        return max(0.0, (counts.done - first) / seconds * 60) if seconds else 0.0


def ledger_routes(studio: Studio) -> APIRouter:
    """`/mailings/{id}`, its stream, and what is done to it."""
    router = APIRouter(prefix="/mailings/{mailing_id}", default_response_class=HTMLResponse)

    @router.get("")
    def show_ledger(mailing_id: int) -> HTMLResponse:
        return _page(studio, mailing_id)

    @router.get("/events", response_class=Response)
    async def events(mailing_id: int) -> Response:
        return event_stream(_follow(studio, mailing_id))

    @router.get("/people/{outcome}")
    def show_people(mailing_id: int, outcome: Told) -> HTMLResponse:
        return _show_people(studio, mailing_id, outcome)

    @router.post("/{act}", response_class=Response)
    def decide(
        mailing_id: int, act: Act, typed: Annotated[str, Form()] = "", email: Annotated[str, Form()] = ""
    ) -> Response:
        try:
            _decide(studio, studio.project.mailing(str(mailing_id)), act, said=(typed, email))
        except NewsletterError as error:
            return _page(studio, mailing_id, error=error)
        return RedirectResponse(f"/mailings/{mailing_id}", status_code=303)

    return router


def read_ledger(studio: Studio, mailing_id: int, *, pace: float = 0) -> Ledger:
    """One look at the store; raises UsageError when there is no such mailing."""
    project = studio.project
    mailing = project.mailing(str(mailing_id))
    counts = project.counts(mailing)
    refused = (DeliveryState.FAILED, DeliveryState.DEFERRED)
    return Ledger(
        mailing=mailing,
        counts=counts,
        interrupted=project.is_interrupted(mailing),
        trouble=project.last_words(mailing),
        doubt=project.doubt(),
        log=project.log(mailing),
        uncertain=project.outcomes(mailing, DeliveryState.UNCERTAIN, most=_NAMED) if counts.uncertain else (),
        troubled=project.outcomes(mailing, *refused, most=_NAMED) if counts.failed + counts.deferred else (),
        pace=pace,
    )


async def _follow(studio: Studio, mailing_id: int) -> AsyncIterator[News]:
    """What changes of the page, whenever it changes, until the page or the studio closes."""
    pace, told = Pace(), ""
    while not studio.wire.closed:
        html = await asyncio.to_thread(_fragment, studio, mailing_id, pace)
        if html != told:
            yield News(event="moved", data=html)
        told = html
        await asyncio.sleep(_LOOK)


def _fragment(studio: Studio, mailing_id: int, pace: Pace) -> str:
    try:
        ledger = read_ledger(studio, mailing_id)
        measured = pace.measure(ledger.counts, at=datetime.now(UTC))
        ledger = read_ledger(studio, mailing_id, pace=measured) if ledger.state == "running" else ledger
    except NewsletterError:  # out of reach for a moment: the page keeps what it shows
        return ""
    issue = _issue(studio, ledger.mailing.issue) if ledger.state == "cancelled" else None
    return str(bytes(studio.pages.page("ledger-live.html", issue=issue, **_values(studio, ledger)).body), "utf-8")


def _values(studio: Studio, ledger: Ledger) -> dict[str, Any]:
    zone = studio.project.settings.site.zone
    ends_at = None
    if ledger.pace and ledger.counts.queued:
        ends_at = datetime.now(zone) + timedelta(minutes=ledger.counts.queued / ledger.pace)
    chosen = studio.project.settings.lists.get(ledger.mailing.list)
    return {
        "ledger": ledger,
        "called": issue_called(studio, ledger.mailing.issue),
        "ends_at": ends_at,
        "log": list(log_by_day(ledger.log, zone=zone)),
        "names": outcome_names(),
        "told": get_args(Told),
        "list_title": chosen.title if chosen else ledger.mailing.list,
        "readers_words": studio.project.readers_in_words(ledger.mailing.readers) if ledger.mailing.readers else "",
        "word": _("cancel"),
    }


def outcome_names() -> dict[str, str]:
    """Outcome → its word above a figure."""
    return {
        "sent": _("Handed over"),
        "sending": _("On their way"),
        "queued": _("To leave"),
        "deferred": _("Deferred"),
        "failed": _("Failed"),
        "skipped": _("Left out"),
        "uncertain": _("Uncertain"),
    }


def _page(studio: Studio, mailing_id: int, *, error: NewsletterError | None = None) -> HTMLResponse:
    ledger = read_ledger(studio, mailing_id)
    issue = _issue(studio, ledger.mailing.issue)
    return studio.pages.page(
        "ledger.html",
        status=422 if error else 200,
        error=error,
        issue=issue,
        road=make_road(studio.project, studio.proofs.read(issue.id), left=departure_of(studio, issue)) if issue else [],
        **_values(studio, ledger),
    )


def _issue(studio: Studio, name: str) -> Issue | None:
    """The issue that it sends; None when its file is gone, or cannot be read now: the mailing needs it no more."""
    try:
        return studio.project.issue(name)
    except NewsletterError:
        return None


def _show_people(studio: Studio, mailing_id: int, outcome: Told) -> HTMLResponse:
    """Who stands in one of the figures, by name."""
    project = studio.project
    mailing = project.mailing(str(mailing_id))
    return studio.pages.page(
        "ledger-people.html",
        mailing=mailing,
        called=issue_called(studio, mailing.issue),
        number_of=getattr(project.counts(mailing), outcome),
        name=outcome_names()[outcome],
        people=project.outcomes(mailing, DeliveryState(outcome), most=_LISTED),
        outcome=outcome,
    )


def _decide(studio: Studio, mailing: Mailing, act: Act, *, said: tuple[str, str]) -> None:
    """What was `said`: the word that gives a mailing up, and the one address that is decided about."""
    project, (typed, email) = studio.project, said
    if act in ("resume", "late", "resend") and not mailing.rehearsal:
        require_home(project)
    match act:
        case "pause":
            project.pause(mailing)
        case "here":
            project.settle()
        case "resume" | "late":
            project.dispatch(mailing, late=act == "late")
        case "cancel":
            if mailing.is_frozen and typed.strip().casefold() != _("cancel").casefold():
                raise UsageError(_("To give it up for good, type “{word}”.", word=_("cancel")))
            project.cancel(mailing)
        case _:
            decided = project.resolve(mailing, resend=act == "resend", email=email)
            # A mailing under way has them next; one that is paused waits for who paused it.
            if decided and act == "resend" and mailing.state is MailingState.FINISHED:
                project.dispatch(mailing, late=True)
