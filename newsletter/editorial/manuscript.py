"""The words of one issue on their way to the templates: fields opened, typography set, Markdown rendered on demand."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

from markupsafe import Markup

from newsletter.editorial.copies import ASSET, Copies
from newsletter.editorial.escape import without_controls
from newsletter.editorial.fields import Fields
from newsletter.editorial.images import Gallery
from newsletter.editorial.markdown import Document, first_paragraphs, render_markdown
from newsletter.editorial.memory import remembered
from newsletter.editorial.nonce import STAND_IN, Nonce
from newsletter.editorial.parameters import EXCERPT, Origin, Value
from newsletter.editorial.typography import typeset
from newsletter.errors import ContentError
from newsletter.i18n import _, current_language, speaking
from newsletter.model import Article, Image, Layout, ParameterType, Place
from newsletter.settings import MailingList, Site

#: Merge fields that every reader has, besides the columns that the list declares.
READER_FIELDS = ("first_name", "last_name", "email", "unsubscribe_url", "web_url")
#: Where the highest heading of a text stands unless the template says: `{{ block.text.under(2) }}`.
TOP_HEADING = 3
#: The same of the editor's own letter.
LETTER_HEADING = 2

#: What the token of every text and of every row begins with.
SLOT = f"slot{STAND_IN}"
#: The token of a text: its number, and the rank its highest heading has.
TEXT = re.compile(rf"{SLOT}s(\d{{4,}})h(-?\d+)z")

_PROSE = (ParameterType.TEXT, ParameterType.MARKDOWN)


@dataclass(frozen=True, kw_only=True)
class Imprint:
    """Who publishes, and to whom: what stands around an issue."""

    site: Site
    mailing_list: MailingList
    #: `[parameters]` of newsletter.toml: values of layout parameters for every issue.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Finds a picture by its address as written; None: on the site, not measured.
    picture: Callable[[str], Image] | None = None
    #: Makes the copies of pictures; None: none is made.
    copies: Copies | None = None
    #: True: every picture of the site is copied, not only those of the layout and those that travel in the message.
    copied: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Names that may stand between `{{` and `}}`."""
        return (*READER_FIELDS, *self.mailing_list.fields)

    def find_picture(self, source: str) -> Image:
        """The picture behind an address; raises ContentError for one that no mail may show."""
        gallery = Gallery(self.site, Path("uploads"), measure=lambda _path: None)
        return (self.picture or gallery.resolve)(source)


class Prose:
    """A Markdown text in a template: a slot in MJML, which no article's HTML ever passes, and plain text elsewhere."""

    def __init__(self, source: str, setting: "_Setting", *, number: int, key: str, excerpt: bool) -> None:
        """`number` is its own in the letter; `key` says whose it is, for `documents`."""
        self.source = source
        self.setting = setting
        self.number = number
        self.key = key
        self.excerpt = excerpt
        #: Of its highest heading, where nobody asks for another.
        self.rank = TOP_HEADING
        self._speaker = current_language()

    def __repr__(self) -> str:
        """All that a template can print of it."""
        return f"Prose({self.source!r}, {self.setting!r}, {self.number}, {self.excerpt})"

    @cached_property
    def document(self) -> Document:
        """The text, its headings where they usually stand."""
        return self.headed(self.rank)

    def headed(self, rank: int) -> Document:
        """The text, its highest heading at that rank."""
        with speaking(self._speaker):
            return _render(self.source, self.setting, None if self.excerpt else rank)

    def under(self, level: int) -> Markup:
        """The text below a heading of this level, so that no rank is skipped."""
        return Markup(f"{SLOT}s{self.number:04d}h{level + 1}z")  # noqa: S704 - a token of letters and digits

    @property
    def text(self) -> str:
        return self.document.text

    def __bool__(self) -> bool:
        return bool(self.document.html)

    def __html__(self) -> Markup:
        return self.under(TOP_HEADING - 1)

    def __str__(self) -> str:
        return self.text


