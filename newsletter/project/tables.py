"""The tables of reports as files that a spreadsheet opens: a header, then a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newsletter.i18n import _
from newsletter.model import DeliveryState

if TYPE_CHECKING:
    from newsletter.delivery.reports import Compared, Timeline
    from newsletter.model import AnswerGroup, Delivery, DomainOutcome, Month, Tally


def outcomes(deliveries: Iterable[Delivery], *, zone: ZoneInfo) -> Iterator[str]:
    """What became of everybody; streaming."""
    header = (_("address"), _("domain"), _("outcome"), _("attempts"), _("since"), _("code"), _("answer"))
    names = {state: _(state.value) for state in DeliveryState}
    return _lines(header, (_outcome(each, names[each.state], zone) for each in deliveries))


def _outcome(delivery: Delivery, name: str, zone: ZoneInfo) -> tuple[object, ...]:
    reply, at = delivery.reply, delivery.changed_at
    domain = delivery.email.rpartition("@")[2]
    code = f"{reply.code} {reply.enhanced}".rstrip() if reply else ""
    since = _moment(at, zone) if at else ""
    return delivery.email, domain, name, delivery.attempts, since, code, reply.text if reply else ""


def timeline(timeline: Timeline | None, *, zone: ZoneInfo) -> Iterator[str]:
    """What was settled in each stretch of time, by its beginning."""
    steps = timeline.steps if timeline else ()
    return _lines((_("from"), *_headings()), ((_moment(each.at, zone), *_numbers(each.tally)) for each in steps))


def domains(domains: Iterable[DomainOutcome]) -> Iterator[str]:
    """Outcomes by domain."""
    rows = (
        (each.domain or _("erased or forgotten since"), each.tally.total, *_numbers(each.tally)) for each in domains
    )
    return _lines((_("domain"), _("people"), *_headings()), rows)


def answers(answers: Iterable[AnswerGroup]) -> Iterator[str]:
    """Refusals and answers that put off, by kind."""
    from newsletter.delivery.refusals import meaning

    header = (_("outcome"), _("code"), _("enhanced code"), _("meaning"), _("people"), _("example"))
    rows = (
        (_(one.state.value), one.code or "", one.enhanced, meaning(one.code, one.enhanced), one.number, one.example)
        for one in answers
    )
    return _lines(header, rows)


def compared(mailings: Iterable[Compared], *, zone: ZoneInfo) -> Iterator[str]:
    """Mailings beside each other."""
    header = (_("mailing"), _("issue"), _("started"), _("people"), _("sent"), _("failed"), _("uncertain"))
    rows = (
        (
            each.mailing.id,
            each.mailing.issue,
            _moment(each.mailing.started_at, zone) if each.mailing.started_at else "",
            *(each.counts.total, each.counts.sent, each.counts.failed, each.counts.uncertain),
            "" if each.seconds is None else each.seconds,
            *(each.departures, each.complaints.number, each.complaints.percent),
        )
        for each in mailings
    )
    more = (_("seconds"), _("unsubscribed in the week after"), _("complaints"), _("complaints per letter handed over"))
    return _lines((*header, *more), rows)


def growth(months: Sequence[Month]) -> Iterator[str]:
    """The months of a list."""
    header = (_("month"), _("joined"), _("left"), _("dead addresses"), _("on the list"))
    return _lines(header, ((f"{each.day:%Y-%m}", each.joined, each.left, each.lost, each.size) for each in months))


def _headings() -> tuple[str, ...]:
    return (
        _("accepted at once"),
        _("accepted after being deferred"),
        _("deferred"),
        _("failed"),
        _("skipped"),
        _("uncertain"),
        _("waiting"),
    )


def _numbers(tally: Tally) -> tuple[int, ...]:
    from newsletter.model import Tally

    return tuple(getattr(tally, name) for name in Tally.__dataclass_fields__)


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _lines(header: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    from newsletter.audience.exchange import csv_lines

    return csv_lines(header, (map(str, row) for row in rows))
