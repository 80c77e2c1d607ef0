"""The token bucket, on a clock that stands still until told."""

from itertools import pairwise

import pytest

from newsletter.delivery.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_without_a_rate_nobody_waits():
    pace = Pace(0, clock=Clock())
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
