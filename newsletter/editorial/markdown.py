"""Markdown as authors write it → a safe HTML fragment, its plain text, its links, pictures and headings.

One parse. Typography is set on the text tokens, the allow-list is applied to the HTML, and the tree of what is left
is walked once to resolve addresses, place headings and hang classes; HTML and text are both written from that tree.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree
from lxml import html as lxml_html
from lxml.etree import _Element as Element
from markdown_it.token import Token

from newsletter.editorial.escape import without_controls
from newsletter.editorial.parsing import is_running_text, parse, print_html
from newsletter.editorial.plaintext import write_text
from newsletter.editorial.sanitise import LINE, removed_tags, sanitise
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.model import Place


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link, its address resolved."""

    url: str
    text: str
    #: 1-based line of the file.
    line: int


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture in running text, its address resolved."""

    url: str
    #: None when the author said nothing; "" when marked decorative (`<img alt="">`).
    alt: str | None
    line: int


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading, at the level it has in the fragment."""

    #: 1 to 6.
    level: int
    text: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Removed:
    """An element that a letter cannot carry and that was taken out: `script`, `iframe`, an `img` from `data:` …"""

    tag: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Document:
    """A Markdown text, rendered."""

    #: Sanitised and well-formed; holds no class or style but those asked for.
    html: str
    #: The same words in lines of 72 characters, link addresses listed at the end.
    text: str
    links: tuple[Link, ...] = ()
    images: tuple[Picture, ...] = ()
    headings: tuple[Heading, ...] = ()
    removed: tuple[Removed, ...] = ()

    def reworded(self, change: Callable[[str], str]) -> "Document":
        """The document with other words in the same places: tokens, for instance."""
        return replace(
            self,
            html=change(self.html),
            text=change(self.text),
            links=tuple(replace(link, url=change(link.url), text=change(link.text)) for link in self.links),
            images=tuple(
                replace(image, url=change(image.url), alt=None if image.alt is None else change(image.alt))
                for image in self.images
            ),
            headings=tuple(replace(heading, text=change(heading.text)) for heading in self.headings),
        )


def render_markdown(
    source: str,
    *,
    resolve: Callable[[str], str],
    language: str = "fr",
    first_line: int = 1,
    top_heading: int = 2,
    classes: Mapping[str, str] | None = None,
    file: str = "",
) -> Document:
    """Render CommonMark with tables, ~~strikethrough~~ and the HTML a letter can carry.

    `resolve` makes every address absolute. Headings are moved so that the highest is `top_heading`, none below h6.
    `classes` gives the class of each element by tag name; authors cannot set any. `first_line` and `file` say where
    the source stands. Raises ContentError when the source is too long or nested too deeply to be a letter, and
    for an address that `resolve` refuses with a ValueError.
    """
    tokens = parse(source, language=language, place=Place(file=file, line=first_line))
    return _Walk(resolve=resolve, classes=classes or {}, top_heading=top_heading, file=file).document(tokens)


def first_paragraphs(
    source: str,
    *,
    resolve: Callable[[str], str],
    paragraphs: int = 1,
    language: str = "fr",
    first_line: int = 1,
    classes: Mapping[str, str] | None = None,
    file: str = "",
) -> Document:
    """Render only the first paragraphs of running text, for a card that shows how an article begins.

    Headings, lists, pictures, and lines wholly in bold, which stand for headings, are passed over.
    """
    tokens = parse(source, language=language, place=Place(file=file, line=first_line))
    starts = [index for index, token in enumerate(tokens) if is_running_text(token, tokens[index + 1 : index + 2])]
    kept = [token for start in starts[:paragraphs] for token in tokens[start : start + 3]]
    return _Walk(resolve=resolve, classes=classes or {}, top_heading=2, file=file).document(kept)


_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
#: For a link without address or a picture without source: only its words stay.
_EMPTIED = "emptied"
#: A line, a width: a whole number that a person could mean.
_NUMBER = re.compile(r"[0-9]{1,6}")


class _Walk:
    """One walk over the tree of a sanitised fragment."""

    def __init__(
        self, *, resolve: Callable[[str], str], classes: Mapping[str, str], top_heading: int, file: str
    ) -> None:
        self._resolver = resolve
        self._file = file
        self._classes = classes
        self._top_heading = top_heading
        self._line = 1
        self._links: list[Link] = []
        self._images: list[Picture] = []
        self._headings: list[Heading] = []
        self._removed: list[Removed] = []

    def document(self, tokens: Sequence[Token]) -> Document:
        """Render prepared tokens."""
        self._note_removed(tokens)
        fragment = without_controls(sanitise(print_html(tokens)))
        root = lxml_html.fragment_fromstring(fragment, create_parent="div")
        self._move_headings(root)
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                self._visit(element)
            self._line += ((element.text if event == "start" else element.tail) or "").count("\n")
        etree.strip_tags(root, _EMPTIED)
        return Document(
            html=etree.tostring(root, method="html", encoding="unicode")[len("<div>") : -len("</div>")].strip("\n"),
            text=write_text(root),
            links=tuple(self._links),
            images=tuple(self._images),
            headings=tuple(self._headings),
            removed=tuple(self._removed),
        )

    def _note_removed(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            raw = [piece.content for piece in (token, *(token.children or ())) if piece.type.startswith("html_")]
            self._removed += [Removed(tag=tag, line=int(token.meta["line"])) for tag in removed_tags("".join(raw))]

    def _move_headings(self, root: Element) -> None:
        headings = [element for element in root.iter() if element.tag in _HEADINGS]
        shift = self._top_heading - min((int(element.tag[1]) for element in headings), default=0)
        for element in headings:
            element.tag = f"h{min(6, int(element.tag[1]) + shift)}"

    def _visit(self, element: Element) -> None:
        line = str(element.attrib.pop(LINE, ""))
        self._line = int(line) if _NUMBER.fullmatch(line) else self._line
        if element.tag == "a":
            self._visit_link(element)
        elif element.tag == "img":
            self._visit_picture(element)
        elif element.tag in _HEADINGS:
            self._headings.append(Heading(level=int(element.tag[1]), text=_words(element), line=self._line))
        if name := self._classes.get(element.tag):
            element.set("class", name)

    def _visit_link(self, element: Element) -> None:
        if not (address := element.get("href")):
            element.tag = _EMPTIED
            return
        url = self._resolve(address)
        element.set("href", url)
        self._links.append(Link(url=url, text=_words(element), line=self._line))

    def _visit_picture(self, element: Element) -> None:
        if not (address := element.get("src")):
            self._removed.append(Removed(tag="img", line=self._line))
            element.tag, element.text = _EMPTIED, element.get("alt")
            return
        url = self._resolve(address)
        self._images.append(Picture(url=url, alt=element.get("alt"), line=self._line))
        element.set("src", url)
        element.set("alt", element.get("alt", ""))
        for side in ("width", "height"):
            if not _NUMBER.fullmatch(element.get(side, "0")):
                del element.attrib[side]

    def _resolve(self, address: str) -> str:
        try:
            return self._resolver(address)
        except ValueError:
            raise ContentError(
                _("“{address}” is not an address", address=address),
                where=Place(file=self._file, line=self._line) if self._file else None,
                hint=_("write https://…, or a path of the site: /articles/…"),
            ) from None


def _words(element: Element) -> str:
    """What an element says, on one line; a picture says its alternative text."""
    pictures = (picture.get("alt", "") for picture in element.iter("img"))
    return re.sub(r"[ \t\r\n]+", " ", "".join(map(str, element.itertext()))).strip(" ") or " ".join(pictures).strip()
