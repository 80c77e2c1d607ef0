"""The mark of a delivery in the envelope sender: ours are read, all others are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.verp import LENGTH, make_mark, marked, read_mark
from newsletter.errors import ContentError

SECRET = b"a secret of the tests"


@given(st.integers(0, 2**40 - 1))
def test_a_mark_names_its_delivery(delivery: int) -> None:
    mark = make_mark(delivery, SECRET)
    assert len(mark) == LENGTH == 20
    assert read_mark(mark, SECRET) == delivery
    assert read_mark(mark.upper(), SECRET) == delivery


def test_a_forged_mark_names_nobody() -> None:
    mark = make_mark(157, SECRET)
    assert read_mark(mark, b"another secret") is None
    for position, digit in enumerate(mark):
        other = "0" if digit != "0" else "1"
        assert read_mark(mark[:position] + other + mark[position + 1 :], SECRET) is None


@pytest.mark.parametrize("mark", ["", "00", "z" * 20, "0" * 20, "0" * 40, "é" * 20, make_mark(1, SECRET)[:-2]])
def test_what_is_not_a_mark_names_nobody(mark: str) -> None:
    assert read_mark(mark, SECRET) is None


def test_marks_of_neighbours_have_nothing_in_common() -> None:
    marks = [make_mark(number, SECRET) for number in range(200)]
    assert len({mark[:6] for mark in marks}) == len({mark[-6:] for mark in marks}) == 200


def test_a_mark_fits_between_the_local_part_and_the_domain() -> None:
    assert marked("bounce@imagine.example") == ("bounce+", "@imagine.example")


@pytest.mark.parametrize("return_path", ["bounce", "Bounce <b@x.test>", "a@b@c", "b" * 44 + "@imagine.example"])
def test_a_return_path_that_cannot_take_a_mark_is_an_error(return_path: str) -> None:
    with pytest.raises(ContentError):
        marked(return_path)
