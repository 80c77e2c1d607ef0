"""Markdown source → tokens ready to print: lines noted, typography set, limits kept."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from newsletter.editorial.escape import without_controls
from newsletter.editorial.sanitise import LINE, MAX_DEPTH, is_too_deep, show_foreign_tags
from newsletter.editorial.typography import JOINT, typeset
from newsletter.errors import ContentError
from newsletter.i18n import _, format_number
from newsletter.lean import pattern
from newsletter.model import Place

#: Characters. Gmail clips a letter at 102,400 bytes.
MAX_LENGTH = 100_000
#: A list of twice as many items of one letter would take seconds.
MAX_LINES = 10_000
#: In a whole text; the brackets of a code count too.
MAX_OPEN_BRACKETS = 1_000


class _Renderer(RendererHTML):
    """markdown-it's own, but `![](x)` has no alt at all: an author who said nothing did not say “decorative”."""

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        if tokens[idx].children:
            return super().image(tokens, idx, options, env)
        tokens[idx].attrs.pop("alt", None)
        return self.renderToken(tokens, idx, options, env)


#: Nesting is refused by `is_too_deep` before markdown-it would drop what lies below `maxNesting`.
_MARKDOWN = MarkdownIt(
    "commonmark", {"html": True, "xhtmlOut": False, "maxNesting": MAX_DEPTH + 5}, renderer_cls=_Renderer
).enable(["table", "strikethrough"])
#: A bracket, the beginning of a link's address, perhaps its end, or the end of a paragraph.
_BRACKET = re.compile(r"\]\(|[\[\])]|\n[ \t]*\n")
_FIRST_TAG = pattern(r"<[a-z][a-z0-9]*\b", re.IGNORECASE)


def parse(source: str, *, language: str, place: Place) -> list[Token]:
    """The tokens of a text that starts at `place`, typeset in `language`.

    Raises ContentError when the text is too long, or nested too deeply, to be a letter.
    """
    where = place if place.file else None
    if len(source) > MAX_LENGTH or source.count("\n") > MAX_LINES:
        raise _too_long(source, where)
    _refuse_open_brackets(source, place)
    tokens = _MARKDOWN.parse(without_controls(source))
    for token in tokens:
        _mark(token, first_line=place.line or 1)
        _set_type(token, language)
    if is_too_deep(tokens):
        raise ContentError(
            _("quotations, lists or HTML elements are nested too deeply, or never closed"),
            where=where,
            hint=_("close every HTML element you open; {limit} levels are allowed", limit=MAX_DEPTH),
        )
    return tokens


def _too_long(source: str, where: Place | None) -> ContentError:
    if len(source) > MAX_LENGTH:
        length, limit = format_number(len(source)), format_number(MAX_LENGTH)
        message = _("the text is {length} characters long; a letter takes at most {limit}", length=length, limit=limit)
    else:
        lines, limit = format_number(source.count("\n")), format_number(MAX_LINES)
        message = _("the text has {lines} lines; a letter takes at most {limit}", lines=lines, limit=limit)
    return ContentError(message, where=where, hint=_("put its beginning in the letter and link to the rest"))


def _refuse_open_brackets(source: str, place: Place) -> None:
    """Markdown looks for the end of every `[` and `](` as far as the paragraph goes, again inside each: for seconds."""
    texts = addresses = total = 0
    for bracket in _BRACKET.finditer(source):
        if bracket[0] == "[":
            texts, total = texts + 1, total + 1
        elif bracket[0] == ")":
            addresses, total = max(0, addresses - 1), total - min(1, addresses)
        elif bracket[0] == "]":
            texts, total = max(0, texts - 1), total - min(1, texts)
        elif bracket[0] == "](":
            texts, addresses, total = max(0, texts - 1), addresses + 1, total + 1 - min(1, texts)
        else:
            texts = addresses = 0
        if total > MAX_OPEN_BRACKETS:
            line = (place.line or 1) + source.count("\n", 0, bracket.start())
            raise ContentError(
                _(
                    "more than {limit} brackets are opened and not closed",
                    limit=format_number(MAX_OPEN_BRACKETS),
                ),
                where=replace(place, line=line) if place.file else None,
                hint=_("close every [ with a ], every ]( with a ), and keep what is no text out of the letter"),
            )


def print_html(tokens: Sequence[Token]) -> str:
    """Tokens as HTML, not sanitised; what the author wrote in HTML stands in it as typed."""
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _mark(token: Token, *, first_line: int) -> None:
    """Note a token's line and alignment as attributes that survive the allow-list; show foreign tags as text."""
    line = str(first_line + token.map[0]) if token.map else ""
    token.meta["line"] = line
    if token.type == "html_block":
        token.content = _FIRST_TAG.sub(rf'\g<0> {LINE}="{line}"', show_foreign_tags(token.content), count=1)
    elif line and token.type != "inline":
        token.attrs[LINE] = line
    if align := str(token.attrs.pop("style", "")).removeprefix("text-align:"):
        token.attrs["align"] = align
    for child in token.children or ():
        if child.type == "html_inline":
            child.content = show_foreign_tags(child.content)


def _set_type(token: Token, language: str) -> None:
    """Set the words of one paragraph, of one heading, of one alternative text, as one sentence."""
    if not (children := token.children):
        return
    joined = JOINT.join(child.content if child.type == "text" else "" for child in children)
    for child, content in zip(children, typeset(joined, language).split(JOINT), strict=True):
        if child.type == "text":
            child.content = content
        _set_type(child, language)


def is_running_text(token: Token, following: Sequence[Token]) -> bool:
    """True when a token opens a paragraph that is more than a picture or a line wholly in bold."""
    if token.type != "paragraph_open" or token.level or not following:
        return False
    bold = 0
    for child in following[0].children or ():
        bold += child.nesting if child.tag == "strong" else 0
        if child.type in ("text", "code_inline") and child.content.strip() and not bold:
            return True
    return False
