"""Typography on plain text, as French and English printers set it."""

import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.editorial.parsing import parse, print_html
from newsletter.editorial.render import Imprint
from newsletter.editorial.typography import JOINT, typeset
from newsletter.model import Place
from newsletter.settings import Site
from tests.editorial.launch_project import ISSUE, make_block, make_imprint, make_list, render

NB, NNB, HYPHEN = "\u00a0", "\u202f", "\u2011"


def shown(text: str) -> str:
    """The hard characters as signs that a person can tell apart: `~` U+00A0, `^` U+202F, `=` U+2011."""
    return text.replace(NB, "~").replace(NNB, "^").replace(HYPHEN, "=")


FRENCH = [
    # signs
    ("Qui gardera la pluie ?", "Qui gardera la pluie^?"),
    ("Déjà!", "Déjà^!"),
    ("Quoi ?! Non!!!", "Quoi^?! Non^!!!"),
    ("un ; deux", "un^; deux"),
    ("Missions : gérer", "Missions~: gérer"),
    ("Missions: gérer", "Missions~: gérer"),
    ("«mot» et « mot »", "«^mot^» et «^mot^»"),
    ("Il dit : « Ah ! »", "Il dit~: «^Ah^!^»"),
    ("et puis...", "et puis…"),
    ("[...] puis", "[…] puis"),
    ("(vraiment ?)", "(vraiment^?)"),
    ("20€ !", "20~€^!"),
    # apostrophes
    ("susciter l'intérêt d'«Imagine»", "susciter l’intérêt d’«^Imagine^»"),
    ("aujourd'hui, qu'ils n'aient", "aujourd’hui, qu’ils n’aient"),
    ("plus d'1 fois", "plus d’1 fois"),
    # ordinals
    ("le 1e septembre", "le 1er~septembre"),
    ("le 1er octobre 2023", "le 1er~octobre 2023"),
    ("la 1ère et la 2ème fois", "la 1re et la 2e fois"),
    ("les 1ères, les 10èmes", "les 1res, les 10es"),
    ("le 3ième", "le 3e"),
    ("au XXIe siècle", "au XXIe~siècle"),
    ("au XIXème siècle", "au XIXe~siècle"),
    ("Ier siècle, 21e siècle", "Ier~siècle, 21e~siècle"),
    # numbers
    ("le n° 157", "le n°~157"),
    ("N°12 et n°13", "N°~12 et n°~13"),
    ("no 12, No 13", "no~12, No~13"),
    ("nº 8", "nº~8"),
    ("n°  9", "n°~9"),
    ("50 % des 20 €", "50~% des 20~€"),
    ("50% de moins", "50~% de moins"),
    ("200 euros bruts", "200~euros bruts"),
    ("1 842 abonnés", "1^842 abonnés"),
    ("1 234 567 francs", "1^234^567~francs"),
    ("21 400 kWh par an", "21^400~kWh par an"),
    ("4 120 m, payé", "4^120~m, payé"),
    ("3,5 millions", "3,5~millions"),
    ("à 18 h 30", "à 18~h~30"),
    ("800 g, 2 kg, 15 °C", "800~g, 2~kg, 15~°C"),
    ("3 x 4 cases", "3~×~4 cases"),
    ("2 x 3 x 4", "2~×~3~×~4"),
    ("un magazine papier 4 x an", "un magazine papier 4~×~an"),
    ("2 x par mois", "2~×~par mois"),
    # dates
    ("avant le 25 août", "avant le 25~août"),
    ("du 2 au 4 Février", "du 2 au 4~Février"),
    # initials
    ("un stage (F-H-X)", "un stage (F=H=X)"),
    ("(H-F)", "(H=F)"),
    ("J-P Martin", "J=P Martin"),
    # left-over hard spaces
    (f"médias sociaux,{NB} avoir", "médias sociaux, avoir"),
    (f"sociaux, {NB}avoir", "sociaux, avoir"),
    (f"sociaux,{NB}avoir", "sociaux, avoir"),
    # sentences of the sample magazine
    ("« Donnez-lui dix minutes. Une haie, c'est timide. »", "«^Donnez-lui dix minutes. Une haie, c’est timide.^»"),
    ("En 1971, le remembrement a redressé les parcelles.", "En 1971, le remembrement a redressé les parcelles."),
    ("On y lit « 4 120 m, payé ».", "On y lit «^4^120~m, payé^»."),
    ("La salle gronde : et les cambriolages ?", "La salle gronde~: et les cambriolages^?"),
    ("2 900 mètres ont repris racine.", "2^900 mètres ont repris racine."),
    ("612 appareils sur 874, soit deux tonnes", "612 appareils sur 874, soit deux tonnes"),
    ("on n'a pas envie qu'on entre", "on n’a pas envie qu’on entre"),
    ("Ce que paie un pain de 800 g", "Ce que paie un pain de 800~g"),
    ("Imagine n° 156 : qui gardera la pluie ?", "Imagine n°~156~: qui gardera la pluie^?"),
]


