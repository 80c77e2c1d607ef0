"""Two mails side by side: in a copy of each, what the other says otherwise is marked where it stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from html import unescape
from typing import Literal

from newsletter.web.studio.marks import ANCHOR, OUTLINED

Side = Literal["before", "now"]

#: What no reader sees, tags, and the words between them.
_PIECE = re.compile(r"<!--.*?-->|<(head|style|script|title)\b.*?</\1\s*>|<[^>]*>|[^<]+", re.I | re.S)
#: Tags that a reader sees, or follows, for themselves: what of them counts.
_SHOWN = re.compile(r"<(?:(img)\b[^>]*\ssrc|(a)\b[^>]*\shref)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_TAG_NAME = re.compile(r"<\w+")
#: A space that does not break is a space; else a word, the group.
_WORD = re.compile(r"&nbsp;|&#160;|((?:(?!&nbsp;|&#160;)[^\s\u00a0])+)")
_HEAD_END = re.compile(r"</head\s*>", re.I)
#: Words of a stretch beyond which all of it is marked: comparing takes their square.
_LONGEST = 600
#: Struck or underlined, never colour alone, each on a ground of its own: the layout's colours do not matter.
_STYLE = (
    "del.nl-gone{background:#f8e5df;color:#a3271c;text-decoration:line-through}"
    "ins.nl-come{background:#e2ece3;color:#1b5a43;text-decoration:underline}"
    "[data-nl=gone]{outline:3px dashed #a3271c;outline-offset:-3px}"
    "[data-nl=come]{outline:3px solid #1b5a43;outline-offset:-3px}"
    f"#nl-block{{anchor-name:{ANCHOR};box-shadow:0 0 0 3px currentColor}}"
)
_MARKS: dict[Side, tuple[str, str]] = {"before": ("del", "gone"), "now": ("ins", "come")}


@dataclass(frozen=True)
class _Piece:
    """Words between two tags, or the tag of a picture or a link; what is compared of it is `said`."""

    start: int
    end: int
    said: str

    @property
    def is_tag(self) -> bool:
        return self.said.startswith("<")


@dataclass(frozen=True)
class _Stretch:
    """Of an HTML, what is to be marked."""

    start: int
    end: int
    is_tag: bool = False


@dataclass(frozen=True)
class Differences:
    """Where two mails differ."""

    before: str
    now: str
    #: One for each place that differs: what the first says there alone, and the second.
    places: Sequence[tuple[Sequence[_Stretch], Sequence[_Stretch]]]

    def show(self, side: Side, *, chosen: int = 0) -> str:
        """One of the two, marked; the place of that number, from 1, is outlined for the ruler that reaches to it."""
        html, column = (self.before, 0) if side == "before" else (self.now, 1)
        for number, place in reversed(list(enumerate(self.places, start=1))):
            joined = _joined(html, place[column])
            for one in reversed(joined):
                attributes = f" {OUTLINED}" if number == chosen and one is joined[0] else ""
                html = html[: one.start] + _marked(html[one.start : one.end], one, side, attributes) + html[one.end :]
        return _HEAD_END.sub(rf"<style>{_STYLE}</style>\g<0>", html, count=1)


@lru_cache(maxsize=8)
def compare_mails(before: str, now: str) -> Differences:
    """What two mails say otherwise: words, pictures and links."""
    one, other = list(_pieces(before)), list(_pieces(now))
    places = [
        _reduced(before, now, _differing(before, one[start:end]), _differing(now, other[other_start:other_end]))
        for tag, start, end, other_start, other_end in _matched([p.said for p in one], [p.said for p in other])
        if tag != "equal"
    ]
    return Differences(before, now, places)


def addresses(html: str) -> dict[str, list[str]]:
    """`img` and `a` → the addresses of the pictures, and the targets of the links, in their order."""
    found: dict[str, list[str]] = {"img": [], "a": []}
    for piece in _pieces(html):
        if piece.is_tag:
            name, _space, address = piece.said[1:].partition(" ")
            found[name].append(unescape(address))
    return found


def _pieces(html: str) -> Iterator[_Piece]:
    for match in _PIECE.finditer(html):
        piece = match[0]
        if shown := _SHOWN.match(piece):
            picture, link, address, other = shown.groups()
            yield _Piece(match.start(), match.end(), f"<{(picture or link).lower()} {address or other or ''}")
        elif piece[0] != "<" and (words := list(_words(html, *match.span()))):
            yield _Piece(match.start(), match.end(), " ".join(html[start:end] for start, end in words))


def _words(html: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    return (word.span() for word in _WORD.finditer(html, start, end) if word[1])


def _differing(html: str, pieces: Sequence[_Piece]) -> list[_Stretch]:
    """Each tag, and each word."""
    found: list[_Stretch] = []
    for piece in pieces:
        if piece.is_tag:
            found.append(_Stretch(piece.start, piece.end, is_tag=True))
        else:
            found += [_Stretch(*word) for word in _words(html, piece.start, piece.end)]
    return found


def _reduced(
    before: str, now: str, gone: Sequence[_Stretch], come: Sequence[_Stretch]
) -> tuple[list[_Stretch], list[_Stretch]]:
    """Without the words that both have."""
    if max(len(gone), len(come)) > _LONGEST:
        return list(gone), list(come)
    said = [before[one.start : one.end] for one in gone], [now[one.start : one.end] for one in come]
    matches = [opcode for opcode in _matched(*said) if opcode[0] != "equal"]
    return (
        [one for _tag, start, end, _other_start, _other_end in matches for one in gone[start:end]],
        [one for _tag, _start, _end, start, end in matches for one in come[start:end]],
    )


def _matched(one: Sequence[str], other: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, one, other, autojunk=False).get_opcodes()


def _marked(shown: str, stretch: _Stretch, side: Side, attributes: str) -> str:
    element, kind = _MARKS[side]
    if stretch.is_tag:
        return _TAG_NAME.sub(rf'\g<0> data-nl="{kind}"{attributes}', shown, count=1)
    return f'<{element} class="nl-{kind}"{attributes}>{shown}</{element}>'


def _joined(html: str, stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Words with nothing but spaces between them are one stretch."""
    joined: list[_Stretch] = []
    for one in stretches:
        last = joined[-1] if joined else None
        if last and not (last.is_tag or one.is_tag) and not any(_words(html, last.end, one.start)):
            joined[-1] = _Stretch(last.start, one.end)
        else:
            joined.append(one)
    return joined
