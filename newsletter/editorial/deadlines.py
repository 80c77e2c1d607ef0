"""The last day to apply, register or subscribe, as a French or English text says it.

A date is a deadline when words of limit hold it (« avant le », « jusqu’au », “by”) and the sentence calls for
something (« candidature », « inscription », “apply”). The day named is the last one: « avant le 25 août » is still
open on 25 August, out of kindness, and expired on the 26th.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from newsletter.editorial.memory import remembered
from newsletter.lean import pattern

#: How long before publication a year may lie and still be a deadline (a forgotten article), not history.
HISTORY = timedelta(days=365)

_MONTH_NAMES = (
    "janvier janv january jan",
    "fevrier fevr fev february feb",
    "mars march",
    "avril avr april apr",
    "mai may",
    "juin june jun",
    "juillet juil july jul",
    "aout august aug",
    "septembre september sept sep",
    "octobre october oct",
    "novembre november nov",
    "decembre december dec",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_MONTH = r"(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b"
_YEAR = r"(?:19|20)\d\d\b"

#: Every date of a text without accents or capitals: ISO, « 25 août », “August 25”, 25/8, « fin août ».
_DATE = pattern(
    rf"""(?<![\w/.,:-])(?:
      (?P<iso>{_YEAR}-\d\d-\d\d)\b
    | (?P<day>\d\d?)\s?(?:er|e|st|nd|rd|th)?\s*(?:of\s+)?(?P<month>{_MONTH})\.?(?:,?\s+(?P<year>{_YEAR}))?
    | (?P<month_first>{_MONTH})\.?\s+(?P<day_second>\d\d?)(?:st|nd|rd|th)?\b(?![/:])(?:,?\s+(?P<year_last>{_YEAR}))?
    | (?P<figures>\d\d?/\d\d?(?:/(?:\d{{4}}|\d\d))?|\d\d?\.\d\d?\.(?:\d{{4}}|\d\d))(?![\d/])
    | (?:fin|end\s+of)\s+(?:du\s+mois\s+)?(?:de\s+|d.)?(?P<month_end>{_MONTH})\.?(?:\s+(?P<year_end>{_YEAR}))?
    )""",
    re.VERBOSE,
)

_WEEKDAY = r"(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day),?\s+"
_HOUR = r"(?:minuit|midi|midnight|noon|\d\d?\s?h\s?(?:\d\d)?)\s*,?\s*"
#: What may stand between the words of limit and the date: « : le vendredi ».
_LINK = rf"\s*[:,(|]*\s*(?:{_HOUR})?(?:(?:le|la|the|on|au)\s+)?(?:{_WEEKDAY})?(?:(?:le|the)\s+)?\Z"

_STRONG = (
    r"candidat\w*|inscri\w*|souscri\w*|appels?\s+a|date\s+limite|cloture\w*|deadline|closing\s+date|"
    r"appl(?:y|ication)\w*|regist(?:er|ration)\w*|subscri\w*|sign\s+up|call\s+for"
)
_WEAK = (
    r"postule\w*|envo\w*|renvo\w*|parvenir|adresse[rz]|repon\w*|particip\w*|reserv\w*|depos\w*|depot|propose[rz]|"
    r"soumet\w*|soumission\w*|command\w*|dossiers?|offres?|votes?|votez|contribu\w*|"
    r"send|submit\w*|submission\w*|repl(?:y|ies)|book(?:ing|ings)?|reserve\w*|order|enter|entries"
)
#: What happens or lasts, and merely ends on that day.
_EVENT = r"expos?\b|exposition\w*|exhibition\w*|festival\w*|spectacle\w*|ceremonie|saison|a\s+l.affiche"
_CALL = pattern(rf"\b(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK})|(?P<event>{_EVENT}))")

#: Just before the limit: it is an event that lasts, an opening or a birth, whatever the sentence calls for.
_NO_LIMIT = pattern(
    r"\b(?:visibles?|a\s+voir|se\s+tien\w+|a\s+lieu|ouvert\w*\s+au\s+public|dure|ouvr\w+|commenc\w+|debut\w*|"
    r"ne(?:e|s|es)?|on\s+(?:view|show|display)|runs?|opens|starts?|born)\b[^.!?;]{0,12}\Z"
)
_HELD = pattern(
    r"\b(?:(?:avant|jusqu.\s?(?:au|a|en)|au\s+plus\s+tard|d.ici(?:\s+au)?|before|by|until|till|"
    rf"(?:no|not)\s+later\s+than){_LINK}"
    rf"|(?:date\s+limite|dernier\s+delai|cloture\w*(?!\s+(?:du|des|de\s+la|de\s+l.)\s*(?:{_EVENT}))|deadline|closing\s+date)"
    rf"[^.!?;\d]{{0,60}}?{_LINK})"
)
#: Words that hold a date only after a strong call: « les inscriptions ferment le », « candidatures du 1er au ».
_HELD_AFTER_CALL = pattern(
    rf"\b(?:{_STRONG})(?:[^.!?;\d]{{0,40}}\b(?:ferm\w*|se\s+termin\w*|pren\w*\s+fin|expir\w*|closes?|ends?|due)\b"
    rf"|\s*(?::|\(|pour\b)|[^.!?;\d]{{0,25}}\b(?:du|from)\s[^.!?;]{{1,30}}\s(?:au|to)\b){_LINK}"
)
_HELD_BEHIND = pattern(r"\s*,?\s*\(?\s*(?:au\s+plus\s+tard|dernier\s+delai|delai\s+de\s+rigueur|at\s+the\s+latest)\b")
#: Characters before a date in which its words of limit are looked for.
_REACH = 120
#: Characters around a limit in which a call is looked for: a long sentence, and no more of a text without any stop.
_CONTEXT = 400
_LETTER = re.compile(r"\w")

_MARKUP = (
    (re.compile(r"!?\[([^\[\]\n]{0,500})\]\([^()\n]{0,1000}\)"), r"\1"),
    (re.compile(r"&nbsp;|&#160;"), " "),
    (re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|[*_`~^]+"), ""),
)
#: Blank lines, and what starts a list item, a heading, a quotation or a row of a table.
_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n)+|\n(?=[ \t]*(?:[-*+#>|]|\d+[.)])[ \t])")
#: A digit, « fin août », “end of August”: what a paragraph without a date seldom has.
_MAYBE_DATE = re.compile(r"\d|[Ff][Ii][Nn]\s|[Ee]nd\sof")
_BREAK = re.compile(r"(?<=[.!?;…])\s+(?=[A-ZÀ-Ý«\"“‘'(\[-])")
#: Accents, capitals and fine typography folded away, one character for one.
_FOLD = str.maketrans(
    {chr(code): unicodedata.normalize("NFD", chr(code))[0].lower() for code in (*range(65, 91), *range(0xC0, 0x180))}
    | {"’": "'", "\xa0": " ", "\u202f": " ", "\u2009": " ", "\n": " ", "\t": " "}
)


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A deadline found in a text."""

    day: date
    #: As the text says it, markup removed: « avant le 25 août ».
    words: str
    #: True after « candidature », « inscription », « date limite » …; False after weaker calls.
    strong: bool


