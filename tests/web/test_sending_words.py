"""The sentence before a mailing, as a colleague says it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from newsletter.i18n import of, speaking
from newsletter.model import Readership
from newsletter.settings import Settings
from newsletter.web.pages import place, sentence
from newsletter.web.studio.sending import said_aloud

SETTINGS = Settings(
    site={"timezone": "Europe/Brussels"},
    lists={"members": {"title": "Coopérateurs & amis", "from": "Imagine <lettre@example.org>"}},
    smtp={"host": "mail.example.org", "port": 587},
    delivery={"rate": 1},
)


def said(start_at: datetime | None, *, subject: str = "La lettre") -> str:
    issue: Any = SimpleNamespace(subject=subject, list="members")
    return str(said_aloud(SETTINGS, issue, Readership.whole("members"), people=1842, start_at=start_at))


def test_it_names_the_sender_and_the_last_mail_and_spells_no_address() -> None:
    this_year = datetime.now(SETTINGS.site.zone).year
    planned = datetime(this_year, 11, 27, 7, 30, tzinfo=UTC)
    for start_at, words in ((None, "leaves now"), (planned, "27 November at 08:30")):
        sentence = said(start_at)
        assert "1,842 people" in sentence
        assert "in the name of Imagine." in sentence
        assert words in sentence
        assert "example.org" not in sentence
    assert "left by about" in sentence


def test_a_mailing_of_the_day_after_is_said_to_be_tomorrow() -> None:
    now = datetime.now(SETTINGS.site.zone)
    assert said(now + timedelta(days=1)).startswith("Tomorrow, <b>")
    assert said((now + timedelta(days=9)).astimezone(UTC)).startswith("<b>")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("there is no @", "There is no @."),
        ("did you mean gmail.com?", "Did you mean gmail.com?"),
        ("l’image est trop lourde", "L’image est trop lourde."),
        ("ouvrez-la et exportez-la", "Ouvrez-la et exportez-la."),
        ("huge.jpg is no picture", "huge.jpg is no picture."),
        ("", "."),
    ],
)
def test_an_error_is_a_sentence_and_a_name_keeps_its_letters(words: str, said: str) -> None:
    assert sentence(words) == said


def test_a_time_zone_is_the_place_whose_time_it_is() -> None:
    assert place("Europe/Brussels") == "Brussels"
    with speaking("fr"):
        assert place("Europe/Brussels") == "Bruxelles"


def test_another_year_is_said() -> None:
    assert "2099" in said(datetime(2099, 12, 1, tzinfo=UTC))


def test_what_an_editor_wrote_is_escaped() -> None:
    assert "<script>" not in said(None, subject="<script>")
    assert "Coopérateurs &amp; amis" in said(None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Imagine", "d’Imagine"),
        ("Écolo", "d’Écolo"),
        ("Œuvres", "d’Œuvres"),
        ("Hélène", "d’Hélène"),
        ("La Lettre", "de La Lettre"),
    ],
)
def test_french_elides_before_a_vowel(name: str, words: str) -> None:
    with speaking("fr"):
        assert of(name) == words
        assert "au nom d’Imagine" in said(None)
    assert of(name) == f"of {name}"
