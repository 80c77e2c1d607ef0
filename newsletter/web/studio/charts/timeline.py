"""A mailing over time: what the servers accepted, added up; in a strip below, what they refused, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from markupsafe import Markup

from newsletter.delivery.reports import Timeline
from newsletter.i18n import _, format_date, format_number
from newsletter.web.pages import clock
from newsletter.web.studio.charts.drawing import NARROW, WIDE, Drawing, Point
from newsletter.web.studio.charts.scale import moments, ticks

#: Heights, from above: the highest value, the axis, its words, then the strip.
_TOP, _BASE, _WORDS, _STRIP, _BOTTOM = 18, 172, 190, 204, 232
#: Room for the numbers at the left, and for the last moment at the right.
_LEFT, _RIGHT = 54, 16
#: Narrowest bar of the strip.
_LEAST = 2
#: Room that a moment's words take.
_WORD_WIDTH = 84


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """Where things stand in a picture of one width."""

    timeline: Timeline
    width: int
    highest: int

    def x(self, at: datetime) -> float:
        line = self.timeline
        return _LEFT + (self.width - _LEFT - _RIGHT) * ((at - line.since) / (line.until - line.since))

    def y(self, number: int) -> float:
        return _BASE - (_BASE - _TOP) * number / self.highest


def draw_timeline(timeline: Timeline, *, zone: ZoneInfo) -> Markup:
    """The same picture for a wide and for a narrow screen."""
    return Markup().join(_draw(timeline, width, zone) for width in (WIDE, NARROW))


def _draw(timeline: Timeline, width: int, zone: ZoneInfo) -> Markup:
    first, accepted = (
        _sums(step.tally.first for step in timeline.steps),
        _sums(step.tally.sent for step in timeline.steps),
    )
    marks = ticks(accepted[-1])
    frame = _Frame(timeline=timeline, width=width, highest=marks[-1])
    drawing = Drawing(
        "timeline",
        size=(width, _BOTTOM + 2 if _troubles(timeline) else _WORDS + 6),
        title=_("Mails that the servers accepted, added up"),
        description=_in_words(timeline, zone),
    )
    for mark in marks[1:]:
        drawing.line((_LEFT, frame.y(mark)), (width - _RIGHT, frame.y(mark)), kind="grid")
        drawing.text((_LEFT - 8, frame.y(mark) + 4), format_number(mark), anchor="end")
    _draw_sums(drawing, frame, first=first, accepted=accepted)
    drawing.line((_LEFT, _BASE), (width - _RIGHT, _BASE), kind="axis")
    _write_moments(drawing, frame, zone)
    _draw_troubles(drawing, frame)
    return drawing.markup()


def _sums(numbers: Iterable[int]) -> list[int]:
    """What has come by the end of each step, and 0 before the first."""
    return list(accumulate(numbers, initial=0))


def _draw_sums(drawing: Drawing, frame: _Frame, *, first: Sequence[int], accepted: Sequence[int]) -> None:
    one, all_ = _outline(frame, first), _outline(frame, accepted)
    drawing.area([*all_, *reversed(one)], kind="later")
    drawing.area([*one, (one[-1][0], _BASE), (one[0][0], _BASE)], kind="first")
    drawing.trace(all_, kind="trace")
    x, y = all_[-1]
    drawing.text((x, max(12, y - 7)), format_number(accepted[-1]), anchor="end", kind="strong")


def _outline(frame: _Frame, sums: Sequence[int]) -> list[Point]:
    """Level where nothing came, sloping over each step that brought something."""
    timeline, points = frame.timeline, [(frame.x(frame.timeline.since), frame.y(0))]
    for step, before, after in zip(timeline.steps, sums, sums[1:], strict=False):
        points += [
            (frame.x(step.at), frame.y(before)),
            (frame.x(step.at + timedelta(seconds=timeline.seconds)), frame.y(after)),
        ]
    return [*points, (frame.x(timeline.until), frame.y(sums[-1]))]


def _write_moments(drawing: Drawing, frame: _Frame, zone: ZoneInfo) -> None:
    timeline, most = frame.timeline, (frame.width - _LEFT) // _WORD_WIDTH
    far = timeline.until - timeline.since > timedelta(hours=36)
    shown = list(moments(timeline.since, timeline.until, zone=zone, most=most))
    fine = timeline.seconds < 60 and any(moment.second for moment in shown)
    for moment in shown:
        if fine:
            words = f"{moment:%H:%M:%S}"
        else:
            words = format_date(moment.date(), "d MMM") if far and not moment.hour else clock(moment)
        drawing.line((frame.x(moment), _BASE), (frame.x(moment), _BASE + 4), kind="axis")
        is_last = frame.x(moment) > frame.width - _WORD_WIDTH / 2
        drawing.text(
            (frame.width if is_last else frame.x(moment), _WORDS), words, anchor="end" if is_last else "middle"
        )


def _troubles(timeline: Timeline) -> int:
    """The most that were refused or put off in one step."""
    return max((step.tally.failed + step.tally.deferred for step in timeline.steps), default=0)


def _draw_troubles(drawing: Drawing, frame: _Frame) -> None:
    highest, height = _troubles(frame.timeline), _BOTTOM - _STRIP
    if not highest:
        return
    drawing.line((_LEFT, _BOTTOM), (frame.width - _RIGHT, _BOTTOM), kind="grid")
    drawing.text((_LEFT - 8, _STRIP + 9), format_number(highest), anchor="end")
    for step in frame.timeline.steps:
        x, end = frame.x(step.at), frame.x(step.at + timedelta(seconds=frame.timeline.seconds))
        wide, base = max(_LEAST, end - x - 0.5), float(_BOTTOM)
        for kind, number in (("failed", step.tally.failed), ("deferred", step.tally.deferred)):
            tall = max(_LEAST, height * number / highest) if number else 0
            drawing.bar((x, base - tall), (wide, tall), kind=kind)
            base -= tall


def _in_words(timeline: Timeline, zone: ZoneInfo) -> str:
    tallies = [step.tally for step in timeline.steps]
    return _(
        "From {since} to {until}: {sent} accepted, {later} of them after being deferred; {failed} refused.",
        since=clock(timeline.since.astimezone(zone)),
        until=clock(timeline.until.astimezone(zone)),
        sent=format_number(sum(each.sent for each in tallies)),
        later=format_number(sum(each.later for each in tallies)),
        failed=format_number(sum(each.failed for each in tallies)),
    )
