"""The plain-text part of a letter: what the HTML says, in lines of 72 characters, for people who prefer to read.

It is written from the same tree as the HTML, so the two parts of a message cannot disagree.
"""

import re
import textwrap
from collections.abc import Iterator

from lxml.etree import _Element as Element

#: Characters in a line (RFC 3676 §4.2 asks for 78 at most).
WIDTH = 72

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ROOMS = "p div blockquote ul ol li dl dt dd figure figcaption table caption tr pre hr"
_BLOCKS = frozenset((*_HEADINGS, *_ROOMS.split()))
#: Stands for `<br>` in a run of text: no control character comes from a source.
_BREAK = "\v"

_Paragraph = list[str]


def wrap(text: str, *, width: int = WIDTH, first: str | None = None, indent: str = "") -> str:
    """The text in lines of at most `width` characters, `indent` before each, `first` before the first one.

    Line ends of the text are kept. Words, addresses of any length and hard spaces (U+00A0, U+202F) are not broken.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        margin = indent if first is None or lines else first
        lines += textwrap.wrap(
            line,
            width,
            initial_indent=margin,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [margin.rstrip()]
    return "\n".join(lines)


def underline(title: str, *, sign: str = "-", width: int = WIDTH) -> str:
    """A heading over a rule as long as its longest line."""
    lines = wrap(title, width=width).split("\n")
    return "\n".join([*lines, sign * min(width, max(map(len, lines)))])


def write_text(root: Element, *, width: int = WIDTH) -> str:
    """A fragment's tree as plain text, the addresses of its links listed at the end; no final line end."""
    return _Writer().write(root, width)


class _Writer:
    def __init__(self) -> None:
        #: Address → number, once per distinct address, in the order of appearance.
        self._links: dict[str, int] = {}

    def write(self, root: Element, width: int) -> str:
        paragraphs = ["\n".join(lines) for lines in self._flow(root, width)]
        if self._links:
            paragraphs.append("\n".join(f"[{number}] {url}" for url, number in self._links.items()))
        return "\n\n".join(paragraphs)

    def _flow(self, element: Element, width: int) -> list[_Paragraph]:
        """What an element holds: blocks, and runs of text between them."""
        paragraphs: list[_Paragraph] = []
        run = [element.text or ""]
        for child in element:
            if child.tag in _BLOCKS:
                paragraphs += _wrapped("".join(run), width)
                paragraphs += self._block(child, width)
                run = []
            else:
                run.append(self._inline(child))
            run.append(child.tail or "")
        return paragraphs + _wrapped("".join(run), width)

    def _block(self, element: Element, width: int) -> list[_Paragraph]:
        tag = element.tag
        if tag in ("ul", "ol"):
            return self._list(element, width)
        if tag == "table":
            return self._table(element, width)
        if tag == "blockquote":
            return [[f"> {line}" for line in lines] for lines in self._flow(element, _narrowed(width, 2))]
        if tag == "pre":
            return [[f"    {line}" for line in self._inside(element).strip("\n").split("\n")]]
        if tag == "hr":
            return [["* * *"]]
        if tag in _HEADINGS:
            title = _collapsed(self._inside(element))
            return [underline(title, width=width).split("\n")] if title else []
        return self._flow(element, width)

    def _list(self, element: Element, width: int) -> list[_Paragraph]:
        """Items hang on their marker; they stand close unless one of them holds paragraphs."""
        if _has_strays(element):
            return self._flow(element, width)
        items = [self._item(item, marker, width) for item, marker in _marked(element)]
        if element.find(".//li/p") is not None:
            return [lines for item in items for lines in item]
        return [[line for item in items for lines in item for line in lines]] if items else []

    def _item(self, element: Element, marker: str, width: int) -> list[_Paragraph]:
        paragraphs = self._flow(element, _narrowed(width, len(marker))) or [[""]]
        indent = " " * len(marker)
        margins = iter([marker])
        return [[f"{next(margins, indent)}{line}".rstrip() for line in lines] for lines in paragraphs]

    def _table(self, element: Element, width: int) -> list[_Paragraph]:
        """A row is a line, its cells apart by ` | `."""
        captions = [lines for caption in element.iterchildren("caption") for lines in self._flow(caption, width)]
        rows: _Paragraph = []
        for row in (*element.iterfind("tr"), *element.iterfind("*/tr")):
            cells = [_collapsed(self._inside(cell)) for cell in row if cell.tag in ("td", "th")]
            rows += wrap(" | ".join(cells), width=width, first="", indent="  ").split("\n")
        return [*captions, rows] if rows else captions

    def _inside(self, element: Element) -> str:
        """An element's content as one run of text."""
        return "".join(self._pieces(element))

    def _pieces(self, element: Element) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            yield self._inline(child)
            yield child.tail or ""

    def _inline(self, element: Element) -> str:
        if element.tag == "br":
            return _BREAK
        if element.tag == "img":
            alt = element.get("alt")
            return f"[{alt}]" if alt else ""
        inside = self._inside(element)
        if element.tag == "a":
            return self._linked(inside, element.get("href", ""))
        return f"{_BREAK}{inside}{_BREAK}" if element.tag in _BLOCKS else inside

    def _linked(self, words: str, url: str) -> str:
        """The words of a link with the number of its address, unless they say it already."""
        shown = _collapsed(words)
        scheme, _colon, rest = url.partition(":")
        if scheme in ("mailto", "tel"):
            address = rest.split("?")[0]
            return words if not address or address in shown else f"{words} ({address})"
        if not url or _says(shown, url):
            return words
        number = self._links.setdefault(url, len(self._links) + 1)
        return f"{words} [{number}]" if shown else f"[{number}]"


def _says(shown: str, url: str) -> bool:
    """True when the words are the address, as a mail program recognises one."""
    bare = url.partition("://")[2].rstrip("/")
    return shown.startswith(("http", "www.")) and shown.rpartition("://")[2].rstrip("/") == bare


def _marked(element: Element) -> Iterator[tuple[Element, str]]:
    """The items of a list, each with its marker."""
    start = element.get("start", "")
    number = int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1
    for position, item in enumerate(element, start=number):
        yield item, "- " if element.tag == "ul" else f"{position}. "


def _has_strays(element: Element) -> bool:
    """True when a list holds something besides items, as hand-written HTML may."""
    between = [element.text, *(item.tail for item in element)]
    return any(item.tag != "li" for item in element) or any(text and text.strip() for text in between)


def _narrowed(width: int, margin: int) -> int:
    """What a margin leaves, but never less than a few words."""
    return max(width - margin, WIDTH // 3)


def _wrapped(run: str, width: int) -> list[_Paragraph]:
    """A run of text as one paragraph, or none when it says nothing."""
    text = "\n".join(_collapsed(line) for line in run.split(_BREAK)).strip("\n")
    return [wrap(text, width=width).split("\n")] if text else []


def _collapsed(text: str) -> str:
    """On one line, blanks run together; hard spaces stay."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", text).strip(" ")