class _Sentence(NamedTuple):
    clean: str
    folded: str
    #: What stands before it, as written: « Inscriptions » may be a heading.
    previous: str


@remembered(answers=256)
def find_deadline(text: str, *, published: date) -> tuple[date, str] | None:
    """The deadline of a Markdown text and the words that say it, or None.

    Of several the one tied to the strongest call, then the earliest. A missing year is that of the first such day on
    or after `published`.
    """
    found = sorted(find_deadlines(text, published=published), key=lambda deadline: (not deadline.strong, deadline.day))
    return (found[0].day, found[0].words) if found else None


def find_deadlines(text: str, *, published: date) -> Iterator[Deadline]:
    """Every deadline of a Markdown text, in its order."""
    for sentence in _sentences(text):
        for match in _DATE.finditer(sentence.folded):
            held = _held(sentence.folded, match)
            if held is None:
                continue
            strong = _called(sentence, match, held[0])
            day = _day(match, published) if strong is not None else None
            if day is not None and day > published - HISTORY:
                words = " ".join(sentence.clean[slice(*held)].split()).rstrip(".")
                yield Deadline(day=day, words=words, strong=bool(strong))


def _sentences(text: str) -> Iterator[_Sentence]:
    """Sentences, headings and list items of the paragraphs that may hold a date, markup removed."""
    previous = ""
    for paragraph in _PARAGRAPHS.split(text):
        if _MAYBE_DATE.search(paragraph):
            clean = _clean(paragraph)
            folded, start = clean.translate(_FOLD), 0
            for end in (*(match.start() for match in _BREAK.finditer(clean)), len(clean)):
                yield _Sentence(clean[start:end], folded[start:end], previous)
                previous, start = clean[start:end], end
        else:
            previous = paragraph


