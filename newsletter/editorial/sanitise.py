"""What an author may write: the allow-list of elements and attributes, and the limits of a sound document."""

import re
from collections.abc import Iterator, Sequence

import nh3
from markdown_it.token import Token

from newsletter.lean import pattern

_PHRASES = "a b strong i em u s del ins sub sup small mark code kbd abbr cite span br img"
_ROOMS = "p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre hr div figure figcaption"
_TABLES = "table caption thead tbody tfoot tr th td"
#: Elements that stay; of any other the content stays, unless no reader would have seen it.
TAGS = frozenset(f"{_PHRASES} {_ROOMS} {_TABLES}".split())
#: Carries the line of the source through to the tree. It never reaches a letter.
LINE = "data-line"

_ATTRIBUTES = {
    "*": {LINE, "lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"align", "valign", "colspan", "rowspan"},
    "th": {"align", "valign", "colspan", "rowspan", "scope"},
}
SCHEMES = frozenset(("http", "https", "mailto", "tel"))

#: Elements a reader never sees the content of.
_UNSEEN = frozenset(("script", "style", "iframe", "noscript", "template", "object", "svg", "math", "textarea", "title"))
_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(_UNSEEN),
    attributes=_ATTRIBUTES,
    url_schemes=set(SCHEMES),
    link_rel=None,
)

#: Deepest nesting of elements that are closed by hand. libxml2 drops what lies below 256, rows and cells included,
#: without a word; and a letter nested so deeply was not meant.
MAX_DEPTH = 30
#: How often an element left open may be opened again in the blocks that follow, in all.
_MAX_REOPENED = 100_000

_RAW_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b", re.IGNORECASE)
#: HTML (§13.1.2) has no name with a hyphen: `<mj-text>` is something the author talks about.
_FOREIGN_TAG = pattern(r"<(?=/?[a-z][a-z0-9]*-)", re.IGNORECASE)
_VOID = "br hr img wbr input meta link col source"
_CLOSED_BY_THE_NEXT = "p li dt dd tr td th thead tbody tfoot option"
_SELF_CLOSING = frozenset(f"{_VOID} {_CLOSED_BY_THE_NEXT}".split())


def sanitise(html: str) -> str:
    """The allowed part of a fragment, well-formed; link targets with another scheme than `SCHEMES` are removed."""
    return _CLEANER.clean(html)


def show_foreign_tags(raw: str) -> str:
    """Raw HTML in which tags that HTML does not know are text: `<mj-text>` is shown as it was typed."""
    return _FOREIGN_TAG.sub("&lt;", raw)


def removed_tags(raw: str) -> Iterator[str]:
    """Names of the elements that `sanitise` takes out of a piece of raw HTML."""
    return (name.lower() for closing, name in _RAW_TAG.findall(raw) if not closing and name.lower() not in TAGS)


def is_too_deep(tokens: Sequence[Token]) -> bool:
    """True when more than `MAX_DEPTH` elements are nested, or raw HTML leaves so many open that the parser would choke.

    An element never closed is opened again in every paragraph after it: a few thousand of them make gigabytes.
    """
    written = raw = reopened = 0
    for token in tokens:
        for piece in (token, *(token.children or ())):
            written += piece.nesting
            reopened += raw if piece.block and piece.nesting == 1 else 0
            for closing, name in _RAW_TAG.findall(piece.content) if piece.type.startswith("html_") else ():
                reopened += 0 if closing else raw
                if name.lower() not in _SELF_CLOSING:
                    raw = max(0, raw - 1) if closing else raw + 1
            if written + raw > MAX_DEPTH:
                return True
    return reopened > _MAX_REOPENED
