"""A mail as one hears it: what a screen reader says, in order, and every link and picture on the way."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import lxml.html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from newsletter.web.studio.marks import Mark, mark
from newsletter.web.studio.project import PlacedBlock

#: Read as one: what stands in such an element is said in one breath.
_BLOCKS = frozenset(
    [
        "address",
        "blockquote",
        "body",
        "div",
        "dd",
        "dl",
        "dt",
        "figcaption",
        "footer",
        "header",
        "li",
        "main",
        "p",
        "section",
        "td",
        "th",
        "tr",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SILENT = frozenset(["head", "script", "style", "template", "title", "noscript"])
_BLOCK = "data-nl-number"
#: What HTML takes for one space; hard spaces are words.
_BLANKS = re.compile(r"[ \t\r\n\f]+")
#: Takes no room and is not heard.
_NOTHING = str.maketrans("", "", "\u200c\u034f")


@dataclass(frozen=True)
class Part:
    """Words said on end."""

    #: `text`, `link` or `picture`.
    kind: str
    #: "" for a link or a picture that says nothing. A text keeps the space that sets it apart from its neighbour.
    words: str


@dataclass
class Utterance:
    """What is said in one breath."""

    #: `text`, `heading`, `list` (`count` items follow), `item` or `table`.
    role: str = "text"
    level: int = 0
    count: int = 0
    parts: list[Part] = field(default_factory=list)

    def say(self, words: str) -> None:
        """Go on with a text, set apart from what was said before as the mail sets it apart."""
        words = _BLANKS.sub(" ", words.translate(_NOTHING))
        if self.parts and self.parts[-1].kind == "text":
            before = self.parts.pop().words
            words = before + (words.lstrip() if before.endswith(" ") else words)
        elif not self.parts:
            words = words.lstrip()
        if words:
            self.parts.append(Part("text", words))

    def end(self) -> None:
        """Nothing follows: no space either."""
        if self.parts and self.parts[-1].kind == "text":
            words = self.parts.pop().words.rstrip()
            self.parts += [Part("text", words)] if words else []


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link of the mail."""

    words: str
    target: str
    #: 0-based number of the block in the issue; None in the layout's own parts.
    block: int | None


@dataclass(frozen=True)
class Picture:
    """One picture of the mail."""

    address: str
    #: None when the author said nothing; "" when it is an ornament.
    alt: str | None
    #: Pixels, as the HTML says; "" when it does not.
    width: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All of a mail, in order."""

    utterances: Sequence[Utterance]
    links: Sequence[Link]
    pictures: Sequence[Picture]


def read_mail(html: str, blocks: Sequence[PlacedBlock] = ()) -> Reading:
    """Read a mail's HTML; what is hidden from everybody, or from screen readers, is not said."""
    marks = [Mark(block.start, block.end, "read", f'{_BLOCK}="{block.number}"') for block in _rows(blocks)]
    try:
        body = lxml.html.document_fromstring(mark(html, marks)).find("body")
    except ParserError:  # nothing at all
        body = None
    voice = _Voice()
    if body is not None:
        voice.read(body)
    for said in voice.said:
        said.end()
    utterances = [said for said in voice.said if said.parts or said.role in ("list", "table")]
    return Reading(utterances=utterances, links=voice.links, pictures=voice.pictures)


def _rows(blocks: Sequence[PlacedBlock]) -> Iterator[PlacedBlock]:
    """The first block of every row."""
    return iter({block.start: block for block in reversed(blocks)}.values())


class _Voice:
    """Walks through a mail once."""

    def __init__(self) -> None:
        self.said = [Utterance()]
        self.links: list[Link] = []
        self.pictures: list[Picture] = []
        self.block: int | None = None

    def read(self, element: HtmlElement) -> None:
        """An element and all it holds, then what follows it."""
        if isinstance(element.tag, str) and element.tag not in _SILENT and not _is_hidden(element):
            before, self.block = self.block, int(element.get(_BLOCK, -1)) if _BLOCK in element.attrib else self.block
            if element.tag == "img":
                self._picture(element)
            elif element.tag == "a" and element.get("href") is not None:
                self._link(element)
            else:
                self._open(element)
            self.block = before
        self.said[-1].say(element.tail or "")

    def _open(self, element: HtmlElement) -> None:
        breath = _breath(element)
        if breath:
            self.said.append(breath)
        self.said[-1].say(element.text or "")
        for child in element:
            self.read(child)
        if breath or element.tag == "br":
            self.said.append(Utterance())

    def _picture(self, element: HtmlElement) -> None:
        alt = element.get("alt")
        self.pictures.append(Picture(element.get("src", ""), alt, element.get("width", "")))
        if alt != "":
            self.said[-1].parts.append(Part("picture", (alt or "").strip()))

    def _link(self, element: HtmlElement) -> None:
        inner = _Voice()
        inner.block = self.block
        inner.said[-1].say(element.text or "")
        for child in element:
            inner.read(child)
        self.pictures += inner.pictures
        heard = " ".join(part.words for said in inner.said for part in said.parts if part.words)
        words = " ".join((element.get("aria-label") or heard).split())
        self.links.append(Link(words=words, target=element.get("href", ""), block=self.block))
        self.said[-1].parts.append(Part("link", words))


def _breath(element: HtmlElement) -> Utterance | None:
    """The utterance that an element begins; None for one inside a line."""
    tag = element.tag
    if tag in _HEADINGS:
        return Utterance("heading", level=_HEADINGS[tag])
    if tag in ("ul", "ol"):
        return Utterance("list", count=len(element.findall("li")))
    if tag == "table" and element.get("role") not in ("presentation", "none"):
        return Utterance("table")
    if tag == "li":
        return Utterance("item")
    return Utterance() if tag in _BLOCKS or tag == "table" else None


def _is_hidden(element: HtmlElement) -> bool:
    style = element.get("style", "").replace(" ", "").lower()
    hidden = "hidden" in element.attrib or element.get("aria-hidden") == "true"
    return hidden or "display:none" in style or "visibility:hidden" in style