def _clean(paragraph: str) -> str:
    text = unicodedata.normalize("NFC", paragraph)
    for marks, replacement in _MARKUP:
        text = marks.sub(replacement, text)
    return text


def _held(sentence: str, match: re.Match[str]) -> tuple[int, int] | None:
    """Start and end of the words that make the date a limit, or None."""
    offset = max(0, match.start() - _REACH)
    before = sentence[offset : match.start()]
    if held := _HELD.search(before) or _HELD_AFTER_CALL.search(before):
        return (offset + held.start(), match.end())
    if behind := _HELD_BEHIND.match(sentence, match.end()):
        return (match.start(), behind.end())
    return None


def _called(sentence: _Sentence, match: re.Match[str], limit: int) -> bool | None:
    """True after a strong call, False after a weak one, None when nothing is called for."""
    folded = sentence.folded
    before = folded[max(0, limit - _CONTEXT) : match.start()]
    if _NO_LIMIT.search(folded[max(0, limit - _REACH) : limit]):
        return None
    if limit < _REACH and not _LETTER.search(folded[:limit]):
        before = f"{_clean(sentence.previous[-_CONTEXT:]).translate(_FOLD)} {before}"
    kinds = {call.lastgroup for call in _CALL.finditer(before)}
    if not kinds & {"strong", "weak"}:
        if "event" in kinds:
            return None
        kinds = {call.lastgroup for call in _CALL.finditer(folded[match.end() : match.end() + _CONTEXT])}
    if "strong" in kinds:
        return True
    return False if "weak" in kinds else None


def _day(match: re.Match[str], published: date) -> date | None:
    """The day a match names; None when there is no such day."""
    groups = match.groupdict()
    try:
        if groups["iso"]:
            return date.fromisoformat(groups["iso"])
        if groups["figures"]:
            day, month, *year = (int(part) for part in re.split(r"[/.]", groups["figures"]))
            return _on(published, day=day, month=month, year=_century(year[0]) if year else None)
        month = _MONTHS[groups["month"] or groups["month_first"] or groups["month_end"]]
        said = groups["year"] or groups["year_last"] or groups["year_end"]
        day = int(groups["day"] or groups["day_second"] or 0)
        return _on(published, day=day, month=month, year=int(said) if said else None)
    except ValueError:
        return None


def _century(year: int) -> int:
    return year + 2000 if year < 100 else year


def _on(published: date, *, day: int, month: int, year: int | None) -> date:
    """The day of a known year, or the first such day on or after publication; day 0 is the last of the month."""
    if year is not None:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    # 29 February may be eight years away.
    for candidate in range(published.year, published.year + 9):
        last = calendar.monthrange(candidate, month)[1]
        if day <= last and (found := date(candidate, month, day or last)) >= published:
            return found
    raise ValueError(day)
