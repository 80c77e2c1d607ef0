"""CSS into style attributes with premailer, guarded: no network, no lost doctype, no width undone, no word dropped."""

import html as html_entities
import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from newsletter.editorial.escape import expand_colours
from newsletter.editorial.memory import remembered
from newsletter.editorial.stylesheet import Declaration, read_declarations, read_rules
from newsletter.errors import LayoutError
from newsletter.i18n import _
from newsletter.lean import kept_out

# Read by premailer when it is imported; its 128 entries, shared by three caches, make a warm build 28 times slower.
os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")

# Both would fetch what a build must not, after a long import.
with kept_out("requests", "cssutils"):
    from premailer import Premailer, merge_style, premailer

#: The style sheet to inline says this in a comment; every other one stays as it is.
AUTHORED = "nl-authored"

_SETTINGS: dict[str, Any] = {
    "strip_important": False,
    "keep_style_tags": False,
    "allow_network": False,
    "allow_loading_external_files": False,
    "disable_validation": True,
    "align_floating_images": False,
    "remove_unset_properties": False,
    "disable_basic_attributes": ["width", "height", "align", "valign", "bgcolor"],
}
_IGNORED = ' data-premailer="ignore"'
_SHEET = re.compile(r"<style([^>]*)>(.*?)</style>", re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SELECTOR = re.compile(r"([^{};]+)\{|(@[^;{}]+);")
#: The classes that elements have, and those that a selector without attributes asks for.
_WORN = re.compile(r"""\bclass\s*=\s*["']?([^"'>]*)""", re.IGNORECASE)
_CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
_ELEMENT = re.compile(r"(?:^|\s)\w")
#: Its weight (important, ids, classes, elements, sheet, place), a selector, declarations.
_Rule = tuple[tuple[int, ...], str, str]
#: What a style attribute cannot hold; premailer would leave such a rule behind with an `!important` of its own.
_NOT_INLINABLE = re.compile(r"[@*]|:(?!(?:first|last)-child\b|nth-child\b)")
_COMPOUND = r"(?=[a-zA-Z.#\[:])(?:[a-zA-Z][\w-]*)?(?:[.#]-?[a-zA-Z_][\w-]*|\[[^\[\]]+\]|:[a-z-]+(?:\([^()]+\))?)*"
_SELECTOR = re.compile(rf"{_COMPOUND}(?:(?:\s*[>+~]\s*|\s+){_COMPOUND})*")


def inline_css(html: str, *, css: str = "") -> str:
    """The document with its authored style sheet (the one that says `nl-authored`), and `css`, in style attributes.

    Other style sheets are left untouched. Raises LayoutError for a rule that cannot stand in an attribute, and when
    anything else than styles has changed.
    """
    for sheet in (css, *(sheet for _attributes, sheet in _SHEET.findall(html) if AUTHORED in sheet)):
        _refuse_leftovers(sheet)
    marked = _SHEET.sub(_marked, html.replace("<!doctype html>", "<!DOCTYPE html>", 1))
    after = expand_colours(_transformed(marked, css).replace(_IGNORED, ""))
    verify_invariants(html, after)
    return after


@remembered(answers=512)
def inline_fragment(fragment: str, css: str) -> str:
    """A sanitised fragment with `css` in its style attributes; remembered, as most articles do not change.

    Raises LayoutError for a rule that cannot stand in an attribute, or when a word of the fragment would be lost.
    """
    if not fragment.strip() or "{" not in css:
        return fragment
    _refuse_leftovers(css)
    page = _transformed(f"<html><head></head><body>{fragment}</body></html>", css)
    inlined = expand_colours(page[page.index("<body>") + len("<body>") : page.rindex("</body>")])
    verify_invariants(fragment, inlined)
    return inlined


def verify_invariants(before: str, after: str) -> None:
    """Raise LayoutError unless everything but the styles of the authored sheet survived the inliner."""
    before = _SHEET.sub(lambda sheet: "" if AUTHORED in sheet[2] else sheet[0], before)
    changed = [name for name, measure in _INVARIANTS.items() if measure(before) != measure(after)]
    if "<mj-" in after:
        changed.append("<mj-")
    if after.count("<!--[if") != after.count("[endif]-->"):
        changed.append("[if] … [endif]")
    if changed:
        raise LayoutError(
            _("inlining the style sheet changed more than styles: {what}", what=", ".join(changed)),
            hint=_("look there for HTML that is not well-formed"),
        )


def _transformed(html: str, css: str) -> str:
    try:
        return str(_Inliner(html, css_text=css if "{" in css else None, **_SETTINGS).transform(pretty_print=False))
    except Exception as error:  # premailer lets through whatever its selector library raises
        raise _refusal(error) from error


def _refusal(reason: object) -> LayoutError:
    return LayoutError(
        _("the style sheet cannot be inlined: {reason}", reason=reason),
        hint=_("look for a selector or a style attribute that is not CSS"),
    )


@remembered(answers=4096)
def _pairs(css: str, *, validate: bool = False) -> list[Declaration]:
    """The declarations of a style attribute, as premailer asks for them."""
    return read_declarations(css)


merge_style.csstext_to_pairs = premailer.csstext_to_pairs = _pairs


class _Inliner(Premailer):  # type: ignore[misc]  # premailer has no types
    """Premailer, but a style sheet is taken apart once, and a rule whose class stands nowhere is not searched for."""

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[Sequence[_Rule], Sequence[str]]:
        worn = set(html_entities.unescape(" ".join(_WORN.findall(self.html))).split())
        rules = _rules(css_body, ruleset_index)
        return [rule for rule in rules if "[" in rule[1] or worn.issuperset(_CLASS.findall(rule[1]))], ()


@remembered(answers=64)
def _rules(css: str, sheet: int) -> list[_Rule]:
    """The rules of a sheet as premailer sorts them; `sheet` is its number in the page."""
    found: list[_Rule] = []
    for selectors, declarations in read_rules(css):
        important = [f"{name}:{value}" for name, value in declarations if value.endswith("!important")]
        normal = [f"{name}:{value}" for name, value in declarations if not value.endswith("!important")]
        for selector in map(str.strip, selectors.split(",")):
            weight = (selector.count("#"), selector.count("."), len(_ELEMENT.findall(selector)))
            for priority, said in ((1, important), (0, normal)):
                if said:
                    found.append(((priority, *weight, sheet, len(found)), selector, ";".join(said)))
    return found


def _marked(sheet: re.Match[str]) -> str:
    return sheet[0] if AUTHORED in sheet[2] else f"<style{_IGNORED}{sheet[1]}>{sheet[2]}</style>"


@remembered(answers=64)
def _refuse_leftovers(css: str) -> None:
    for selector, statement in _CSS_SELECTOR.findall(_CSS_COMMENT.sub("", css)):
        rule = (selector or statement).strip()
        if _NOT_INLINABLE.search(rule):
            raise LayoutError(
                _("the rule “{rule}” cannot stand in a style attribute", rule=rule),
                hint=_("put it in a style sheet of its own, without the mark {mark}", mark=AUTHORED),
            )
        if not all(_SELECTOR.fullmatch(part.strip()) for part in rule.split(",")):
            raise _refusal(rule)


def _words(html: str) -> str:
    """Everything a reader sees, without blanks."""
    text = re.sub(r"<!--.*?-->|<(style|script|title)\b.*?</\1>|<[^>]*>", "", html, flags=re.DOTALL)
    return "".join(html_entities.unescape(text).split())


#: What must be the same before and after, but for the authored sheet → how it is measured.
_INVARIANTS: dict[str, Callable[[str], object]] = {
    "doctype": lambda html: html.lstrip()[:15].lower() == "<!doctype html>",
    "!important": lambda html: "".join(sheet for _attributes, sheet in _SHEET.findall(html)).count("!important"),
    "[data-ogsc]": lambda html: html.count("[data-ogsc]"),
    "[if]": lambda html: html.count("<!--[if"),
    "[endif]": lambda html: html.count("[endif]-->"),
    "<img width>": lambda html: re.findall(r'<img\b[^>]*?\swidth="(\d+)"', html),
    "text": _words,
}
