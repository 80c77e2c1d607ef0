"""A list over the months: how many people are on it, and below, who came and who went."""

from collections.abc import Sequence

from markupsafe import Markup

from newsletter.i18n import _, format_date, format_number
from newsletter.model import Month
from newsletter.web.studio.charts.drawing import NARROW, WIDE, Drawing
from newsletter.web.studio.charts.scale import ticks

#: Heights: the highest size, the axis, then the band of those who came and went, and the words below.
_TOP, _BASE, _BAND, _BOTTOM, _WORDS = 18, 150, 170, 236, 254
_LEFT = 54
#: Room that a month's words take.
_WORD_WIDTH = 64
#: Lowest bar that is drawn.
_LEAST = 1.5


def draw_growth(months: Sequence[Month]) -> Markup:
    """The same picture for a wide and for a narrow screen; nothing without a month."""
    return Markup().join(_draw(months, width) for width in (WIDE, NARROW)) if months else Markup()


def _draw(months: Sequence[Month], width: int) -> Markup:
    drawing = Drawing(
        "growth",
        size=(width, _WORDS + 6),
        title=_("People on the list, month by month"),
        description=_in_words(months),
    )
    marks = ticks(max(month.size for month in months))
    right = width - _room(months[-1].size)
    for mark in marks[1:]:
        y = _BASE - (_BASE - _TOP) * mark / marks[-1]
        drawing.line((_LEFT, y), (right, y), kind="grid")
        drawing.text((_LEFT - 8, y + 4), format_number(mark), anchor="end")
    step = (right - _LEFT) / len(months)
    _draw_sizes(drawing, months, step=step, highest=marks[-1])
    drawing.line((_LEFT, _BASE), (right, _BASE), kind="axis")
    _draw_moves(drawing, months, step=step)
    _write_months(drawing, months, step=step)
    return drawing.markup()


def _room(size: int) -> float:
    """What the last number takes at the right of its point."""
    return 18 + 7.6 * len(format_number(size))


def _draw_sizes(drawing: Drawing, months: Sequence[Month], *, step: float, highest: int) -> None:
    points = [
        (_LEFT + step * (number + 0.5), _BASE - (_BASE - _TOP) * month.size / highest)
        for number, month in enumerate(months)
    ]
    drawing.area([*points, (points[-1][0], _BASE), (points[0][0], _BASE)], kind="first")
    drawing.trace(points, kind="trace")
    drawing.dot(points[-1], kind="end")
    x, y = points[-1]
    drawing.text((x + 9, y + 4), format_number(months[-1].size), kind="strong")


def _draw_moves(drawing: Drawing, months: Sequence[Month], *, step: float) -> None:
    """Arrivals above a line, departures and dead addresses below it, all on one scale."""
    up = max(month.joined for month in months)
    down = max(month.left + month.lost for month in months)
    scale = (_BOTTOM - _BAND) / max(up + down, 1)
    middle, wide = _BAND + up * scale, max(1.0, min(22.0, step * 0.68))
    for number, month in enumerate(months):
        x = _LEFT + step * (number + 0.5) - wide / 2
        tall = _tall(month.joined, scale)
        drawing.bar((x, middle - tall), (wide, tall), kind="joined")
        left = _tall(month.left, scale)
        drawing.bar((x, middle), (wide, left), kind="left")
        drawing.bar((x, middle + left), (wide, _tall(month.lost, scale)), kind="lost")
    drawing.line((_LEFT, middle), (_LEFT + step * len(months), middle), kind="axis")
    if up:
        drawing.text((_LEFT - 8, _BAND + 9), f"+{format_number(up)}", anchor="end")
    if down and _BOTTOM - middle > 12:
        drawing.text((_LEFT - 8, _BOTTOM), f"−{format_number(down)}", anchor="end")


def _tall(number: int, scale: float) -> float:
    return max(_LEAST, number * scale) if number else 0


def _write_months(drawing: Drawing, months: Sequence[Month], *, step: float) -> None:
    """The last one, and every so many before it."""
    every = max(1, -(-int(_WORD_WIDTH) // max(1, int(step))))
    for number in range(len(months) - 1, -1, -every):
        x = _LEFT + step * (number + 0.5)
        drawing.text((x, _WORDS), format_date(months[number].day, "MMM yy"), anchor="middle")


def _in_words(months: Sequence[Month]) -> str:
    first, last = months[0], months[-1]
    return _(
        "From {before} people at the end of {first} to {after} in {last}: {joined} joined, {left} left, "
        "{lost} addresses died.",
        before=format_number(first.size),
        after=format_number(last.size),
        first=format_date(first.day, "MMMM y"),
        last=format_date(last.day, "MMMM y"),
        joined=format_number(sum(month.joined for month in months)),
        left=format_number(sum(month.left for month in months)),
        lost=format_number(sum(month.lost for month in months)),
    )
