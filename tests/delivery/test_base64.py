"""Base64 in pieces: decoded, it is what was put in, wherever a value ends among the threes."""

import base64
import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.delivery.base64 import Base64Part, encode_lines

#: Literals under three octets, which cannot align what stands around them, are the hard ones.
SHORT = ("", "a", "ab", "é", "\n", ".", "\n.")
LITERALS = (*SHORT, "abc", "abcd", "😀", "From here\n", "x" * 57, "y" * 58, "l’été\n" * 30)
VALUES = ("", "A", "Zoë", "Hélène", "😀", ".", "=", "a\u2028b", "\ud800", "https://x.test/u/" + "a" * 100, "é" * 2_000)


def assert_is_direct_substitution(literals: list[str], values: list[str]) -> None:
    part = Base64Part(literals)
    encoded = b"".join(part.pieces(map(part.encode, values)))
    assert re.fullmatch(rb"(?:[A-Za-z0-9+/]{1,76}={0,2}\r\n)*", encoded)
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert b"=" not in encoded.rstrip(b"=\r\n")
    plain = "".join(piece for pair in zip(literals, [*values, ""], strict=True) for piece in pair)
    assert base64.b64decode(encoded).decode().replace("\r\n", "\n") == plain.encode("utf-8", "replace").decode()


def test_two_thousand_random_letters_equal_direct_substitution() -> None:
    chance = random.Random(157)
    for _round in range(2_000):
        count = chance.randint(0, 6)
        pool = SHORT if chance.random() < 0.5 else LITERALS
        literals = ["".join(chance.choices(pool, k=chance.randint(0, 3))) for _n in range(count + 1)]
        assert_is_direct_substitution(literals, chance.choices(VALUES, k=count))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("literal", LITERALS)
def test_every_value_stands_next_to_every_literal(literal: str, value: str) -> None:
    assert_is_direct_substitution([literal, literal, literal, literal + "\n"], [value, "", value])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=1, max_size=8))
@example([("", ""), ("a", ""), ("", "b"), ("c", "")])
def test_any_letter_equals_direct_substitution(pairs: list[tuple[str, str]]) -> None:
    # A line end is CRLF on the way: a carriage return of its own would not come back.
    cleaned = [(literal.replace("\r", ""), value.replace("\r", "")) for literal, value in pairs]
    assert_is_direct_substitution([literal for literal, _value in cleaned], [value for _literal, value in cleaned[:-1]])


def test_nothing_makes_no_line_and_every_line_ends() -> None:
    assert encode_lines(b"") == b""
    assert encode_lines(b"x" * 57) == base64.b64encode(b"x" * 57) + b"\r\n"
    assert encode_lines(b"x" * 58).split(b"\r\n")[1:] == [base64.b64encode(b"x"), b""]


def test_its_size_tells_what_the_letter_will_weigh() -> None:
    part = Base64Part(["é" * 300, "\n"])
    assert abs(part.size - len(b"".join(part.pieces([b""])))) <= 8
