from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from newsletter.audience.growth import months_of
from newsletter.model import Month, Moves

LIEGE = ZoneInfo("Europe/Brussels")


def test_a_month_begins_at_midnight_where_the_magazine_is() -> None:
    late = Moves(at=datetime(2023, 10, 31, 22, 45, tzinfo=UTC), joined=3)
    next_day = Moves(at=datetime(2023, 10, 31, 23, 0, tzinfo=UTC), joined=4, left=1, lost=2)
    assert months_of([late, next_day], zone=LIEGE, today=date(2023, 11, 2)) == [
        Month(day=date(2023, 10, 1), joined=3, left=0, lost=0, size=3),
        Month(day=date(2023, 11, 1), joined=4, left=1, lost=2, size=4),
    ]


def test_no_month_is_left_out_up_to_today() -> None:
    months = months_of([Moves(at=datetime(2022, 11, 5, tzinfo=UTC), joined=2)], zone=LIEGE, today=date(2023, 2, 1))
    assert [month.day.month for month in months] == [11, 12, 1, 2]
    assert {month.size for month in months} == {2}


def test_a_list_that_nobody_joined_has_no_month() -> None:
    assert months_of([], zone=LIEGE, today=date(2023, 2, 1)) == []
