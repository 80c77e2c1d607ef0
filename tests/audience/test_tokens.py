"""A token opens its own door, for ever, and no other."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.tokens import (
    LONGEST,
    make_unsubscribe_token,
    make_web_token,
    read_unsubscribe_token,
    read_web_token,
)

SECRET, OTHER = b"k" * 32, b"o" * 32


@given(st.integers(0, 2**63))
def test_a_token_names_what_it_was_made_for(number: int) -> None:
    token = make_unsubscribe_token(SECRET, number)
    assert read_unsubscribe_token(SECRET, token) == number
    assert len(token) <= LONGEST
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token)


def test_the_signature_is_128_bits() -> None:
    assert len(make_unsubscribe_token(SECRET, 1).split(".")[1]) == 22


def test_a_token_in_a_letter_sent_long_ago_is_still_read() -> None:
    assert read_unsubscribe_token(SECRET, "1842.MohhP-tUrAXrDCiRqha45A") == 1842
    assert read_web_token(SECRET, "3.ab7hFbNDWGmjGnkjTtY_CA") == 3


def test_a_token_of_one_scope_opens_no_other() -> None:
    assert read_web_token(SECRET, make_unsubscribe_token(SECRET, 7)) is None
    assert read_unsubscribe_token(SECRET, make_web_token(SECRET, 7)) is None
    assert read_web_token(SECRET, make_web_token(SECRET, 7)) == 7


@pytest.mark.parametrize("forged", ["", "7", "7.", ".", "7.AAAAAAAAAAAAAAAAAAAAAA", "é.à", "7." + "A" * 500, "\0"])
def test_a_forged_token_names_nothing(forged: str) -> None:
    assert read_unsubscribe_token(SECRET, forged) is None


def test_a_changed_truncated_or_foreign_token_names_nothing() -> None:
    token = make_unsubscribe_token(SECRET, 12)
    number, signature = token.split(".")
    for forged in (f"13.{signature}", token[:-2], f"{number}.{signature[::-1]}", make_unsubscribe_token(OTHER, 12)):
        assert read_unsubscribe_token(SECRET, forged) is None


@given(st.text())
def test_no_text_crashes_the_reader(text: str) -> None:
    assert read_unsubscribe_token(SECRET, text) is None
