"""A deadline is found where a person would read one, and nowhere else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.deadlines import find_deadline
from newsletter.i18n import format_date, speaking

PUBLISHED = date(2023, 8, 9)

FOUND = [
    ("Candidature à envoyer avant le 25 août.", date(2023, 8, 25), "avant le 25 août"),
    ("CANDIDATURES AVANT LE 25 AOUT", date(2023, 8, 25), "AVANT LE 25 AOUT"),
    ("Inscriptions jusqu’au 1er octobre 2023", date(2023, 10, 1), "jusqu’au 1er octobre 2023"),
    ("Inscriptions jusqu'au dimanche 1er octobre", date(2023, 10, 1), "jusqu'au dimanche 1er octobre"),
    ("Souscription ouverte jusqu’au jeudi 30 novembre 2023 à minuit.", date(2023, 11, 30), None),
    ("Inscription avant le **1<sup>er</sup>&nbsp;octobre**", date(2023, 10, 1), "avant le 1er octobre"),
    ("Inscription avant\u00a0le 1\u202foctobre", date(2023, 10, 1), "avant le 1 octobre"),
    ("Candidature avant le 25 aou\u0302t", date(2023, 8, 25), "avant le 25 août"),
    ("**Date limite** : vendredi 25 août", date(2023, 8, 25), "Date limite : vendredi 25 août"),
    ("| Date limite d’envoi | 25 août |", date(2023, 8, 25), None),
    ("Clôture des inscriptions le 11/10", date(2023, 10, 11), "Clôture des inscriptions le 11/10"),
    ("Clôture : 2023-09-01", date(2023, 9, 1), None),
    ("Les inscriptions ferment le 2 mai", date(2024, 5, 2), "inscriptions ferment le 2 mai"),
    ("Inscriptions : 11/10", date(2023, 10, 11), "Inscriptions : 11/10"),
    ("Inscriptions du 1er septembre au 11/10", date(2023, 10, 11), None),
    ("Envoyez votre texte au plus tard le 3 sept.", date(2023, 9, 3), "au plus tard le 3 sept"),
    ("Postulez pour le 15 mars au plus tard", date(2024, 3, 15), "15 mars au plus tard"),
    ("Appel à textes : à rendre d’ici le 3 septembre", date(2023, 9, 3), None),
    ("**Inscriptions**\n\nAvant fin septembre", date(2023, 9, 30), "Avant fin septembre"),
    ("Réservez avant minuit le 25 août", date(2023, 8, 25), None),
    ("Les candidatures sont à déposer\navant le 25 août", date(2023, 8, 25), "avant le 25 août"),
    ("* Mission : écrire\n* Candidature avant le 25 août", date(2023, 8, 25), None),
    ("Inscription avant le [25 août](https://example.org/2023-01-01)", date(2023, 8, 25), "avant le 25 août"),
    ("Apply by August 25th", date(2023, 8, 25), "by August 25th"),
    ("Registration closes on 25 August 2023", date(2023, 8, 25), None),
    ("Deadline: 25/8/23", date(2023, 8, 25), "Deadline: 25/8/23"),
    ("Send your text before 25 August", date(2023, 8, 25), "before 25 August"),
    ("Applications until the end of August", date(2023, 8, 31), None),
    ("Subscriptions no later than 1 October", date(2023, 10, 1), None),
    ("Candidatures avant le 29 février", date(2024, 2, 29), None),
    ("Candidatures avant le 1er janvier", date(2024, 1, 1), None),
]

NOT_FOUND = [
    "",
    "Rendez-vous le 25 août.",
    "Né avant le 25 août 1944, il a connu la guerre.",
    "Les candidats nés avant le 25 août 1944 peuvent s’inscrire.",
    "Il avait posé sa candidature avant le 25 août 1944.",
    "Exposition visible jusqu’au 1er octobre, sur inscription.",
    "Festival jusqu’au 3 septembre. Inscription gratuite.",
    "Stage du 3 au 7 juillet, inscription sur le site.",
    "Marche le 11/10, inscription sur le site.",
    "La sortie du nouveau numéro, le 11/10",
    "Clôture du festival le 25 août.",
    "Les inscriptions ouvriront avant le 25 août.",
    "Inscriptions à partir du 25 août.",
    "Candidatures avant le 30 février",
    "Candidatures avant le 45/13",
    "Avant le 25 août, il pleuvait.",
]


@pytest.mark.parametrize(("text", "day", "words"), FOUND)
def test_a_deadline_is_found_as_people_write_it(text: str, day: date, words: str | None) -> None:
    found = find_deadline(text, published=PUBLISHED)
    assert found is not None
    assert found[0] == day
    assert words is None or found[1] == words


@pytest.mark.parametrize("text", NOT_FOUND)
def test_history_events_and_openings_are_no_deadlines(text: str) -> None:
    assert find_deadline(text, published=PUBLISHED) is None


def test_a_day_without_year_is_the_first_on_or_after_publication() -> None:
    text = "Candidature avant le 25 août"
    assert find_deadline(text, published=date(2023, 8, 25)) == (date(2023, 8, 25), "avant le 25 août")
    assert find_deadline(text, published=date(2023, 8, 26)) == (date(2024, 8, 25), "avant le 25 août")


def test_the_strongest_call_wins_then_the_earliest_day() -> None:
    weak_then_strong = (
        "Réservez avant le 12 août.\n\nInscriptions avant le 30 septembre.\n\nInscriptions avant le 20 août."
    )
    found = find_deadline(weak_then_strong, published=PUBLISHED)
    assert found == (date(2023, 8, 20), "avant le 20 août")


def test_a_recruitment_call_of_many_dates_has_one_deadline() -> None:
    text = (
        "Une collaboration qui débutera le 1e septembre (en vue de la sortie du nouveau numéro, le 11/10)\n\n"
        "Candidature à envoyer avant le 25 août à l’adresse [jobs@example.org](mailto:jobs@example.org)"
    )
    assert find_deadline(text, published=PUBLISHED) == (date(2023, 8, 25), "avant le 25 août")


def test_a_deadline_missed_last_month_is_still_a_deadline() -> None:
    found = find_deadline("Inscriptions jusqu’au 1er juillet 2023", published=PUBLISHED)
    assert found == (date(2023, 7, 1), "jusqu’au 1er juillet 2023")


@given(st.dates(min_value=PUBLISHED, max_value=date(2099, 12, 31)))
def test_every_full_date_is_read(day: date) -> None:
    with speaking("fr"):
        said = format_date(day)
    for date_said in (said, f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", f"{day:%B} {day.day}, {day.year}"):
        found = find_deadline(f"Candidatures avant le {date_said}.", published=PUBLISHED)
        assert found is not None, date_said
        assert found[0] == day


@given(st.text(max_size=200))
def test_no_text_whatever_stops_the_search(text: str) -> None:
    find_deadline(f"Candidature avant le {text} 25 août", published=PUBLISHED)


@pytest.mark.parametrize(
    "unit",
    ["avant le ", "1/", "<a", "[", "inscription du 1 au ", "date limite ", "*", "\n ", "25 ", "avant le 25 août "],
)
def test_no_repeated_text_makes_the_search_slow(unit: str) -> None:
    # Quadratic searching would take minutes here.
    find_deadline(unit * (100_000 // len(unit)) + " 25 août", published=PUBLISHED)
