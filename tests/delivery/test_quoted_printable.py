"""Quoted-printable in pieces: decoded, it is what was put in; encoded, no line tempts anybody to rewrite it."""

import quopri
import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.delivery import quoted_printable
from newsletter.delivery.quoted_printable import QuotedPrintablePart, check_lines, encode_literal, encode_value
from newsletter.errors import PermanentFailure

LITERALS = (
    *(
        "",
        "\n",
        " ",
        "  \n",
        "\t",
        "\r",
        ".",
        ".\n.",
        "\n.\n",
        "From ",
        "From here\n",
        "=",
        "=\n",
        "=3D",
        "--b",
        "ÿ",
        "l’été \n",
    ),
    *("x" * 72, "x" * 73, "x" * 74, "x" * 75, "x" * 76, "x" * 5_850),
    *("é" * 100, "😀" * 50, "a b " * 60, "." * 200, "From " * 60),
)
VALUES = (
    *("", " ", "a ", " a", ".", "..", "=", "From ", "From here", "😀", "Hélène", "a\u2028b", "a\r\nb", "\0"),
    *("{{7*7}}", "&lt;script&gt;", "=?utf-8?q?x=0D=0ABcc:_v@x.test?=", "https://x.test/u/" + "a" * 100),
    *("x" * 72, "x" * 73, "x" * 74, "x" * 10_000, "é" * 10_000, "." * 90),
)


def decoded(encoded: bytes) -> str:
    return quopri.decodestring(encoded.replace(b"\r\n", b"\n")).decode()


def assert_is_sound(encoded: bytes) -> None:
    assert encoded.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0|[ \t]\r\n", encoded)
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))


def assert_is_direct_substitution(literals: list[str], values: list[str]) -> None:
    part = QuotedPrintablePart(literals)
    encoded = b"".join(part.pieces(map(part.encode, values)))
    pieces = [piece for pair in zip(literals, [*values, ""], strict=True) for piece in pair]
    assert decoded(encoded) == "".join(pieces)
    assert_is_sound(encoded)


def test_two_thousand_random_letters_equal_direct_substitution() -> None:
    chance = random.Random(157)
    for _round in range(2_000):
        count = chance.randint(0, 6)
        literals = ["".join(chance.choices(LITERALS, k=chance.randint(0, 4))) for _n in range(count + 1)]
        assert_is_direct_substitution([*literals[:-1], literals[-1] + "\n"], chance.choices(VALUES, k=count))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("literal", LITERALS)
def test_every_value_stands_next_to_every_literal(literal: str, value: str) -> None:
    assert_is_direct_substitution([literal, literal, literal + "\n"], [value, value])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=200), st.text(max_size=200)), min_size=1, max_size=5))
@example([("", "From "), ("", "."), ("=", "=")])
def test_any_letter_equals_direct_substitution(pairs: list[tuple[str, str]]) -> None:
    literals = [literal for literal, _value in pairs]
    assert_is_direct_substitution([*literals[:-1], literals[-1] + "\n"], [value for _literal, value in pairs[:-1]])


def test_a_short_value_is_written_as_it_is() -> None:
    assert encode_value("Ada") == b"Ada=\r\n"
    assert encode_value("") == b""
    assert encode_value("Hélène") == b"H=C3=A9l=C3=A8ne=\r\n"


def test_a_dot_and_a_from_are_escaped_where_a_line_starts() -> None:
    assert encode_literal(".\nFrom here\n a.\nFromage\n", hole_follows=False) == (
        b"=2E\r\n=46rom here\r\n a.\r\nFromage\r\n"
    )


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert encode_value("a\ud800b") == b"a?b=\r\n"


@pytest.mark.parametrize(
    "encoded",
    [
        b"a\nb\r\n",
        b"a\rb\r\n",
        b".\r\n",
        b"a\r\n.\r\n",
        b"From a\r\n",
        b"\xc3\xa9\r\n",
        b"\0\r\n",
        b"x" * 77 + b"\r\n",
        b"a \r\n",
    ],
)
def test_a_line_that_could_be_misread_is_refused(encoded: bytes) -> None:
    with pytest.raises(PermanentFailure):
        check_lines(encoded)


def test_a_bad_encoder_is_caught_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quoted_printable, "_escaped", lambda octets: octets)
    with pytest.raises(PermanentFailure):
        encode_value("Hélène")
    with pytest.raises(PermanentFailure):
        QuotedPrintablePart(["l’été\n"])
