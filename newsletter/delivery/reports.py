"""What became of one mailing: outcomes in time, by domain and by reason, and how earlier ones of its list fared."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add
from typing import Literal

from newsletter.delivery.complaints import Complaints, complaints_of
from newsletter.model import AnswerGroup, Counts, DomainOutcome, Mailing, MailingState, Step, Tally
from newsletter.ports.reports import Order, ReportStore

#: Which part of the time is looked at: all of it, or until most had been accepted.
Range = Literal["all", "start"]

#: Domains that a page names; the others are one line.
NAMED = 10
#: After a mailing, departures are counted for so long.
AFTERMATH = timedelta(days=7)
#: Stretches of time in a picture, at most.
_STEPS = 120
#: Lengths of a stretch, in seconds: every one begins where a clock shows a round hour.
_LENGTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
#: Share of the outcomes that « most » is, and of the time within which they must have come to look at it alone.
_MOST, _EARLY = 0.95, 0.25


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What was settled when."""

    steps: Sequence[Step] = ()
    #: Length of a step.
    seconds: int = 1
    #: From the start of the mailing to the end of the last step. Aware.
    since: datetime
    until: datetime
    #: Before this moment most had been accepted, and long after it others still were; None when that is not so.
    most_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MailingReport:
    """Everything that a report says of one mailing."""

    mailing: Mailing
    counts: Counts
    tally: Tally
    #: None before the first outcome.
    timeline: Timeline | None
    domains: Sequence[DomainOutcome]
    #: How many domains are not named, and what became of them together.
    other_domains: int
    others: Tally
    answers: Sequence[AnswerGroup]

    @property
    def complaints(self) -> Complaints:
        """How many of those who got it said that it is spam."""
        return complaints_of(self.mailing, self.counts)

    @property
    def seconds(self) -> int | None:
        """From its start to its end; None while it has none of both."""
        return seconds_of(self.mailing)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One mailing beside others of its list."""

    mailing: Mailing
    counts: Counts
    #: From its start to its end; None while it is not over.
    seconds: int | None
    #: Who unsubscribed in the days after its start.
    departures: int
    #: Those days are over.
    is_final: bool

    @property
    def complaints(self) -> Complaints:
        """How many of those who got it said that it is spam."""
        return complaints_of(self.mailing, self.counts)


def seconds_of(mailing: Mailing) -> int | None:
    """From the start of a mailing to its end; None while it is not over, or never began."""
    if not mailing.started_at or not mailing.finished_at:
        return None
    return max(0, round((mailing.finished_at - mailing.started_at).total_seconds()))


def make_report(store: ReportStore, mailing: Mailing, *, order: Order = "size", range_: Range = "all") -> MailingReport:
    """Count everything of one mailing."""
    counts = store.counts_of([mailing.id])[mailing.id]
    timeline = make_timeline(store, mailing)
    tally = _sum(timeline.steps) if timeline else Tally(skipped=counts.skipped, waiting=counts.total - counts.skipped)
    number, domains = store.domains(mailing.id, order=order, most=NAMED + 1)
    # One domain alone is named, not called « others ».
    named = domains if number <= NAMED + 1 else domains[:NAMED]
    return MailingReport(
        mailing=mailing,
        counts=counts,
        tally=tally,
        timeline=timeline if range_ == "all" else _beginning(store, mailing.id, timeline),
        domains=named,
        other_domains=number - len(named),
        others=tally - _sum(named),
        answers=store.answers(mailing.id),
    )


def make_timeline(store: ReportStore, mailing: Mailing) -> Timeline | None:
    """From its start to its end, or to its last outcome while it is not over; None before the first."""
    if mailing.state is MailingState.FINISHED and mailing.started_at and mailing.finished_at:
        since, until = mailing.started_at, mailing.finished_at
    elif span := store.span(mailing.id):
        since, until = min(mailing.started_at or span[0], span[0]), span[1]
    else:
        return None
    timeline = _cut(store, mailing.id, since, max(since, until))
    return replace(timeline, most_until=_most_until(timeline))


def compare(store: ReportStore, mailings: Sequence[Mailing], *, now: datetime) -> list[Compared]:
    """How mailings fared, in their order."""
    counts = store.counts_of([mailing.id for mailing in mailings])
    found = []
    for mailing in mailings:
        since = mailing.started_at or mailing.created_at
        until = since + AFTERMATH
        departures = store.departures(mailing.id, since=since, until=until)
        found.append(
            Compared(
                mailing=mailing,
                counts=counts[mailing.id],
                seconds=seconds_of(mailing),
                departures=departures,
                is_final=until <= now,
            )
        )
    return found


def _cut(store: ReportStore, mailing_id: int, since: datetime, until: datetime) -> Timeline:
    """The stretches between two moments; what comes after the second is left out."""
    wanted = (until - since).total_seconds() / _STEPS
    seconds = next((length for length in _LENGTHS if length >= wanted), math.ceil(wanted))
    since = datetime.fromtimestamp(since.timestamp() // seconds * seconds, UTC)
    number = int((until - since).total_seconds() // seconds) + 1
    end = since + timedelta(seconds=number * seconds)
    steps = store.timeline(mailing_id, since=since, seconds=seconds, steps=number + 1)
    return Timeline(steps=[step for step in steps if step.at < end], seconds=seconds, since=since, until=end)


def _beginning(store: ReportStore, mailing_id: int, whole: Timeline | None) -> Timeline | None:
    """The part of a timeline in which most were accepted, seen closer."""
    if whole is None or whole.most_until is None:
        return whole
    closer = _cut(store, mailing_id, whole.since, whole.most_until - timedelta(seconds=1))
    return replace(closer, most_until=whole.most_until)


def _most_until(timeline: Timeline) -> datetime | None:
    whole, passed = _sum(timeline.steps).sent, 0
    for step in timeline.steps:
        passed += step.tally.sent
        if passed >= whole * _MOST:
            end = step.at + timedelta(seconds=timeline.seconds)
            return end if end - timeline.since <= (timeline.until - timeline.since) * _EARLY else None
    return None


def _sum(parts: Iterable[Step | DomainOutcome]) -> Tally:
    return reduce(add, (part.tally for part in parts), Tally())
