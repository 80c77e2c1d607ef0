"""The pace, on a clock that stands still until told."""

from itertools import pairwise

import pytest

from newsletter.delivery.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_without_a_rate_nobody_waits():
    pace = Pace(clock=Clock())
    assert [pace.reserve() for _ in range(1000)] == [0.0] * 1000


def test_messages_leave_at_the_rate():
    clock = Clock()
    pace = Pace(10, clock=clock)
    left_at = [clock.at + pace.reserve() - 1000.0 for _ in range(101)]
    assert left_at[100] == pytest.approx(10.0, abs=0.11)
    assert all(later - earlier <= 0.1001 for earlier, later in pairwise(left_at))


def test_a_long_rest_is_not_made_up_for_by_a_flood():
    clock = Clock()
    pace = Pace(100, clock=clock)
    clock.at += 3600
    at_once = sum(pace.reserve() == 0.0 for _ in range(1000))
    assert at_once <= 11


def test_no_minute_holds_more_than_it_may():
    clock = Clock()
    pace = Pace(50, per_minute=600, clock=clock)
    clock.at += 3600
    left_at = [pace.reserve() for _ in range(2000)]
    for start in left_at:
        assert sum(start <= at < start + 60 for at in left_at) <= 600


def test_a_ramp_begins_with_a_tenth_and_reaches_the_rate():
    clock = Clock()
    pace = Pace(20, ramp_seconds=600, clock=clock)
    speeds = []
    for seconds in (0, 300, 600, 6000):
        clock.at = 1000.0 + seconds
        speeds.append(pace.speed())
    assert speeds == pytest.approx([2, 11, 20, 20])


def test_a_complaint_halves_the_pace_and_a_tenth_comes_back_every_minute():
    clock = Clock()
    pace = Pace(25, clock=clock)
    assert pace.slow_down(measured=25) == (25, 12.5)
    speeds = []
    for minutes in (0, 1, 2, 5, 60):
        clock.at = 1000.0 + 60 * minutes
        speeds.append(pace.speed())
    assert speeds == pytest.approx([12.5, 15, 17.5, 25, 25])


def test_complaints_of_the_same_moment_are_one_and_later_ones_count():
    clock = Clock()
    pace = Pace(16, clock=clock)
    pace.slow_down(measured=16)
    clock.at += 1
    assert pace.slow_down(measured=16) is None
    clock.at += 59
    assert pace.slow_down(measured=16) == pytest.approx((9.6, 4.8))
    clock.at += 3600
    assert pace.speed() == 16


def test_without_a_rate_half_of_what_was_measured_is_kept_until_it_has_come_back():
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.slow_down(measured=100) == (100, 50)
    assert not pace.is_free
    assert sum(pace.reserve() > 0 for _ in range(100)) >= 90
    clock.at += 300
    assert pace.reserve() == 0.0
    assert pace.is_free


def test_no_number_of_complaints_brings_it_to_a_stop():
    clock = Clock()
    pace = Pace(10, clock=clock)
    for _complaint in range(50):
        pace.slow_down(measured=10)
        clock.at += 6
    assert pace.speed() >= 0.2