@pytest.mark.parametrize(("typed", "printed"), FRENCH)
def test_french_is_set_as_printers_do(typed: str, printed: str) -> None:
    assert shown(typeset(typed, "fr")) == printed
    assert shown(typeset(typed, "fr-BE")) == printed
    assert shown(typeset(typed, "fr_FR")) == printed


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Déjà ! Quoi ? un ; deux", "Déjà! Quoi? un; deux"),
        ("Déjà! Quoi?", "Déjà! Quoi?"),
        ("Il dit : « Ah ! »", "Il dit~: «~Ah!~»"),
        ("50 % le 1e mai", "50~% le 1er~mai"),
    ],
)
def test_in_canada_nothing_stands_before_high_signs(typed: str, printed: str) -> None:
    assert shown(typeset(typed, "fr-CA")) == printed


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Who's there? It's: us...", "Who’s there? It’s: us…"),
        ('She said "hello" twice.', "She said “hello” twice."),
        ('"Quoted," he said. ("So.")', "“Quoted,” he said. (“So.”)"),
        ("a 'word' or two", "a ‘word’ or two"),
        ("\"the 'inner' word\"", "“the ‘inner’ word”"),
        ("the dogs' bowls", "the dogs’ bowls"),
        ("'tis the '90s and rock 'n' roll", "’tis the ’90s and rock ’n’ roll"),
        ('6\'2" and a 5" pipe', '6\'2" and a 5" pipe'),
        ("August 25, 25 August", "August~25, 25~August"),
        ("3 x 4", "3~×~4"),
        ("Really ? 50 %", "Really ? 50 %"),
    ],
)
def test_english_gets_quotes_and_no_french_space(typed: str, printed: str) -> None:
    assert shown(typeset(typed, "en")) == printed
    assert shown(typeset(typed, "en-GB")) == printed


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
        "à 1:10000, au format 16:9",
        "affiche-1920x1080.png et F-H-X.pdf",
        "merci :-) et ;-) puis :D",
        "0470 12 34 56, +32 4 123 45 67, 02 345 67 89",
        "BE71 0961 2345 6769, 732 829 320 00074",
        "en 2023 100 personnes",
        "la version 3.141, l’an 1842",
        "https://exemple.be/1e%20mai?a=50%&b='x'",
        "le CDI, le MIXe",
    ],
)
def test_times_addresses_and_chosen_hard_spaces_stay_as_typed(text: str) -> None:
    assert typeset(text, "fr") == text


def test_a_sign_after_markup_finds_its_space() -> None:
    assert (
        typeset(f"{JOINT}Imagine{JOINT}! l'{JOINT}eau{JOINT}", "fr")
        == f"{JOINT}Imagine{JOINT}{NNB}! l’{JOINT}eau{JOINT}"
    )


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("le **25** août", "le <strong>25</strong>~août"),
        ("le 25 *août*", "le 25~<em>août</em>"),
        ("**50** %", "<strong>50</strong>~%"),
        ("n° **12**", "n°~<strong>12</strong>"),
        ("`l'eau ?` et l'eau ?", "<code>l'eau ?</code> et l’eau^?"),
        ("[l'eau](/a?b \"l'eau\") ?", '<a href="/a?b" title="l\'eau">l’eau</a>^?'),
        ("![l'eau ?](/l'eau.png)", '<img src="/l\'eau.png" alt="l’eau^?">'),
        ("<https://exemple.be/a!>", '<a href="https://exemple.be/a!">https://exemple.be/a!</a>'),
    ],
)
def test_only_words_are_set_and_markup_does_not_part_them(markdown: str, html: str) -> None:
    printed = print_html(parse(markdown, language="fr", place=Place(file="")))
    assert shown(printed).replace(' data-line="1"', "").strip() == f"<p>{html}</p>"


