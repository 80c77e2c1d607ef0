"""French typography on plain text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.typography import JOINT, typeset

NB, NNB = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Qui gardera la pluie ?", f"Qui gardera la pluie{NNB}?"),
        ("Déjà!", f"Déjà{NNB}!"),
        ("Quoi ?! Non!!!", f"Quoi{NNB}?! Non{NNB}!!!"),
        ("un ; deux", f"un{NNB}; deux"),
        ("Missions : gérer", f"Missions{NB}: gérer"),
        ("Missions: gérer", f"Missions{NB}: gérer"),
        ("«mot» et « mot »", f"«{NNB}mot{NNB}» et «{NNB}mot{NNB}»"),
        ("susciter l'intérêt d'«Imagine»", f"susciter l’intérêt d’«{NNB}Imagine{NNB}»"),
        ("Il dit : « Ah ! »", f"Il dit{NB}: «{NNB}Ah{NNB}!{NNB}»"),
        ("et puis...", "et puis…"),
        ("50 % des 20 €", f"50{NB}% des 20{NB}€"),
        ("le n° 157", f"le n°{NB}157"),
    ],
)
def test_french_signs_get_their_spaces(typed: str, printed: str) -> None:
    assert typeset(typed, "fr") == printed
    assert typeset(typed, "fr-BE") == printed


@pytest.mark.parametrize(
    "text",
    [
        "à 12:30, 3:2 au plus",
        "https://exemple.be/a?b=c!d;e:f",
        "www.exemple.be/quoi?",
        "Écrivez à l'adresse".replace("'", "’") + " a.b+c@exemple.be",
        "redaction@exemple.be!",
        f"M.{NB}Dupont et 11{NB}octobre",
        "a?b=c x;y",
        "(!) et [?]",
        "vers 5'10 et 90's",
    ],
)
def test_times_addresses_and_chosen_hard_spaces_stay_as_typed(text: str) -> None:
    assert typeset(text, "fr") == text


def test_a_stray_hard_space_beside_an_ordinary_one_is_collapsed() -> None:
    assert typeset(f"fonctionnalité,{NB} avoir", "fr") == "fonctionnalité, avoir"
    assert typeset(f"sociaux, {NB}avoir", "fr") == "sociaux, avoir"
    assert typeset(f"sociaux,{NB}avoir", "fr") == "sociaux, avoir"


def test_a_sign_after_markup_finds_its_space() -> None:
    assert (
        typeset(f"{JOINT}Imagine{JOINT}! l'{JOINT}eau{JOINT}", "fr")
        == f"{JOINT}Imagine{JOINT}{NNB}! l’{JOINT}eau{JOINT}"
    )


def test_english_gets_apostrophes_and_no_french_space() -> None:
    assert typeset("Who's there? It's: us...", "en") == "Who’s there? It’s: us…"


def test_another_language_stays_as_typed() -> None:
    assert typeset("Wat is 't? Zo: ...", "nl") == "Wat is 't? Zo: ..."


@given(st.text(alphabet=st.sampled_from(f" {NB}{NNB}{JOINT}aé1.,;:!?«»'()@/-%€°nw\n")), st.sampled_from(["fr", "en"]))
def test_setting_twice_is_setting_once(text: str, language: str) -> None:
    once = typeset(text, language)
    assert typeset(once, language) == once


@given(st.text(), st.sampled_from(["fr", "en"]))
def test_no_letter_is_lost_or_added(text: str, language: str) -> None:
    def letters(whole: str) -> str:
        return "".join(whole.split()).replace("…", "...").replace("’", "'")

    assert letters(typeset(text, language)) == letters(text)
    assert typeset(text, language).count(JOINT) == text.count(JOINT)


@pytest.mark.parametrize("bit", [" ", f"{NB} ", "a.", "x@y.", "a!", "www.", "://", "«", "'", "x"])
def test_no_text_takes_long_to_set(bit: str) -> None:
    started = time.process_time()
    typeset(bit * (100_000 // len(bit)), "fr")
    assert time.process_time() - started < 2
