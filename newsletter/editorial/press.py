"""The printing of one letter: templates filled in, MJML made HTML, words and texts set where their tokens are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from newsletter.editorial.extents import Extent, weigh_rows
from newsletter.editorial.inline import inline_css, inline_fragment
from newsletter.editorial.letter import Letter
from newsletter.editorial.lifting import lift_words
from newsletter.editorial.manuscript import SLOT, TEXT, Manuscript
from newsletter.editorial.memory import Shelf, remembered
from newsletter.editorial.mjml import mjml_to_html
from newsletter.editorial.pieces import Piece
from newsletter.editorial.templates import Templates
from newsletter.errors import LayoutError
from newsletter.i18n import _
from newsletter.model import Place

#: The body of a row.
_BODY = re.compile(rf"{SLOT}b(\d{{4,}})z")
#: A text, words of the page, or the mark of a row.
_TOKEN = re.compile(rf"({SLOT}[swae][\w-]+?z)")

#: Templates filled in: of an issue with fifty articles some hundred and twenty, most of them a block's.
_FILLED: Shelf[str] = Shelf(answers=512)


class Press:
    """Fills in the templates of one issue, for the HTML and for the text."""

    def __init__(
        self,
        manuscript: Manuscript,
        *,
        context: Mapping[str, Any],
        rows: Sequence[Sequence[Piece]],
        traced: bool = False,
    ) -> None:
        """`traced` marks what comes from which line of which template: made to be looked at, never remembered."""
        layout = manuscript.layout
        self.manuscript = manuscript
        self.context = context
        self.rows = rows
        self.traced = traced
        self.language = manuscript.imprint.site.language
        self.templates = Templates(layout, traced=traced)
        #: What blocks may print besides their own words; the letter is the page's, so a word in it sets no block anew.
        self.shared = {name: value for name, value in context.items() if name != "letter"}
        known = repr((layout.folder, layout.kit, layout.sha256, self.shared))
        self.known = sha256(known.encode()).hexdigest()

    def html(self) -> tuple[str, Mapping[int, Extent]]:
        """The finished HTML, and where each block is in it, by its number."""
        theme = self._fill("text.css", {})
        shell, words = self._shell()

        def set_in(token: str) -> str:
            if token in words:
                return words[token]
            slot = TEXT.fullmatch(token)
            # no text of an article ever passes through mrml
            return inline_fragment(self.manuscript.text_at(slot), theme) if slot else token

        parts = list(shell)
        parts[1::2] = map(set_in, shell[1::2])
        html, extents = weigh_rows(parts, self.rows)
        if left := html.find(SLOT) + 1:
            raise self._misprinted(html[left - 1 :])
        return html, extents

    def _shell(self) -> tuple[Sequence[str], Mapping[str, str]]:
        """The letter without its words and texts, finished, cut at the tokens where they go; and the words."""
        bodies = self._bodies(".mjml")
        page, words = lift_words(self._page(bodies), part="page")
        lifted = [lift_words(body, part=f"{number:04d}") for number, body in enumerate(bodies)]
        try:
            shell = _finished(_with_bodies(page, [body for body, _words in lifted]))
        except LayoutError:  # said again, with the place
            return _cut(inline_css(mjml_to_html(self.mjml(), where=self._where))), {}
        return shell, dict(chain(words.items(), *(more.items() for _body, more in lifted)))

    def mjml(self) -> str:
        """The letter in MJML, its texts still slots."""
        bodies = self._bodies(".mjml")
        return _with_bodies(self._page(bodies), bodies)

    def _page(self, bodies: Sequence[str]) -> str:
        """The page around the rows, with tokens for their bodies."""
        letter = Letter(self.context["letter"])

        def print_page() -> str:
            more = {"rows": list(self._html_rows(bodies)), "letter": letter}
            return self.templates.render("layout.mjml", {**self.shared, **more}, language=self.language)

        # the kinds of the blocks in each row say all that a row may print
        rows = [(*(piece.block.kind for piece in row), bool(body)) for row, body in zip(self.rows, bodies, strict=True)]
        return print_page() if self.traced else letter.page(f"{self.known} {rows}", print_page)

    def text(self) -> str:
        """The finished text part."""
        bodies = self._bodies(".txt")
        rows = [
            SimpleNamespace(kind=row[0].block.kind, body=_body(number) if bodies[number] else "")
            for number, row in enumerate(self.rows)
        ]
        page = self._fill("layout.txt", {"rows": rows, "letter": self.context["letter"]})
        return _tidy(_with_bodies(page, bodies))

    def _where(self, line: int) -> Place:
        """The template's file and line behind a line of the MJML: found by printing it again, every line marked."""
        traced = Press(self.manuscript, context=self.context, rows=self.rows, traced=True)
        return traced.templates.origin(traced.mjml(), line)

    def _fill(self, name: str, more: Mapping[str, Any], *, key: str = "") -> str:
        """A template filled in, remembered by all that it may print: `key` says it of `more`, else its own words do."""

        def fill() -> str:
            return self.templates.render(name, {**self.shared, **more}, language=self.language)

        return fill() if self.traced else _FILLED.recall(f"{self.known} {name} {key or repr(more)}", fill)

    def _bodies(self, suffix: str) -> list[str]:
        """What each row's blocks print."""
        between = "\n" if suffix == ".mjml" else "\n\n"
        return [between.join(self._printed(piece, suffix) for piece in row) for row in self.rows]

    def _printed(self, piece: Piece, suffix: str) -> str:
        more = {"block": piece.words, "before": piece.before}
        return self._fill(f"blocks/{piece.block.kind}{suffix}", more, key=piece.key).strip("\n")

    def _html_rows(self, bodies: Sequence[str]) -> Iterator[SimpleNamespace]:
        """Each row with a token for its body, and one before and after it, between which its bytes are counted."""
        for number, row in enumerate(self.rows):
            start, end = self.manuscript.marks(number)
            yield SimpleNamespace(
                kind=row[0].block.kind,
                columns=row[0].columns,
                together=row[0].together,
                before=row[0].before,
                body=_token(_body(number) if bodies[number] else ""),
                start=_token(f"<mj-raw>{start}</mj-raw>"),
                end=_token(f"<mj-raw>{end}</mj-raw>"),
            )

    def _misprinted(self, rest: str) -> LayoutError:
        """A token of a row that has no fellow, or is there twice; `rest` begins with it."""
        printed = "end" if rest.startswith(f"{SLOT}e") else "start"
        return LayoutError(
            _("a mark of the renderer is left in the letter"),
            where=self.templates.printing(printed) or self.templates.place("layout.mjml", 1),
            hint=_("print the start and the end of each row once, one after the other"),
        )


@remembered(answers=32)
def _finished(mjml: str) -> tuple[str, ...]:
    return _cut(inline_css(mjml_to_html(mjml)))


def _cut(html: str) -> tuple[str, ...]:
    """The HTML, and the tokens in it: every second part is one."""
    return tuple(_TOKEN.split(html))


def _token(markup: str) -> Markup:
    """What the renderer itself prints: letters and digits, as they are."""
    return Markup(markup)  # noqa: S704 - no word of anybody's


def _body(number: int) -> str:
    """The token of a row's body in the page: whatever the blocks say, the page around them stays the same."""
    return f"{SLOT}b{number:04d}z"


def _with_bodies(page: str, bodies: Sequence[str]) -> str:
    return _BODY.sub(lambda token: bodies[int(token[1])], page)


def _tidy(text: str) -> str:
    """No blanks at the end of a line, no two empty lines together, one line end at the end."""
    if " \n" in text or "\t\n" in text or text.endswith((" ", "\t")):
        text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    paragraphs = (paragraph.strip("\n") for paragraph in text.split("\n\n"))
    return "\n\n".join(filter(None, paragraphs)) + "\n"