def test_another_language_stays_as_typed() -> None:
    assert typeset("Wat is 't? Zo: ...", "nl") == "Wat is 't? Zo: ..."


LANGUAGES = st.sampled_from(["fr", "fr-CA", "en"])


@given(st.text(alphabet=st.sampled_from(f" {NB}{NNB}{JOINT}aé1.,;:!?«»'()@/-%€°nwxeFXI\"[—\n")), LANGUAGES)
@example("«:)", "fr")
def test_setting_twice_is_setting_once(text: str, language: str) -> None:
    once = typeset(text, language)
    assert typeset(once, language) == once


WORDS = st.sampled_from(
    (
        *(
            "le 1e mai",
            "au XIXème siècle",
            "1ère",
            "2ème",
            "n°12",
            "no 3",
            "4 x an",
            "3 x 4",
            "1 842",
            "50%",
            "25 août",
        ),
        *("F-H-X", "l'eau", "d'«a»", '"so"', "dogs'", "...", ":-)", "12:30", "a@b.be", "www.c.be/d?", "200 euros"),
        *("5 h 30", "?!", ";", ": ", NB, JOINT),
    )
)


@example("le 1e mai :-) ?!", "fr-CA")
@given(st.lists(WORDS).map(" ".join), LANGUAGES)
def test_setting_sentences_twice_is_setting_them_once(text: str, language: str) -> None:
    once = typeset(text, language)
    assert typeset(once, language) == once


def letters(whole: str) -> str:
    """Without spaces; quotes, ellipses, hyphens, ordinals and the multiplication sign as a keyboard has them."""
    keyboard = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "×": "x", HYPHEN: "-", "…": "..."})
    plain = "".join(whole.split()).translate(keyboard)
    for printed, typed in (("ième", "e"), ("ieme", "e"), ("ème", "e"), ("eme", "e"), ("ère", "re"), ("1er", "1e")):
        plain = plain.replace(printed, typed)
    return plain.replace("1ere", "1re")


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)), LANGUAGES)
def test_no_letter_is_lost_or_added(text: str, language: str) -> None:
    assert letters(typeset(text, language)) == letters(text)
    assert typeset(text, language).count(JOINT) == text.count(JOINT)


@pytest.mark.parametrize("language", ["fr", "fr-CA", "en"])
@pytest.mark.parametrize(
    "bit",
    (
        *(" ", f"{NB} ", "a.", "x@y.", "a!", "www.", "://", "«", "'", "x", "1 ", "1 x ", "111 ", "F-", "I", "n° "),
        *('"a ', " 'a", ":-", " :", f"1{JOINT}", f"1{NB}", f"n°{JOINT}"),
    ),
)
def test_no_text_takes_long_to_set(bit: str, language: str) -> None:
    started = time.process_time()
    typeset(bit * (100_000 // len(bit)), language)
    assert time.process_time() - started < 2


def test_the_switch_leaves_every_word_as_typed() -> None:
    block = make_block("text", title="L'eau ?", text="C'est l'eau ?")
    said: dict[str, Any] = {
        "subject": "L'eau !",
        "preheader": "Où est-elle ?",
        "body": "{{ first_name | l'ami }} : lisez...",
    }
    imprint = Imprint(site=Site(typography=False), mailing_list=make_list(why="Parce que c'est vous !"))
    mail = render(block, imprint=imprint, **said).mail
    assert (mail.subject, mail.preheader) == ("L'eau !", "Où est-elle ?")
    assert "C'est l'eau ?" in mail.text
    assert ": lisez..." in mail.text
    assert "Parce que c'est vous !" in mail.text
    assert "l'ami" in {field.fallback for field in mail.fields}
    assert "c’est l’eau\u202f?" in render(block, imprint=make_imprint(), **said).mail.text.lower()
    assert ISSUE.subject in render(imprint=imprint).mail.subject
