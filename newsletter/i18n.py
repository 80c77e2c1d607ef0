"""Sentences in the reader's or the editor's language: GNU gettext catalogues, the English sentence as the key.

The language is held in a context variable: the command line sets it once, the studio once per request, and the
renderer for the time of one mail (an English-speaking editor may build a French letter).
"""

import gettext as _gettext
import os
import re
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from newsletter.wording import unaccented

#: Languages with a catalogue; the first is the default.
LANGUAGES = ("fr", "en")

#: Folder of the catalogues.
CATALOGUES = Path(__file__).parent / "locale"

_MONTHS = {
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_WEEKDAYS = {
    "fr": ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
#: The styles of nearly every date, as Babel prints them; its data of one language takes as long as half a letter.
_DATES = {
    "fr": {
        "long": "{day} {month} {year}",
        "full": "{weekday} {day} {month} {year}",
        "MMMM y": "{month} {year}",
        "EEEE d MMMM": "{weekday} {day} {month}",
        "d MMMM": "{day} {month}",
    },
    "en": {
        "long": "{month} {day}, {year}",
        "full": "{weekday}, {month} {day}, {year}",
        "MMMM y": "{month} {year}",
        "EEEE d MMMM": "{weekday} {day} {month}",
        "d MMMM": "{day} {month}",
    },
}

#: Of numbers.
_FRENCH_SIGNS = str.maketrans(",.", "\u202f,")

_language: ContextVar[str] = ContextVar("newsletter_language", default=LANGUAGES[0])


class _Catalogue(_gettext.NullTranslations):
    """A catalogue as Babel writes it (GNU's .mo: little-endian, UTF-8, sorted), searched where it lies.

    A command says some dozens of its two thousand sentences: the library would read them all.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content
        self._count, self._messages, self._translations = struct.unpack_from("<8x3I", content)
        self._known: dict[str, list[str]] = {}

    def gettext(self, message: str) -> str:
        return next(iter(self._forms(message)), message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        forms = self._forms(singular)
        return forms[self._plural(number)] if forms else super().ngettext(singular, plural, number)

    @cached_property
    def _plural(self) -> Callable[[int], int]:
        """Which form a number takes, as the catalogue's header says in C."""
        rule = re.search(r"plural=([^;]+);", self._forms("")[0])
        return _gettext.c2py(rule[1] if rule else "n != 1")

    def _forms(self, message: str) -> list[str]:
        """The translation, or one for each form of a number; nothing when the catalogue does not know the message."""
        if message not in self._known:
            wanted = message.encode()
            number = bisect_left(range(self._count), wanted, key=self._message)
            known = number < self._count and self._message(number) == wanted
            translation = self._entry(self._translations, number).decode() if known else ""
            self._known[message] = translation.split("\0") if translation else []
        return self._known[message]

    def _message(self, number: int) -> bytes:
        """The n-th message; its singular."""
        return self._entry(self._messages, number).partition(b"\0")[0]

    def _entry(self, table: int, number: int) -> bytes:
        length, start = struct.unpack_from("<2I", self._content, table + 8 * number)
        return self._content[start : start + length]


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    try:
        return _Catalogue((CATALOGUES / language / "LC_MESSAGES" / "messages.mo").read_bytes())
    except FileNotFoundError:  # the language of the messages themselves
        return _gettext.NullTranslations()


def supported(tag: str) -> str | None:
    """The catalogue for a BCP 47 or POSIX tag (`fr-BE`, `fr_BE.UTF-8`), or None."""
    primary = tag.replace("_", "-").split("-")[0].split(".")[0].lower()
    return primary if primary in LANGUAGES else None


def preferred(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the person at the terminal: `NEWSLETTER_LANG`, then POSIX's variables, then French."""
    for name in ("NEWSLETTER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if language := supported(environment.get(name, "")):
            return language
    return LANGUAGES[0]


def set_language(tag: str) -> None:
    """Speak this language from now on, in this context; an unknown one is French."""
    _language.set(supported(tag) or LANGUAGES[0])


def current_language() -> str:
    """`fr` or `en`."""
    return _language.get()


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Speak this language inside the block."""
    token = _language.set(supported(tag) or LANGUAGES[0])
    try:
        yield
    finally:
        _language.reset(token)


def _(message: str, /, **values: object) -> str:
    """The sentence in the current language, `{name}` filled in."""
    text = _catalogue(_language.get()).gettext(message)
    return text.format(**values) if values else text


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """The sentence that fits `number`, which is also filled in as `{n}`."""
    text = _catalogue(_language.get()).ngettext(singular, plural, number)
    return text.format(n=format_number(number), **values)


def of(name: str) -> str:
    """« d’Imagine », « de La Lettre »; “of Imagine”. A French h is mute here, as in nearly every name of a person."""
    if _language.get() != "fr":
        return f"of {name}"
    return f"d’{name}" if unaccented(name[:1]).lower()[:1] in set("aeiouh") else f"de {name}"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a sentence for the catalogue; translate it later with `_`."""
    return message


def format_date(day: date, style: str = "long") -> str:
    """A date in words: « 1er octobre 2023 », “October 1, 2023”. `style` is one of Babel's, or a CLDR pattern."""
    text = _in_words(day, style, _language.get())
    if _language.get() == "fr" and day.day == 1 and text.startswith("1 "):
        text = "1er" + text[1:]
    return text.replace(" 1 ", " 1er ", 1) if _language.get() == "fr" and day.day == 1 else text


def _in_words(day: date, style: str, language: str) -> str:
    if pattern := _DATES[language].get(style):
        weekday, month = _WEEKDAYS[language][day.weekday()], _MONTHS[language][day.month - 1]
        return pattern.format(weekday=weekday, day=day.day, month=month, year=day.year)
    from babel.dates import format_date as babel_format

    return str(babel_format(day, format=style, locale=language))


def format_number(number: int | float) -> str:
    """A number grouped as the language does, at most three decimals: « 1 842,5 » (U+202F), “1,842.5”."""
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.3f}".rstrip("0").removesuffix(".")
    return text.translate(_FRENCH_SIGNS) if _language.get() == "fr" else text
