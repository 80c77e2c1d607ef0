"""What the checks look at: one issue, what it became, and what is known around it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.editorial.copies import Shown
from newsletter.editorial.memory import remembered
from newsletter.model import Article, Finding, Image, Issue, Place, RenderedMail
from newsletter.settings import Site

if TYPE_CHECKING:
    from newsletter.editorial.markdown import Document

_TAG = re.compile(r"<(?P<name>a|img)\b(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.I)
_ATTRIBUTE = re.compile(r"([\w:-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_END_OF_LINK = re.compile(r"</a\s*>", re.I)
#: What mrml writes between the sections and the columns of a letter.
_CONDITION = "<!--[if mso | IE]>"
_ANY_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Tag:
    """A link or a picture of the finished HTML."""

    #: `a` or `img`.
    name: str
    #: Lower-case name → value, entities resolved.
    attributes: Mapping[str, str]
    #: The words of a link, or its `aria-label`, spaces collapsed.
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """One issue under the lamp. Everything is given: a check opens no file, no socket, and knows no clock."""

    issue: Issue
    mail: RenderedMail
    #: Those the issue shows, by path under the articles folder.
    articles: Mapping[str, Article] = field(default_factory=dict)
    #: The parsed Markdown that the mail shows: of an article by its path, of the editor under any other key.
    documents: Mapping[str, "Document"] = field(default_factory=dict)
    #: Pictures of those documents by the address the document gives them, and of blocks as written there; measured.
    pictures: Mapping[str, Image] = field(default_factory=dict)
    site: Site = field(default_factory=Site)
    #: Reads the public address of every article of the site, so that a link to a missing one is known without the
    #: network: thousands of files, for a link to the site that leads to no article of the issue.
    site_urls: Callable[[], Iterable[str]] = tuple
    other_issues: Sequence[Issue] = ()
    #: What the renderer remarked: unknown or missing parameters.
    findings: Sequence[Finding] = ()
    #: Copies of pictures that the mail shows.
    copies: Sequence[Shown] = ()

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """Links and pictures of the finished HTML, in order."""
        return tuple(tag for part in _parts(self.mail.html) for tag in _read_tags(part))

    @cached_property
    def shown_in(self) -> Mapping[str, Sequence[Issue]]:
        """Path of an article → the other issues that show it."""
        found: dict[str, list[Issue]] = {}
        for issue in self.other_issues:
            for path in dict.fromkeys(block.article for block in issue.blocks if block.article):
                found.setdefault(path, []).append(issue)
        return found

    @cached_property
    def tokens(self) -> Mapping[str, str]:
        """Token of a merge field → what is written for a reader without a value."""
        return {found.token: found.prefix + found.fallback for found in self.mail.fields}

    def holds_token(self, text: str) -> bool:
        """True for a text that a merge field stands in."""
        return any(map(text.__contains__, self.tokens))

    @cached_property
    def own_paths(self) -> frozenset[str]:
        """Where the articles of the issue are, beneath the site's name."""
        return frozenset(address_path(article.url) for article in self.articles.values())

    @cached_property
    def site_paths(self) -> frozenset[str]:
        """Where the articles of the site are, beneath its name."""
        return frozenset(map(address_path, self.site_urls()))

    @cached_property
    def settled_html(self) -> str:
        """The HTML of a reader without values."""
        return self.settled(self.mail.html)

    @cached_property
    def settled_bytes(self) -> bytes:
        """The same as it travels, UTF-8: what is looked for in it is found at once."""
        return self.settled_html.encode("utf-8", "surrogatepass")

    def settled(self, text: str) -> str:
        """The text with every declared merge field at its fallback."""
        for token, fallback in self.tokens.items():
            text = text.replace(token, fallback)
        return text

    def block_of(self, path: str) -> int | None:
        """0-based position of the first block that shows this article."""
        return self._first_blocks.get(path)

    @cached_property
    def _first_blocks(self) -> Mapping[str | None, int]:
        return {block.article: number for number, block in reversed(list(enumerate(self.issue.blocks)))}

    def place_in(self, key: str, line: int | None) -> Place:
        """Where a line of a document stands: in its article, or in the issue."""
        article = self.articles.get(key)
        return Place(file=article.file if article else self.issue.file, line=line)


def address_path(url: str) -> str:
    """The path of an address, as one compares it."""
    return urlsplit(url).path.rstrip("/")


def _parts(html: str) -> Iterator[str]:
    """The HTML, cut before the conditional comments that stand in no link: between the sections of a letter."""
    part, is_open = "", 0
    for piece in html.split(_CONDITION):
        part = f"{part}{_CONDITION}{piece}" if part else piece
        is_open += _links_left_open(piece)
        if not is_open:
            yield part
            part = ""
    if part:
        yield part


@remembered(answers=1024)
def _links_left_open(html: str) -> int:
    """How many more links begin than end."""
    return html.count("<a ") - html.count("</a>")


@remembered(answers=1024)
def _read_tags(html: str) -> tuple[Tag, ...]:
    return tuple(_read_tag(match, html) for match in _TAG.finditer(html))


def _read_tag(match: re.Match[str], html: str) -> Tag:
    name = match["name"].lower()
    attributes = _attributes(match["attributes"])
    return Tag(name, attributes, _words(match, html, attributes) if name == "a" else "")


def _attributes(written: str) -> Mapping[str, str]:
    return {
        attribute[0].lower(): unescape(next(filter(None, attribute[1:]), ""))
        for attribute in _ATTRIBUTE.findall(written)
    }


def _words(match: re.Match[str], html: str, attributes: Mapping[str, str]) -> str:
    end = _END_OF_LINK.search(html, match.end())
    inner = html[match.end() : end.start() if end else match.end()]
    return " ".join((attributes.get("aria-label") or unescape(_ANY_TAG.sub(" ", inner))).split())
