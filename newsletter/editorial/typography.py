"""Typography as printers set it: hard spaces, apostrophes, quotes, ordinals and ellipses, on plain text only.

A text that comes in pieces (the words around a link, the two ends of a bold run) is joined with `JOINT` and set as
one, so that the `!` after *Imagine* finds its space. `docs/typography.md` lists what is set, and what never is.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

#: Stands for markup between two pieces of one sentence. Never in a text: control characters are stripped before.
JOINT = "\x00"

_NBSP = "\u00a0"
#: Stands for U+202F while a text is set, white space to Python as well: a set of characters that holds none above
#: U+00FF takes a tenth of the time to compile. Like `JOINT` it is never in a text.
_NNBSP = "\x1f"
#: A hyphen at which no line breaks.
_HYPHEN = "\u2011"
_HARD = f"[{_NBSP}{_NNBSP}]"
_SPACE = f"[ {_NBSP}{_NNBSP}]"
_JOINTS = f"{JOINT}*"
#: Patterns that begin with a run of spaces start where the run starts, or a page of spaces would take a minute.
_RUN = rf"(?<!{_SPACE}){_SPACE}"
#: What is never touched: addresses of pages and of people, and smileys.
_UNTOUCHED = re.compile(
    rf"((?<![\w.+-])(?:[a-z][a-z0-9+.-]*://|www\.)[^\s{JOINT}]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|(?<![^\s«])[:;]['’]?-?[()DPO/|](?![^\s{JOINT}.,;:!?]))",
    re.IGNORECASE,
)

_LETTER = r"[^\W\d_]"
#: What a sign may follow without a space: a word, a closing bracket or quote, markup.
_AFTER_WORD = rf"(?<=[\w»)\]’”%€{JOINT}])"
#: The sentence goes on, or ends, after the signs; `12:30`, `a?b` and `x;y` are left alone.
_THEN_GAP = rf"[;:!?]*(?:[\s{_NBSP}{_NNBSP}{JOINT}»)\]”]|$)"

_FRENCH_MONTHS = "janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre"
_ENGLISH_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTHS = f"{_FRENCH_MONTHS}|{_ENGLISH_MONTHS}"
_UNITS = (
    r"euros?|francs?|dollars?|centimes?|millions?|milliards?|[kMGT]?Wh?|[kcm]?m[²³]?|ha|[km]?g|t|[cdhm]?[lL]|°[CF]"
    r"|h|min|s|[kM]?Hz|[kMG]o"
)
_CENTURIES = "siècles?|millénaires?|arrondissements?"

_Replacement = str | Callable[[re.Match[str]], str]
#: A pattern, what takes its place, flags.
_Source = tuple[str, _Replacement, re.RegexFlag]
_Rule = tuple[re.Pattern[str], _Replacement]


def _rule(pattern: str, replacement: _Replacement, flags: re.RegexFlag = re.NOFLAG) -> _Source:
    return pattern, replacement, flags


_COMMON = (
    _rule(r"(?<!\.)\.{3}(?!\.)", "…"),
    # The sign first: the search leaps from one to the next.
    _rule(rf"'(?:(?<={_LETTER}')|(?<={JOINT}'))(?={_LETTER}|[\d«{JOINT}])", "’"),
    # `(F-H-X)`: initials never part; `F-H-X.pdf` is a file.
    _rule(
        rf"(?<![\w{_HYPHEN}.-])[A-Z](?:-[A-Z])+(?![\w{_HYPHEN}-]|\.\w)",
        lambda initials: initials[0].replace("-", _HYPHEN),
    ),
)

#: Tried only on a text that holds a digit.
_COMMON_NUMBERS = (
    _rule(rf"(\d){_SPACE}[x×]{_SPACE}(?=\d)", rf"\1{_NBSP}×{_NBSP}"),
    _rule(rf"(?<!\d)(\d{{1,2}}(?:er|st|nd|rd|th)?{_JOINTS}){_SPACE}(?={_JOINTS}(?:{_MONTHS})\b)", rf"\1{_NBSP}", re.I),
)

_FRENCH_WORDS = (
    # A hard space left over beside an ordinary one, or after a comma: « sociaux,&nbsp; avoir ».
    _rule(rf"(?<!{_SPACE})(?= *{_HARD})(?={_HARD}* ){_SPACE}{{2,}}(?=[\w(])", " "),
    _rule(rf"(?<=,){_NBSP}(?={_LETTER})", " "),
    _rule(rf"{_RUN}+(?=:(?!\w))", _NBSP),
    _rule(rf"{_AFTER_WORD}(?=:{_THEN_GAP})", _NBSP),
    _rule(r"(?<!\w)([IVXLC]+)i?ème(s?)\b", r"\1e\2"),
    _rule(rf"(?<!\w)([IVXLC]+er?s?{_JOINTS}){_SPACE}(?={_JOINTS}(?:{_CENTURIES})\b)", rf"\1{_NBSP}"),
)

_FRENCH_NUMBERS = (
    _rule(r"(?<!\w)1[èe]re(s?)\b", r"1re\1"),
    _rule(r"(?<!\w)(\d+)i?[èe]me(s?)\b", r"\1e\2"),
    _rule(rf"(?<!\w)1e(?={_JOINTS}{_SPACE}{_JOINTS}(?:{_MONTHS})\b)", "1er", re.I),
    _rule(rf"(?<!\w)(\d+er?s?{_JOINTS}){_SPACE}(?={_JOINTS}(?:{_CENTURIES})\b)", rf"\1{_NBSP}"),
    _rule(rf"(?<!\w)([nN][°º]s?{_JOINTS}){_SPACE}*(?={_JOINTS}\d)", rf"\1{_NBSP}"),
    _rule(rf"(?<!\w)([nN]o{_JOINTS}){_SPACE}(?={_JOINTS}\d)", rf"\1{_NBSP}"),
    _rule(rf"(\d){_SPACE}[x×]{_SPACE}(?=(?:an|jour|mois|semaine|par)\b)", rf"\1{_NBSP}×{_NBSP}"),
    _rule(rf"(\d{_JOINTS}){_RUN}*(?={_JOINTS}[%‰€](?!\w))", rf"\1{_NBSP}"),
    _rule(rf"(\d{_JOINTS}){_SPACE}(?={_JOINTS}(?:{_UNITS})(?![\w’']))", rf"\1{_NBSP}"),
    _rule(rf"(\d{_NBSP}h){_SPACE}(?=\d)", rf"\1{_NBSP}"),
    # Groups of three, where the author set them apart; telephone and company numbers are none.
    _rule(
        rf"(?<![\w.,+/-])(?<!\d{_SPACE})[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+(?!{_SPACE}?\d|[\w/-])",
        lambda number: re.sub(_SPACE, _NNBSP, number[0]),
    ),
)

_QUOTED = rf"(^|[\s(\[—–“])({_JOINTS})"
_ENGLISH_WORDS = (
    _rule(rf"(^|[\s(\[—–]'?)({_JOINTS})\"(?=\S)([^\"]*[^\"\s])\"(?!\w)", r"\1\2“\3”"),
    # Left-out letters and centuries: 'tis, rock 'n' roll, the '90s.
    _rule(r"(?<!\w)'(?=(?:tis|twas|til|cause|em)\b|\d\ds?\b)", "’"),
    _rule(r"(?<!\w)'n'(?!\w)", "’n’"),
    _rule(rf"{_QUOTED}'(?=\S)([^']*[^'\s])'(?!\w)", r"\1\2‘\3’"),
    _rule(rf"(?<={_LETTER})'(?!\w)", "’"),
)
_ENGLISH_NUMBERS = (
    _rule(rf"(?<!\w)((?:{_ENGLISH_MONTHS}){_JOINTS}){_SPACE}(?={_JOINTS}\d{{1,2}}(?!\d))", rf"\1{_NBSP}"),
)

_Sources = tuple[Sequence[_Source], Sequence[_Source]]
_Rules = tuple[Sequence[_Rule], Sequence[_Rule]]


def _french(*, inside: str, before_sign: str) -> _Sources:
    """Rules for words and for numbers: what stands inside « », and before `; ! ?`."""
    words = (
        *_COMMON,
        *_FRENCH_WORDS[:2],
        _rule(rf"«{_SPACE}*", f"«{inside}"),
        _rule(rf"{_RUN}*»", f"{inside}»"),
        _rule(rf"{_RUN}+(?=[;!?])", before_sign),
        *((_rule(rf"{_AFTER_WORD}(?=[;!?]{_THEN_GAP})", before_sign),) if before_sign else ()),
        *_FRENCH_WORDS[2:],
    )
    return words, (*_FRENCH_NUMBERS, *_COMMON_NUMBERS)


#: By language and, where a country differs, by both.
_SOURCES: dict[str, _Sources] = {
    "fr": _french(inside=_NNBSP, before_sign=_NNBSP),
    "fr-ca": _french(inside=_NBSP, before_sign=""),
    "en": ((*_COMMON, *_ENGLISH_WORDS), (*_COMMON_NUMBERS, *_ENGLISH_NUMBERS)),
}
_DIGIT = re.compile(r"\d")


@lru_cache(maxsize=2048)
def typeset(text: str, language: str) -> str:
    """The text as a printer sets it in this language (BCP 47); idempotent; another language is left as it is.

    French: U+202F before `; ! ?` and inside « », U+00A0 before `:` and units, ’ and …; in Canada nothing stands
    before `; ! ?`. English: ’, “ ” and …. Addresses, smileys, times (`12:30`) and ratios stay as typed.
    """
    rules = _rules(language.replace("_", "-").lower())
    if not rules:
        return text
    pieces = _UNTOUCHED.split(text)
    pieces[::2] = [_set(piece, rules) for piece in pieces[::2]]
    return "".join(pieces)


@cache
def _rules(tag: str) -> _Rules | None:
    """The rules of a language, compiled when a text first needs them."""
    sources = _SOURCES.get(tag) or _SOURCES.get(tag.split("-")[0])
    if not sources:
        return None
    words, numbers = (tuple((re.compile(it[0], it[2]), it[1]) for it in group) for group in sources)
    return words, numbers


def _set(text: str, rules: _Rules) -> str:
    words, numbers = rules
    text = text.replace("\u202f", _NNBSP)
    for pattern, replacement in (*words, *numbers) if _DIGIT.search(text) else words:
        text = pattern.sub(replacement, text)
    return text.replace(_NNBSP, "\u202f")
