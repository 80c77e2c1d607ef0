"""Whether two engines understood one MJML document alike: their HTML as tokens, what a known habit explains left out.

mrml and MJML's own engine write the same structure in slightly different words. Each habit is a rule of `EXPLAINED`,
with its reason; a difference that no rule explains is one that a reader may see.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

_TOKEN = re.compile(
    r"""<!--\[if[^\]]*\]>(?:<!-->)?|(?:<!--)?<!\[endif\]-->|<!--.*?-->|</?[a-zA-Z!][^\s/>]*(?:"[^"]*"|'[^']*'|[^'">])*>"""
    r"|[^<]+|<",
    re.DOTALL,
)
_NAME = re.compile(r"</?([^\s/>]+)")
_ATTRIBUTE = re.compile(r"""([^\s=/"'<>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?""")
#: A habit of one of the engines that changes nothing for a reader: what it looks like, what to read instead, and why.
EXPLAINED = (
    (r' alt=""', "", 'mrml leaves out an alt="" that nobody wrote; mjml_lint refuses a picture without alt'),
    (r' (?:class|style)=""', "", "MJML writes attributes that are empty"),
    (r' vertical-align="\w+"', "", "mrml leaves an attribute that HTML does not know"),
    (r"(?<!&)#(\w)(\w)(\w)(?!\w)", r"#\1\1\2\2\3\3", "mrml keeps #abc; escape.expand_colours writes it out afterwards"),
    (r"(\d[.-]\d{3})\d+", r"\1", "a third of a width is cut at another digit, in a class and in its rule alike"),
    (
        r"(mj-(?:carousel|navbar|menu)[\w-]*?)-?[0-9a-f]{8,16}\b",
        r"\1",
        "carousels are named by chance; no layout has two",
    ),
    (r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>", "", "mrml closes a conditional comment and opens the same one again"),
    (r'</style>\s*<style type="text/css">', "", "MJML prints in one sheet what mrml prints in several"),
    (
        r'(<body|<div aria-label)([^>]*) class="[^"]*"',
        r"\1\2",
        "the class of mj-body stands on the one or on the other",
    ),
    (r"(<div aria-label[^>]*)word-spacing:normal;", r"\1", "MJML says it on body and again on the article"),
)


def differences(one: str, other: str) -> list[str]:
    """What stands in one document and not, or elsewhere, in the other: `- token`, `+ token`; nothing when alike."""
    before, after = _explained(one), _explained(other)
    found: list[str] = []
    for change, *span in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if change != "equal":
            found += [f"- {token}" for token in before[span[0] : span[1]]]
            found += [f"+ {token}" for token in after[span[2] : span[3]]]
    return found


def _explained(html: str) -> list[str]:
    """The tokens of a document, written without the habits of its engine."""
    text = "\n".join(_tokens(html))
    for habit, instead, _reason in EXPLAINED:
        text = re.sub(habit, instead, text, flags=re.IGNORECASE)
    return [token for token in text.split("\n") if token]


def _tokens(html: str) -> Iterator[str]:
    """Tags with their attributes sorted, words, conditional comments, declarations of style; each one line."""
    in_style = False
    for match in _TOKEN.finditer(html):
        piece = match[0]
        if piece.startswith("<!--[") or piece.endswith("<![endif]-->"):
            yield re.sub(r"\s+", " ", piece)
        elif piece.startswith("<!--") or not piece.strip():
            continue
        elif piece.startswith("<") and len(piece) > 1:
            in_style = piece.lower().startswith("<style")
            yield _tag(piece)
        elif in_style:
            yield from _declarations(piece)
        else:
            yield from piece.split()


def _tag(piece: str) -> str:
    """A tag in one spelling: name, then attributes by name, classes and declarations of style tidied."""
    name = _NAME.match(piece)
    assert name, piece
    attributes = []
    for match in _ATTRIBUTE.finditer(piece[name.end() :].rstrip("/> ")):
        key, value = match[1].lower(), match[2] if match[2] is not None else match[3] or ""
        if key == "style":
            value = "".join(_declarations(value))
        elif key == "class":
            value = " ".join(sorted(value.split()))
        attributes.append(f' {key}="{value.strip()}"')
    slash = "/" if piece.startswith("</") else ""
    return f"<{slash}{name[1].lower()}{''.join(sorted(attributes))}>"


def _declarations(css: str) -> Iterator[str]:
    """A sheet or an attribute, in pieces between `{`, `}` and `;`, blanks squeezed."""
    for piece in re.split(r"(?<=[{};])", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        squeezed = re.sub(r"\s*([{}:;,>])\s*", r"\1", re.sub(r"\s+", " ", piece)).strip().rstrip(";")
        if squeezed:
            yield squeezed + ";"
