"""Typography as printers set it: French spaces, apostrophes and ellipses, on plain text only.

A text that comes in pieces (the words around a link, the two ends of a bold run) is joined with `JOINT` and set as
one, so that the `!` after *Imagine* finds its space.
"""

import re

#: Stands for markup between two pieces of one sentence. Never in a text: control characters are stripped before.
JOINT = "\x00"

_NBSP = "\u00a0"
_NNBSP = "\u202f"
_HARD = f"[{_NBSP}{_NNBSP}]"
_SPACE = f"[ {_NBSP}{_NNBSP}]"
#: Patterns that begin with a run of spaces start where the run starts, or a page of spaces would take a minute.
_RUN = rf"(?<!{_SPACE}){_SPACE}"
#: What is never touched: addresses of pages and of people.
_UNTOUCHED = re.compile(
    rf"((?<![\w.+-])(?:[a-z][a-z0-9+.-]*://|www\.)[^\s{JOINT}]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)",
    re.IGNORECASE,
)

_LETTER = r"[^\W\d_]"
#: What a sign may follow without a space: a word, a closing bracket or quote, markup.
_AFTER_WORD = rf"(?<=[\w»)\]’”%{JOINT}])"
#: The sentence goes on, or ends, after the signs; `12:30`, `a?b` and `x;y` are left alone.
_THEN_GAP = rf"[;:!?]*(?:[\s{_NBSP}{_NNBSP}{JOINT}»)\]”]|$)"

_Rule = tuple[re.Pattern[str], str]

_COMMON: tuple[_Rule, ...] = (
    (re.compile(r"(?<!\.)\.{3}(?!\.)"), "…"),
    (re.compile(rf"(?:(?<={_LETTER})|(?<={JOINT}))'(?={_LETTER}|[\d«{JOINT}])"), "’"),
)

_FRENCH: tuple[_Rule, ...] = (
    # A hard space left over beside an ordinary one, or after a comma: « sociaux,&nbsp; avoir ».
    (re.compile(rf"(?<!{_SPACE})(?= *{_HARD})(?={_HARD}* ){_SPACE}{{2,}}(?=[\w(])"), " "),
    (re.compile(rf"(?<=,){_NBSP}(?={_LETTER})"), " "),
    (re.compile(rf"«{_SPACE}*"), f"«{_NNBSP}"),
    (re.compile(rf"{_RUN}*»"), f"{_NNBSP}»"),
    (re.compile(rf"{_RUN}+(?=[;!?])"), _NNBSP),
    (re.compile(rf"{_RUN}+(?=:(?!\w))"), _NBSP),
    (re.compile(rf"{_AFTER_WORD}(?=[;!?]{_THEN_GAP})"), _NNBSP),
    (re.compile(rf"{_AFTER_WORD}(?=:{_THEN_GAP})"), _NBSP),
    (re.compile(rf"(?<=\d){_RUN}+(?=[%€])"), _NBSP),
    (re.compile(rf"(?<=\b[nN]°){_SPACE}?(?=\d)"), _NBSP),
)

_RULES: dict[str, tuple[_Rule, ...]] = {"fr": _COMMON + _FRENCH, "en": _COMMON}


def typeset(text: str, language: str) -> str:
    """The text as a printer sets it in this language (BCP 47); idempotent; another language is left as it is.

    French: U+202F before `; ! ?` and inside « », U+00A0 before `:`, `%` and `€`, ’ and …; English: ’ and … only.
    Addresses of pages and people, and times (`12:30`), stay as typed.
    """
    rules = _RULES.get(language.replace("_", "-").split("-")[0].lower())
    if not rules:
        return text
    pieces = _UNTOUCHED.split(text)
    pieces[::2] = [_set(piece, rules) for piece in pieces[::2]]
    return "".join(pieces)


def _set(text: str, rules: tuple[_Rule, ...]) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text
