import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.wording import one_line, slug, unaccented


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=120), st.integers(0, 100))
def test_cleaned_text_is_one_short_line_in_normal_form(text: str, limit: int) -> None:
    cleaned = one_line(text, limit=limit)
    assert len(cleaned) <= limit
    assert one_line(cleaned, limit=limit) == cleaned
    assert unicodedata.normalize("NFC", cleaned) == cleaned
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\ufeff]|  |^ | $", cleaned)


def test_a_clean_line_keeps_hard_spaces_and_drops_what_turns_the_text_round() -> None:
    assert one_line("  No\u00a0157\u202f:\r\n l’été\u202e ", limit=80) == "No\u00a0157\u202f: l’été"


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Numéro 157 : l’été !", 40, "numero-157-l-ete"),
        ("L'Œuf, straße", 40, "l-oeuf-strasse"),
        ("abc-def", 4, "abc"),
        ("»", 4, ""),
    ],
)
def test_a_slug_is_plain_and_bounded(text: str, limit: int, expected: str) -> None:
    assert slug(text, limit=limit) == expected


def test_accents_go_and_other_signs_stay() -> None:
    assert unaccented("Œuvre d’été, №\u00a02") == "Oeuvre d’ete, No 2"
