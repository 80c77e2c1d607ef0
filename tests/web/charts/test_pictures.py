"""Pictures hold for no figure, for one, and for huge ones; and carry no style, which the policy forbids."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from newsletter.delivery.reports import Timeline
from newsletter.i18n import speaking
from newsletter.model import Month, Step, Tally
from newsletter.web.studio.charts import draw_growth, draw_timeline
from newsletter.web.studio.charts.drawing import Drawing

AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
LIEGE = ZoneInfo("Europe/Brussels")


def timeline(*tallies: Tally, seconds: int = 60) -> Timeline:
    """A step after the other."""
    length = timedelta(seconds=seconds)
    steps = [Step(at=AT + number * length, tally=tally) for number, tally in enumerate(tallies)]
    return Timeline(steps=steps, seconds=seconds, since=AT, until=AT + max(1, len(steps)) * length)


def month(number: int, **how: int) -> Month:
    values = {"joined": 0, "left": 0, "lost": 0, "size": 0} | how
    return Month(day=date(2020 + number // 12, number % 12 + 1, 1), **values)


HUGE = 10**9
TIMELINES = {
    "empty": timeline(),
    "nothing settled": timeline(Tally(waiting=5)),
    "one": timeline(Tally(first=1)),
    "all refused": timeline(Tally(failed=3), Tally(deferred=4)),
    "huge": timeline(Tally(first=HUGE, failed=1), Tally(later=HUGE), seconds=86_400),
    "a second": timeline(Tally(first=7), seconds=1),
    "weeks": timeline(*[Tally(first=1)] * 40, seconds=86_400),
}
GROWTHS = {
    "one": [month(0, joined=1, size=1)],
    "empty": [month(0), month(1)],
    "only departures": [month(0, left=4), month(1, lost=2)],
    "huge": [month(0, joined=HUGE, size=HUGE), month(1, left=1, size=HUGE - 1)],
    "twenty years": [month(number, joined=number, size=number * 9) for number in range(240)],
}


def pictures(markup: str) -> Iterator[ElementTree.Element]:
    yield from ElementTree.fromstring(f"<page>{markup}</page>")


def assert_sound(markup: str) -> None:
    for word in ("nan", "inf", "style=", "None"):
        assert word not in markup
    found = list(pictures(markup))
    assert [picture.get("class") for picture in found] == ["chart wide", "chart narrow"]
    ids = [element.get("id") for picture in found for element in picture.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for picture in found:
        _x, _y, width, height = map(float, picture.get("viewBox", "").split())
        assert [child.tag for child in picture[:2]] == ["title", "desc"]
        assert all(child.text for child in picture[:2])
        assert picture.get("aria-labelledby") == f"{picture[0].get('id')} {picture[1].get('id')}"
        for bar in picture.iter("rect"):
            assert float(bar.get("width", 0)) > 0
            assert float(bar.get("height", 0)) > 0
        for line in (*picture.iter("polyline"), *picture.iter("polygon")):
            for place in line.get("points", "").split():
                x, y = map(float, place.split(","))
                assert 0 <= x <= width
                assert 0 <= y <= height


@pytest.mark.parametrize("line", TIMELINES.values(), ids=TIMELINES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_timeline_is_drawn_of_whatever_came(line: Timeline, language: str) -> None:
    with speaking(language):
        assert_sound(draw_timeline(line, zone=LIEGE))


@pytest.mark.parametrize("months", GROWTHS.values(), ids=GROWTHS)
def test_growth_is_drawn_of_whatever_happened(months: list[Month]) -> None:
    assert_sound(draw_growth(months))


def test_of_no_month_nothing_is_drawn() -> None:
    assert draw_growth([]) == ""


def test_the_strip_shows_every_refusal_however_few() -> None:
    wide, _narrow = pictures(draw_timeline(timeline(Tally(first=HUGE, failed=1), Tally(deferred=2)), zone=LIEGE))
    assert {bar.get("class") for bar in wide.iter("rect")} == {"failed", "deferred"}


def test_the_total_is_written_and_the_description_says_all_of_it() -> None:
    with speaking("en"):
        wide, narrow = pictures(draw_timeline(timeline(Tally(first=1_200), Tally(later=34, failed=5)), zone=LIEGE))
    for picture in (wide, narrow):
        assert "1,234" in [text.text for text in picture.iter("text")]
        assert picture[1].text == "From 09:00 to 09:02: 1,234 accepted, 34 of them after being deferred; 5 refused."


def test_the_moments_of_a_short_mailing_are_all_written_alike() -> None:
    with speaking("fr"):
        for picture in pictures(draw_timeline(timeline(*[Tally(first=1)] * 140, seconds=1), zone=LIEGE)):
            words = [str(text.text) for text in picture.iter("text")]
            fine, plain = [word for word in words if ":" in word], [word for word in words if "h" in word]
            assert bool(fine) != bool(plain)


def test_words_are_escaped_and_a_place_is_a_number() -> None:
    drawing = Drawing("x", size=(640, 200), title="</title><script>", description='a "b" & c')
    drawing.text((1, 2), "<script>alert(1)</script>")
    assert "<script>" not in drawing.markup()
    with pytest.raises(ValueError, match="finite"):
        drawing.dot((float("nan"), 1), kind="end")
