from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.web.studio.charts.scale import moments, ticks

AT = datetime(2026, 3, 28, 23, 7, tzinfo=UTC)
LIEGE = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("highest", "marks"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6, 8]), (1789, [0, 500, 1000, 1500, 2000])],
)
def test_marks_are_round_and_whole(highest: int, marks: list[int]) -> None:
    assert ticks(highest) == marks


def test_marks_reach_whatever_is_highest() -> None:
    for highest in (9, 10, 11, 99_999, 100_001, 10**12):
        marks = ticks(highest)
        assert marks[-2] < highest <= marks[-1]
        assert len(marks) <= 5


@pytest.mark.parametrize("seconds", [1, 59, 600, 4_000, 90_000, 3_000_000])
def test_moments_are_few_and_within(seconds: int) -> None:
    until = AT + timedelta(seconds=seconds)
    found = list(moments(AT, until, zone=LIEGE, most=5))
    assert 1 <= len(found) <= 6 or seconds > 86_400
    assert all(AT <= moment <= until for moment in found)


def test_days_begin_at_midnight_where_the_magazine_is() -> None:
    first, *_others = moments(AT, AT + timedelta(days=5), zone=LIEGE, most=5)
    assert (first.hour, first.minute) == (0, 0)
