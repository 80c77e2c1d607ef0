"""What changed from one text to another, word for word, as a person reads it: struck, underlined, or as it was."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

Kind = Literal["same", "gone", "come"]

#: Words kept on each side of a change; of a longer stretch that stayed, the middle is left out.
_CONTEXT = 8
#: Words of a passage beyond which it is shown struck and written anew: comparing takes their square.
_LONGEST = 600
_RULE = re.compile(r"^\s*[-=*_]{3,}\s*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Words:
    """Some words in a row that share one fate."""

    kind: Kind
    text: str


#: One sentence or paragraph that differs, whole.
Passage = tuple[Words, ...]


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What changed in one part of a letter."""

    #: `subject`, `preheader` or `text`.
    part: str
    passage: Passage


@lru_cache(maxsize=64)
def compare_texts(before: str, now: str) -> tuple[Passage, ...]:
    """The paragraphs that differ, in their order; none when the words are the same, however the lines are broken."""
    one, other = _paragraphs(before), _paragraphs(now)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return tuple(
        passage
        for tag, start, end, other_start, other_end in matcher.get_opcodes()
        if tag != "equal"
        for passage in _passages(one[start:end], other[other_start:other_end])
    )


def compare_words(before: str, now: str) -> Passage:
    """One passage, word for word."""
    one, other = before.split(), now.split()
    if max(len(one), len(other)) > _LONGEST:
        return tuple(_run("gone", one) + _run("come", other))
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    runs: list[Words] = []
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            runs += _run("same", one[start:end])
        else:
            runs += _run("gone", one[start:end]) + _run("come", other[other_start:other_end])
    return _shortened(runs)


def _passages(one: Sequence[str], other: Sequence[str]) -> Iterator[Passage]:
    """As many before as now: each with its own; otherwise all of them together."""
    if len(one) == len(other):
        yield from map(compare_words, one, other)
    elif not one or not other:
        kind: Kind = "gone" if one else "come"
        yield from (tuple(_run(kind, text.split())) for text in one or other)
    else:
        yield compare_words(" ".join(one), " ".join(other))


def _paragraphs(text: str) -> list[str]:
    """Their words, but for the lines that only draw a rule: those follow the length of a title."""
    found = (" ".join(_RULE.sub("", block).split()) for block in re.split(r"\n\s*\n", text))
    return [paragraph for paragraph in found if paragraph]


def _run(kind: Kind, words: Sequence[str]) -> list[Words]:
    return [Words(kind=kind, text=" ".join(words))] if words else []


def _shortened(runs: Sequence[Words]) -> Passage:
    """Long stretches that stayed keep their ends: the last words before a change, the first ones after it."""
    last = len(runs) - 1
    return tuple(
        run if run.kind != "same" else Words(kind="same", text=_ends(run.text, first=place == 0, last=place == last))
        for place, run in enumerate(runs)
    )


def _ends(text: str, *, first: bool, last: bool) -> str:
    words = text.split(" ")
    before, after = ([] if first else words[:_CONTEXT]), ([] if last else words[-_CONTEXT:])
    return " ".join([*before, "…", *after]) if len(words) > len(before) + len(after) + _CONTEXT else text