class Manuscript:
    """Everything that templates may print, and what was learnt while it was prepared."""

    def __init__(self, imprint: Imprint, *, layout: Layout, sources: Iterable[str]) -> None:
        """`sources` are all texts of the build: tokens are derived from them, so that none contains one."""
        self.imprint = imprint
        self.layout = layout
        self.fields = Fields(language=imprint.site.typography_language)
        self.nonce = Nonce((layout.sha256, *sources))
        #: The Markdown that the templates showed: of an article by its path, of the editor under another key.
        self.documents: dict[str, Document] = {}
        #: Address of each picture as printed → where it is written.
        self.places: dict[str, Place] = {}
        #: By their number, as the tokens say it.
        self._proses: list[Prose] = []

    def line(self, text: str, *, place: Place) -> str:
        """One line of the editor's: fields opened, typography set."""
        return typeset(without_controls(self._open(text, place)), self.imprint.site.typography_language)

    def marks(self, number: int) -> tuple[str, str]:
        """Two tokens that stand around the n-th row of the letter until its bytes are counted."""
        return f"{SLOT}a{number:04d}z", f"{SLOT}e{number:04d}z"

    def text_at(self, slot: re.Match[str]) -> str:
        """The HTML of the text whose token this is; what the letter then shows is in `documents` and `places`."""
        prose = self._proses[int(slot[1])]
        document = prose.headed(int(slot[2]))
        shown = document.reworded(self.nonce.show) if STAND_IN in prose.source else document
        self.documents[prose.key] = shown
        self.places |= {it.url: Place(file=prose.setting.file, line=it.line) for it in shown.images}
        return document.html

    def prose(self, source: str, *, place: Place, key: str) -> Prose:
        """The editor's Markdown, fields opened; it stands under the letter's h1."""
        prose = Prose(self._open(source, place), self._setting(place), number=self.texts, key=key, excerpt=False)
        prose.rank = LETTER_HEADING
        self._proses.append(prose)
        return prose

    def words(self, values: Mapping[str, Value], *, key: str, article: Article | None = None) -> SimpleNamespace:
        """The values as a template sees them, by name; `key` says whose they are, for `documents`."""
        return self.take(self.set(values, key=key, article=article))

    def set(self, values: Mapping[str, Value], *, key: str, article: Article | None = None) -> "Words":
        """The same, not yet taken into the letter: they are its next ones if nothing else is taken before."""
        keys = {name: f"{key}: {name}" for name in values}
        if article:
            keys |= {name: article.path for name, value in values.items() if value.origin is Origin.ARTICLE}
        words = Words(first=self.texts)
        for name, value in values.items():
            setattr(words.values, name, self._word(value, keys[name], words))
        return words

    def take(self, words: "Words") -> SimpleNamespace:
        """The letter shows these words: its next texts are theirs, and it knows where their pictures are written."""
        self._proses += words.proses
        self.places |= words.places
        return words.values

    @property
    def texts(self) -> int:
        """How many there are so far."""
        return len(self._proses)

    def _word(self, value: Value, key: str, words: "Words") -> Any:
        content, kind = value.content, value.parameter.type
        if content in (None, ""):  # a required one is a finding already: templates may count on a text
            return "" if value.parameter.required and kind in _PROSE else content
        if kind in _PROSE and value.origin is Origin.LAYOUT:
            with speaking(self.imprint.site.language):
                content = _(content)
        if kind is ParameterType.MARKDOWN:
            return self._markdown(value, content, key, words)
        if kind is ParameterType.IMAGE:
            return self._picture(content, value, words)
        if not isinstance(content, str) or kind in (ParameterType.CHOICE, ParameterType.COLOUR):
            return content
        content = self._opened(value, content, words)
        if kind is ParameterType.URL:
            return self._resolve(content)
        return typeset(without_controls(content), self.imprint.site.typography_language)

    def _picture(self, picture: str | Image, value: Value, words: "Words") -> Image:
        if isinstance(picture, str):
            picture, words.lasting = self._found(picture, value), False
        words.places[picture.url] = value.place
        return picture

    def _found(self, source: str, value: Value) -> Image:
        if value.origin is Origin.LAYOUT and not re.match(r"/|[a-z]+:", source):  # a file of the layout's folder
            return Image(source=source, url=f"{ASSET}{source}", local=False)
        try:
            return self.imprint.find_picture(source)
        except ContentError as error:
            raise ContentError(error.message, where=value.place, hint=error.hint) from None

    def _markdown(self, value: Value, content: str, key: str, words: "Words") -> Prose:
        excerpt = value.origin is Origin.ARTICLE and value.parameter.article == EXCERPT
        source, number = self._opened(value, content, words), words.first + len(words.proses)
        words.proses.append(Prose(source, self._setting(value.place), number=number, key=key, excerpt=excerpt))
        return words.proses[-1]

    def _opened(self, value: Value, content: str, words: "Words") -> str:
        """Articles are written for the site: braces there mean braces."""
        if value.origin is Origin.ARTICLE or "{{" not in content:
            return content
        words.lasting = False
        return self._open(content, value.place)

    def _open(self, text: str, place: Place) -> str:
        return self.fields.open(text, known=self.imprint.fields, place=place)

    def _setting(self, place: Place) -> "_Setting":
        return _Setting(
            language=self.imprint.site.typography_language,
            first_line=place.line or 1,
            classes=tuple(self.layout.classes.items()),
            file=place.file,
            site_url=self.imprint.site.url,
            token=self.fields.stem,
        )

    def _resolve(self, url: str) -> str:
        return _absolute(url, site_url=self.imprint.site.url, token=self.fields.stem)


@dataclass(kw_only=True)
class Words:
    """The words of one block, set; another build may take them too, if they are lasting."""

    #: The number of its first text in the letter.
    first: int
    values: SimpleNamespace = field(default_factory=SimpleNamespace)
    proses: list[Prose] = field(default_factory=list)
    #: Address of each picture as printed → where it is written.
    places: dict[str, Place] = field(default_factory=dict)
    #: False when they also depend on a picture's file, or on the merge fields that were opened before.
    lasting: bool = True


@dataclass(frozen=True, kw_only=True)
class _Setting:
    """All that the rendering of a Markdown text depends on, besides its words and the rank of its headings."""

    language: str
    first_line: int
    #: Tag and class.
    classes: tuple[tuple[str, str], ...]
    file: str
    site_url: str
    #: What a merge field's token begins with.
    token: str


@remembered(answers=512)
def _render(source: str, setting: _Setting, top_heading: int | None) -> Document:
    """A Markdown text, its highest heading at that rank; without a rank, its first paragraph."""
    shared: dict[str, Any] = {
        "resolve": partial(_absolute, site_url=setting.site_url, token=setting.token),
        "language": setting.language,
        "first_line": setting.first_line,
        "classes": dict(setting.classes),
        "file": setting.file,
    }
    if top_heading is None:
        return first_paragraphs(source, **shared)
    return render_markdown(source, top_heading=top_heading, **shared)


def _absolute(url: str, *, site_url: str, token: str) -> str:
    """The address on the site; a whole one and a merge field are left alone."""
    if token in url or re.match(r"[a-z][a-z0-9+.-]*:|#", url, re.IGNORECASE):
        return url
    return urljoin(f"{site_url}/", url)
