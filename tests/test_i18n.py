"""Two languages, each complete: no sentence is left in English for a French reader."""

import re
import subprocess
import sys
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from babel.dates import format_date as babel_date
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal as babel_number

from newsletter.i18n import _, format_date, format_number, ngettext, preferred, speaking, supported
from newsletter.model import DeliveryState

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "newsletter" / "locale"


def catalogue(language: str):  # type: ignore[no-untyped-def]
    return read_po(BytesIO((LOCALE / language / "LC_MESSAGES" / "messages.po").read_bytes()))


def sentences(messages) -> dict[str | tuple[str, ...], str | tuple[str, ...]]:  # type: ignore[no-untyped-def]
    """English → French, plurals as tuples, the catalogue's own header left out."""

    def plain(text: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
        return text if isinstance(text, str) else tuple(text)

    return {plain(message.id): plain(message.string) for message in messages if message.id and message.string}


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Every sentence in the sources, read as `make locale` reads them."""
    path = tmp_path_factory.mktemp("pot") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg"]
    subprocess.run([*command, "-k", "N_", "--no-location", "-o", str(path), "."], cwd=ROOT, check=True)
    return read_po(BytesIO(path.read_bytes()))


def test_french_says_every_sentence(extracted) -> None:  # type: ignore[no-untyped-def]
    french = catalogue("fr")
    missing = []
    for message in extracted:
        if message.id:
            found = french.get(message.id)
            words = found.string if found else ""
            if not words or (isinstance(words, tuple) and not all(words)) or found.fuzzy:
                missing.append(message.id)
    assert missing == []


def test_every_sentence_of_the_catalogue_is_found() -> None:
    with speaking("fr"):
        for message in catalogue("fr"):
            if isinstance(message.id, tuple):
                assert (ngettext_form(message.id, 1), ngettext_form(message.id, 2)) == message.string
            elif message.id:
                assert _(message.id) == message.string
        assert _("A sentence that nobody wrote.") == "A sentence that nobody wrote."


def ngettext_form(said: tuple[str, str], number: int) -> str:
    """The form for that number, nothing filled in."""
    places = {name: f"{{{name}}}" for name in re.findall(r"{(\w+)}", "".join(said))}
    return ngettext(*said, number, **{name: value for name, value in places.items() if name != "n"}).replace(
        str(number), "{n}"
    )


def test_a_translation_keeps_every_place_to_fill_in() -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)[^}]*}", text))

    for message in catalogue("fr"):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for string in filter(None, strings):
            assert places(string) <= places("".join(ids)), message.id
            assert places(ids[-1]) - {"n"} <= places(string), message.id


def test_french_typography_in_every_sentence() -> None:
    for french in sentences(catalogue("fr")).values():
        for string in (french,) if isinstance(french, str) else french:
            assert not re.search(r"(?<=\w)'(?=\w)", string), f"straight apostrophe: {string}"
            prose = re.sub(r"&#?[^ ]+;|!\[", "", string)  # entities and Markdown are no sentences
            assert not re.search(r"(?<!\u202f)[!?;](?![\w.=*])", prose), f"no fine space: {string}"
            assert not re.search(r"«(?!\u202f)|(?<!\u202f)»", string), f"guillemets: {string}"


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (LOCALE / "fr" / "LC_MESSAGES" / "messages.mo").open("rb") as stream:
        assert sentences(read_mo(stream)) == sentences(catalogue("fr"))


def test_french_dates() -> None:
    with speaking("fr-BE"):
        assert format_date(date(2023, 10, 1)) == "1er octobre 2023"
        assert format_date(date(2023, 10, 11)) == "11 octobre 2023"
        assert format_date(date(2023, 8, 1), "full") == "mardi 1er août 2023"


@pytest.mark.parametrize("style", ["long", "full", "MMMM y", "EEEE d MMMM", "d MMMM"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_dates_are_those_of_the_unicode_tables(language: str, style: str) -> None:
    with speaking(language):
        for day in (date(2023, 12, 29) + timedelta(days=days) for days in range(370)):
            assert format_date(day, style).replace("1er ", "1 ") == babel_date(day, format=style, locale=language)


@pytest.mark.parametrize("number", [0, 7, 999, 1842, -1842, 12_345_678, 0.5, 1842.25])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_numbers_group_as_the_language_does(language: str, number: float) -> None:
    with speaking(language):
        assert format_number(number) == babel_number(number, locale=language)


def test_the_language_of_the_terminal() -> None:
    assert preferred({"LANG": "en_GB.UTF-8"}) == "en"
    assert preferred({"LANG": "C.UTF-8"}) == "fr"
    assert preferred({"NEWSLETTER_LANG": "fr", "LANG": "en_US"}) == "fr"
    assert supported("de") is None


def test_an_unknown_language_speaks_french() -> None:
    with speaking("nl"):
        assert ngettext("{n} remark", "{n} remarks", 2) != "2 remarks"
        assert _("Nothing to mend. Have it read.") != "Nothing to mend. Have it read."


def test_no_state_says_more_than_a_server_said() -> None:
    """*Remis* to a server; nobody knows what a reader received."""
    with speaking("fr"):
        words = {state: _(state.value) for state in DeliveryState}
        words |= {"log": _("handed over"), "person": _("Letter delivered")}
    assert {words[DeliveryState.SENT], words["log"], words["person"]} == {"remis", "Lettre remise"}
    assert not [word for word in words.values() if re.search("reçu|livré|délivré", word)]
