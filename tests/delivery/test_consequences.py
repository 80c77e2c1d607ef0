"""One sentence says everything that a « yes » would do."""

import pytest

from newsletter.delivery.consequences import consequences, duration_in_words
from newsletter.i18n import speaking
from newsletter.model import Readership
from newsletter.settings import Settings

MEMBERS = Readership.whole("members")
SETTINGS = Settings(
    lists={"members": {"title": "Coopérateurs", "from": "Imagine <lettre@example.org>"}},
    smtp={"host": "mail.example.org", "port": 587},
    delivery={"rate": 1},
)


def sentence(*, rehearsal: bool = False) -> str:
    return consequences(SETTINGS, subject="La lettre", readers=MEMBERS, people=1842, rehearsal=rehearsal)


def test_it_says_who_how_many_from_whom_through_what_and_how_long() -> None:
    for words in ("La lettre", "1,842 people", "Coopérateurs", "lettre@example.org", "mail.example.org:587", "31 min"):
        assert words in sentence()


def test_in_french_too() -> None:
    with speaking("fr"):
        assert "1\u202f842 personnes" in sentence()


def test_a_rehearsal_says_that_nothing_leaves_and_names_no_server() -> None:
    assert "nothing leaves" in sentence(rehearsal=True)
    assert "mail.example.org" not in sentence(rehearsal=True)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 second"), (59, "59 seconds"), (61, "2 minutes"), (5400, "2 hours")]
)
def test_a_duration_is_as_precise_as_an_estimate_deserves(seconds: int, words: str) -> None:
    assert duration_in_words(seconds) == words
