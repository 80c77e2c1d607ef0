"""Whose turn it is, on a clock that stands still until told."""

import pytest

from newsletter.delivery.turns import MOST_PARKED, Turns
from newsletter.model import Reader


class Clock:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


def reader(number: int, domain: str) -> Reader:
    return Reader(delivery=number, subscriber=number, subscription=number, email=f"r{number}@{domain}")


def popped(turns: Turns) -> list[int]:
    return [one.delivery for one in iter(turns.pop, None)]


def test_without_caps_everybody_leaves_in_order():
    turns = Turns()
    turns.extend(reader(number, "gmail.com") for number in range(5))
    assert popped(turns) == [0, 1, 2, 3, 4]


def test_readers_of_a_capped_domain_step_aside_and_hold_nobody_up():
    clock = Clock()
    turns = Turns({"gmail.com": 2}, clock=clock)
    turns.extend([reader(1, "gmail.com"), reader(2, "GMAIL.com"), reader(3, "gmail.com"), reader(4, "example.org")])
    assert popped(turns) == [1, 4]
    assert (len(turns), turns.wait()) == (2, pytest.approx(0.5))
    clock.at += 0.5
    assert popped(turns) == [2]
    clock.at += 3600
    assert popped(turns) == [3]
    assert not turns


def test_whoever_leaves_the_list_is_taken_out_also_from_aside():
    turns = Turns({"gmail.com": 1}, clock=Clock())
    turns.extend(reader(number, "gmail.com") for number in range(4))
    assert popped(turns) == [0]
    assert [one.subscriber for one in turns.remove(frozenset({2}))] == [2]
    assert [one.subscriber for one in turns] == [1, 3]


def test_only_so_many_wait_aside():
    turns = Turns({"gmail.com": 1}, clock=Clock())
    turns.extend(reader(number, "gmail.com") for number in range(MOST_PARKED))
    assert popped(turns) == [0]
    assert turns.are_few(500)
    turns.extend([reader(MOST_PARKED, "gmail.com")])
    assert popped(turns) == []
    assert not turns.are_few(500)
