"""Reports: every mailing on a line, what became of one, how a list grew. Nobody is followed: no opens, no clicks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from newsletter.delivery.refusals import meaning
from newsletter.delivery.reports import Compared, MailingReport, Range, seconds_of
from newsletter.i18n import _
from newsletter.model import Counts, Mailing, Month, Tally
from newsletter.ports.reports import Order
from newsletter.web.studio.charts import Share, draw_growth, draw_timeline, shares
from newsletter.web.studio.ledger import OUTCOMES, outcome_names
from newsletter.web.studio.people import chosen_list, download
from newsletter.web.studio.report_words import percent, remarks_on, time_in_words
from newsletter.web.studio.state import Studio

Kind = Literal["mailings", "rehearsals"]
Table = Literal["deliveries", "timeline", "domains", "answers", "compared"]
Span = Literal["12", "24", "all"]
ListId = Annotated[str, Query(alias="list")]

#: Mailings a page.
PAGE = 20
#: A bar in a table, in units of its own drawing; the smallest share that is drawn.
_WIDTH, _LEAST = 240, 2
#: The bar of one mailing, as wide as a page.
_WHOLE, _PART = 1144, 5


@dataclass(frozen=True, kw_only=True)
class Line:
    """One mailing in the index."""

    mailing: Mailing
    subject: str
    counts: Counts
    #: In words; "" while it is not over.
    time: str

    @property
    def shares(self) -> list[Share]:
        return bar(self.counts)


def report_routes(studio: Studio) -> APIRouter:
    """`/reports` and everything below it."""
    router = APIRouter(prefix="/reports", default_response_class=HTMLResponse)
    _add_pages(router, studio)
    _add_tables(router, studio)
    return router


def _add_pages(router: APIRouter, studio: Studio) -> None:
    @router.get("")
    def show_index(kind: Kind = "mailings", page: Annotated[int, Query(ge=1, le=1_000_000)] = 1) -> HTMLResponse:
        return _show_index(studio, kind, page)

    @router.get("/growth")
    def show_growth(list_id: ListId = "", span: Span = "24") -> HTMLResponse:
        return _show_growth(studio, chosen_list(studio, list_id), span)

    @router.get("/{mailing_id:int}")
    def show_report(
        mailing_id: int,
        sort: Order = "size",
        range_: Annotated[Range, Query(alias="range")] = "all",
    ) -> HTMLResponse:
        mailing = studio.project.mailing(str(mailing_id))
        return _show_report(studio, studio.project.mailing_report(mailing, order=sort, range_=range_), sort, range_)


def _add_tables(router: APIRouter, studio: Studio) -> None:
    @router.get("/growth.csv", response_class=Response)
    def growth(list_id: ListId = "") -> Response:
        chosen = chosen_list(studio, list_id)
        return download(studio.project.growth_csv(chosen), name=f"{chosen}-{_('growth')}.csv")

    @router.get("/{mailing_id:int}/{table}.csv", response_class=Response)
    def table(mailing_id: int, table: Table) -> Response:
        project = studio.project
        lines: dict[Table, Callable[[Mailing], Iterator[str]]] = {
            "deliveries": project.deliveries_csv,
            "timeline": project.timeline_csv,
            "domains": project.domains_csv,
            "answers": project.answers_csv,
            "compared": project.compared_csv,
        }
        mailing = project.mailing(str(mailing_id))
        return download(lines[table](mailing), name=f"{mailing.id}-{table}.csv")


# --- pages -----------------------------------------------------------------------------------------------------


def _show_index(studio: Studio, kind: Kind, page: int) -> HTMLResponse:
    mailings = studio.project.mailings()
    kinds: dict[Kind, list[Mailing]] = {
        "mailings": [each for each in mailings if not each.rehearsal],
        "rehearsals": [each for each in mailings if each.rehearsal],
    }
    shown = kinds[kind][(page - 1) * PAGE : page * PAGE]
    counts, subjects = studio.project.counts_of(shown), studio.project.subjects(shown)
    lines = [
        Line(
            mailing=each,
            subject=subjects.get(each.id, each.issue),
            counts=counts[each.id],
            time=time_in_words(seconds_of(each)),
        )
        for each in shown
    ]
    return studio.pages.page(
        "reports.html",
        kind=kind,
        numbers={name: len(each) for name, each in kinds.items()},
        lines=lines,
        page=page,
        last_page=max(1, -(-len(kinds[kind]) // PAGE)),
        **_words(studio),
    )


def _show_report(studio: Studio, report: MailingReport, sort: Order, range_: Range) -> HTMLResponse:
    compared = studio.project.compared(report.mailing)
    subjects = studio.project.subjects([report.mailing, *(each.mailing for each in compared)])
    widest = max((each.tally.total for each in report.domains), default=0)
    parts = [(key, getattr(report.counts, key)) for key in OUTCOMES]
    return studio.pages.page(
        "report.html",
        report=report,
        sort=sort,
        range=range_,
        subjects=subjects,
        compared=compared,
        neighbours=_neighbours(studio, report.mailing),
        names=outcome_names() | {"failed": _("Refused")},
        shares=shares(parts, width=_WHOLE, least=_PART),
        domain_bar=lambda tally: domain_bar(tally, widest=max(widest, report.others.total)),
        bar=bar,
        picture=draw_timeline(report.timeline, zone=studio.project.settings.site.zone) if report.timeline else None,
        meaning=meaning,
        remarks=remarks_on(report, _own(compared, report.mailing)),
        time=time_in_words,
        **_words(studio),
    )


def _show_growth(studio: Studio, list_id: str, span: Span) -> HTMLResponse:
    months = studio.project.growth(list_id)
    shown: Sequence[Month] = months if span == "all" else months[-int(span) :]
    return studio.pages.page(
        "growth.html",
        list_id=list_id,
        span=span,
        months=shown,
        before=months[-len(shown) - 1].size if len(months) > len(shown) else 0,
        picture=draw_growth(shown),
        **_words(studio),
    )


def _words(studio: Studio) -> dict[str, Any]:
    """What every page of reports says with."""
    return {"lists": studio.project.settings.lists, "percent": percent}


def _own(compared: Sequence[Compared], mailing: Mailing) -> Compared | None:
    return next((each for each in compared if each.mailing.id == mailing.id), None)


def _neighbours(studio: Studio, mailing: Mailing) -> tuple[int | None, int | None]:
    """The numbers of the mailings of the same kind before this one and after it."""
    numbers = sorted(each.id for each in studio.project.mailings() if each.rehearsal == mailing.rehearsal)
    place = numbers.index(mailing.id)
    return (numbers[place - 1] if place else None), (numbers[place + 1] if place + 1 < len(numbers) else None)


# --- bars ------------------------------------------------------------------------------------------------------


def bar(counts: Counts) -> list[Share]:
    """One mailing in a table."""
    return shares([(key, getattr(counts, key)) for key in OUTCOMES], width=_WIDTH, least=_LEAST)


def domain_bar(tally: Tally, *, widest: int) -> list[Share]:
    """One domain: as long as its share of the largest."""
    keys = ("first", "later", "deferred", "failed", "uncertain", "skipped", "waiting")
    width = max(_LEAST, _WIDTH * tally.total / max(1, widest))
    return shares([(key, getattr(tally, key)) for key in keys], width=width, least=min(_LEAST, width))
