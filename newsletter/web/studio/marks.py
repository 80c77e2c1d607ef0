"""Blocks made visible in the framed copy of a mail: outlined for a remark, tinted for a difference."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.web.studio.project import PlacedBlock, Preview

#: What the outlined block is called in the framed copy, for the ruler that reaches down to it.
ANCHOR = "--nl-block"
OUTLINED = 'id="nl-block"'

_HEAD_END = re.compile(r"</head\s*>", re.I)
#: The colours of the studio's proof marks, on whatever the layout's own are.
_STYLE = (
    ".nl-mark{position:relative}"
    ".nl-mark::after{position:absolute;z-index:1;inset:0;pointer-events:none;content:''}"
    f"#nl-block{{anchor-name:{ANCHOR}}}"
    ".nl-error::after{outline:3px solid #b3392d;outline-offset:-3px}"
    ".nl-warning::after{outline:3px solid #b07a1e;outline-offset:-3px}"
    ".nl-info::after{outline:3px solid #3f7cb4;outline-offset:-3px}"
    ".nl-only::after{outline:3px solid #2c7a4b;outline-offset:-3px;background:rgb(44 122 75/.16)}"
    ".nl-changed::after{outline:3px solid #b07a1e;outline-offset:-3px;background:rgb(176 122 30/.16)}"
)


@dataclass(frozen=True)
class Mark:
    """A stretch of the HTML to make visible, counted in `<`."""

    start: int
    end: int
    #: `error`, `warning`, `info`, `only` or `changed`.
    kind: str
    #: Attributes of the element around it.
    attributes: str = ""


def mark(html: str, marks: Iterable[Mark]) -> str:
    """The HTML with each stretch in an element of its own; stretches do not overlap, one beyond the end is left."""
    places = [match.start() for match in re.finditer("<", html)]
    wanted = sorted(set(marks), key=lambda one: one.start, reverse=True)
    for one in wanted:
        if one.start < one.end < len(places):
            start, end = places[one.start], places[one.end]
            opening = f'<div class="nl-mark nl-{one.kind}" {one.attributes}>'
            html = f"{html[:start]}{opening}{html[start:end]}</div>{html[end:]}"
    return _HEAD_END.sub(rf"<style>{_STYLE}</style>\g<0>", html, count=1) if wanted else html


def outline(html: str, blocks: Sequence[PlacedBlock], *, number: int, kind: str) -> str:
    """The HTML with one block outlined, its row when others share it; unchanged when the variant does not hold it."""
    return mark(html, [Mark(block.start, block.end, kind, OUTLINED) for block in blocks if block.number == number])


def compare(editions: Sequence[tuple[Preview, Sequence[PlacedBlock]]]) -> list[str]:
    """The HTML of each edition, its blocks tinted where another edition lacks them or says them otherwise."""
    said = [html_of_blocks(preview, blocks) for preview, blocks in editions]
    return [
        mark(preview.html, [Mark(b.start, b.end, kind) for b in blocks if (kind := _difference(b.number, said))])
        for preview, blocks in editions
    ]


def html_of_blocks(preview: Preview, blocks: Sequence[PlacedBlock]) -> Mapping[int, str]:
    """Block → its HTML."""
    places = [match.start() for match in re.finditer("<", preview.html)]
    return {block.number: preview.html[places[block.start] : places[block.end]] for block in blocks}


def _difference(number: int, said: Sequence[Mapping[int, str]]) -> str:
    versions = [edition.get(number) for edition in said]
    if None in versions:
        return "only"
    return "changed" if len(set(versions)) > 1 else ""
