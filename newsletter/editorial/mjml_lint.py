"""What mrml 6 misreads without a word, refused before it is asked; each rule names the line and the cure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from newsletter.editorial.memory import remembered
from newsletter.errors import LayoutError
from newsletter.i18n import N_, _
from newsletter.model import Place

#: mrml recurses on nesting, and somewhere below 9,000 levels it takes the whole process with it.
_MAX_DEPTH = 500

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"""<(/?)([a-zA-Z][\w:-]*)((?:[^<>"'/]|/(?!>)|"[^"]*"|'[^']*')*)(/?)>""")
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"']+)""")
#: ASCII that nobody spells out: most values are no more.
_PLAIN = re.compile(r"[ -\[\]-~]*")
_UNITLESS = re.compile(r"-?\d+(\.\d+)?")
_VOID = ("br", "hr", "img", "wbr", "input", "meta", "link", "col", "area", "base", "source")

#: Networks for which mrml replaces the address by that of a page which shares it.
_SHARERS = ("facebook", "twitter", "x", "google", "pinterest", "linkedin", "tumblr", "xing")

#: Element, attribute, value that mrml accepts and does nothing with → the cure.
_WITHOUT_EFFECT = {
    ("mj-style", "inline", "inline"): N_("leave it out: what the inliner shall inline carries its own mark"),
    ("mj-hero", "mode", "fluid-height"): N_('write mode="fixed-height"'),
}

_Fault = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A tag of the source."""

    name: str
    #: Name → value with its quotes, if it has any.
    attributes: Mapping[str, str]
    #: As written.
    source: str
    #: Position in the source, in characters.
    start: int
    closing: bool
    #: True when nothing closes it: `<br>`, `<mj-spacer />`.
    void: bool


def blank_comments(source: str) -> str:
    """The source with blanks for comments; every other character keeps its place."""
    return _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), source)


@remembered(answers=4)
def read_tags(source: str) -> tuple[Tag, ...]:
    """The tags of an MJML source in order, those in comments left out."""
    return tuple(map(_tag, _TAG.finditer(blank_comments(source))))


def _tag(match: re.Match[str]) -> Tag:
    name = match[2].lower()
    return Tag(
        name=name,
        attributes=dict(_ATTRIBUTE.findall(match[3])),
        source=match[0],
        start=match.start(),
        closing=bool(match[1]),
        void=bool(match[4]) or name in _VOID,
    )


def refuse_misread(source: str, place: Callable[[int], Place]) -> None:
    """Raise LayoutError at the first thing that mrml would get wrong; `place` maps a 1-based line to a file."""
    depth = 0
    seen: set[str] = set()
    for tag in read_tags(source):
        depth += 0 if tag.void else -1 if tag.closing else 1
        if fault := _fault(tag, seen, depth):
            raise LayoutError(fault[0], where=place(source.count("\n", 0, tag.start) + 1), hint=fault[1])
        seen.add(tag.name)


def _fault(tag: Tag, seen: set[str], depth: int) -> _Fault | None:
    """What is wrong with a tag, and how to mend it."""
    if tag.closing:
        return None
    if depth > _MAX_DEPTH:
        return _("elements are nested more than {limit} deep", limit=_MAX_DEPTH), _("close every element")
    attributes = (_attribute_fault(tag.name, name, quoted) for name, quoted in tag.attributes.items())
    return _element_fault(tag, seen) or next(filter(None, attributes), None)


def _element_fault(tag: Tag, seen: set[str]) -> _Fault | None:
    if tag.name == "mjml" and "lang" not in tag.attributes:
        return _("<mjml> names no language"), _('write <mjml lang="fr" dir="ltr">; screen readers need it')
    if tag.name == "mj-image" and "src" in tag.attributes and "alt" not in tag.attributes:
        return _("<mj-image> has no alt"), _('describe the picture, or write alt="" when it is decoration')
    if tag.name in ("mj-carousel", "mj-navbar") and tag.name in seen:
        return _("a second <{tag}> would move the first one", tag=tag.name), _("keep one, or better none")
    if " " in tag.attributes.get("mj-class", "").strip('" '):
        return _("an element has two classes; which one wins is not what MJML says"), _("give it one mj-class")
    if tag.name == "mj-social-element" and (name := tag.attributes.get("name", '""')[1:-1]) in _SHARERS:
        return _("<mj-social-element> would send readers to a page that shares"), _(
            'write name="{name}-noshare"', name=name
        )
    return None


def _attribute_fault(tag: str, name: str, quoted: str) -> _Fault | None:
    value = quoted[1:-1]
    if not quoted.startswith('"'):
        return _("{name} is not in double quotes", name=name), _('write {name}="…" and pass it through attr', name=name)
    if not _PLAIN.fullmatch(value) and (spelt := next(filter(_is_spelt_out, value), None)):
        return (
            _("readers would see the character U+{code} of {name} as a code", code=f"{ord(spelt):04X}", name=name),
            _("pass the value through attr, or write &#{number};", number=ord(spelt)),
        )
    if cure := _WITHOUT_EFFECT.get((tag, name, value)):
        return _('{name}="{value}" has no effect on <{tag}>', name=name, value=value, tag=tag), _(cure)
    if tag.startswith("mj-") and (name == "width" or "padding" in name) and _lacks_unit(name, value):
        return _('{name}="{value}" has no unit', name=name, value=value), _("write px or %, after a 0 too")
    return None


def _lacks_unit(name: str, value: str) -> bool:
    """mrml skips unitless lengths, then computes widths as if there were none; only an all-zero padding is safe."""
    lengths = value.split()
    harmless = name in ("padding", "inner-padding") and set(lengths) == {"0"}
    return not harmless and any(_UNITLESS.fullmatch(length) for length in lengths)


def _is_spelt_out(character: str) -> bool:
    """True for what Rust's Debug writes as an escape: backslash, line end, tab, hard space, combining accent …"""
    return character == "\\" or not character.isprintable() or unicodedata.category(character) in ("Mn", "Me")
