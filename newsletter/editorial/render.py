"""Issue + layout → one RenderedMail: values, templates, MJML, inlining, in that order. No clock, no network."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from newsletter.editorial.copies import Illustrated, Illustrator
from newsletter.editorial.extents import Extent, weigh_rows
from newsletter.editorial.inline import inline_css, inline_fragment
from newsletter.editorial.lifting import lift_words, set_words
from newsletter.editorial.manuscript import SLOT, Imprint, Manuscript
from newsletter.editorial.markdown import Document
from newsletter.editorial.memory import Shelf, remembered
from newsletter.editorial.mjml import mjml_to_html
from newsletter.editorial.parameters import Levels, resolve, unknown_parameters
from newsletter.editorial.pieces import Piece, make_pieces, make_rows
from newsletter.editorial.templates import Templates
from newsletter.editorial.variants import prove_variant
from newsletter.errors import LayoutError
from newsletter.i18n import _
from newsletter.model import Article, Finding, Issue, Layout, Place, RenderedMail

__all__ = ["Imprint", "RenderedBlock", "Rendering", "render_issue"]


@dataclass(frozen=True, kw_only=True)
class RenderedBlock:
    """A block of the issue, as it came out."""

    #: 0-based position in the issue.
    number: int
    kind: str
    #: Path under the articles folder.
    article: str | None
    #: What it adds to the HTML; blocks that share a row share its bytes equally.
    html_bytes: int
    #: How many `<` stand before it in the HTML, and up to its end. Neither a reader's values nor the addresses of
    #: pictures hold one, so they say where the block is in every reader's copy. Blocks that share a row say the same.
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """A rendered mail, and what the checks and the studio want to know of it."""

    mail: RenderedMail
    #: Those the issue shows, by path under the articles folder.
    articles: Mapping[str, Article]
    #: The Markdown that the mail shows: of an article by its path, of the editor under any other key.
    documents: Mapping[str, Document]
    #: Those that the variant holds, in order.
    blocks: tuple[RenderedBlock, ...]
    #: Unknown, missing and ill-typed parameters.
    findings: tuple[Finding, ...]
    #: Where its pictures went.
    illustrated: Illustrated


def render_issue(
    issue: Issue, *, layout: Layout, articles: Mapping[str, Article], imprint: Imprint, variant: str | None = None
) -> Rendering:
    """Render one variant (`members` or `all`; by default that of the list) once, for all its readers.

    The same sources give the same bytes. Raises ContentError when the issue names a block or an article that does not
    exist, or a merge field nobody knows, and when the letter to everybody would say what is for members; LayoutError,
    with file and line, when a template is wrong.
    """
    variant = variant or imprint.mailing_list.audience
    manuscript = Manuscript(imprint, layout=layout, sources=_sources(issue, articles, imprint))
    values, findings = resolve(layout.parameters, Levels(issue=issue, place=issue.place(), settings=imprint.parameters))
    pieces = list(make_pieces(issue, manuscript=manuscript, articles=articles, variant=variant))
    press = _Press(manuscript, context=_context(issue, manuscript, values), rows=make_rows(pieces))
    html, extents = press.html()
    mail = press.mail(html, press.text(), issue=issue.id, variant=variant)
    prove_variant(mail, issue=issue, articles=articles, shown={piece.number for piece in pieces})
    illustrated = _illustrated(mail.html, manuscript)
    return Rendering(
        mail=_with_pictures(mail, illustrated),
        articles=articles,
        documents=manuscript.documents,
        blocks=tuple(_rendered(piece, extents[piece.number]) for piece in pieces),
        findings=(*unknown_parameters(issue, layout), *findings, *(it for piece in pieces for it in piece.findings)),
        illustrated=illustrated,
    )


#: Templates filled in: of an issue with fifty articles some hundred and twenty, most of them a block's.
_FILLED: Shelf[str] = Shelf(answers=512)


class _Press:
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
        shell, theme = self._shell(), self._fill("text.css", {})
        # no text of an article ever passes through mrml
        html, extents = weigh_rows(self.manuscript.filled(shell, lambda text: inline_fragment(text, theme)), self.rows)
        if left := html.find(SLOT) + 1:
            raise self._misprinted(html[left - 1 :])
        return html, extents

    def _shell(self) -> str:
        """The letter without its texts, finished but for the slots where they go."""
        mjml = self.mjml()
        page, words = lift_words(mjml)
        try:
            return set_words(_finished(page), words)
        except LayoutError:  # said again, with the place
            return inline_css(mjml_to_html(mjml, where=self._where))

    def mjml(self) -> str:
        """The letter in MJML, its texts still slots."""
        return self._fill("layout.mjml", {"rows": list(self._html_rows()), "letter": self.context["letter"]})

    def text(self) -> str:
        """The finished text part."""
        rows = [
            SimpleNamespace(kind=row[0].block.kind, body="\n\n".join(self._filled(row, ".txt"))) for row in self.rows
        ]
        return _tidy(self._fill("layout.txt", {"rows": rows, "letter": self.context["letter"]}))

    def mail(self, html: str, text: str, *, issue: str, variant: str) -> RenderedMail:
        """Everything a mailing needs, and its digest."""
        show = self.manuscript.nonce.show
        said = (self.context["subject"], self.context["preheader"], html, text)
        fields = (replace(field, token=show(field.token)) for field in self.manuscript.fields.used(*said))
        subject, preheader, html, text = map(show, said)
        mail = RenderedMail(
            issue=issue,
            variant=variant,
            language=self.language,
            subject=subject,
            preheader=preheader,
            html=html,
            text=text,
            fields=tuple(fields),
            sha256="",
        )
        return replace(mail, sha256=_digest(mail))

    def _where(self, line: int) -> Place:
        """The template's file and line behind a line of the MJML: found by printing it again, every line marked."""
        traced = _Press(self.manuscript, context=self.context, rows=self.rows, traced=True)
        return traced.templates.origin(traced.mjml(), line)

    def _fill(self, name: str, more: Mapping[str, Any]) -> str:
        """A template filled in, remembered by all that it may print."""

        def fill() -> str:
            return self.templates.render(name, {**self.shared, **more}, language=self.language)

        return fill() if self.traced else _FILLED.recall(f"{self.known} {name} {more!r}", fill)

    def _filled(self, row: Sequence[Piece], suffix: str) -> Iterator[str]:
        for piece in row:
            more = {"block": piece.words, "before": piece.before}
            yield self._fill(f"blocks/{piece.block.kind}{suffix}", more).strip("\n")

    def _html_rows(self) -> Iterator[SimpleNamespace]:
        """Each row with a token before and after it, between which its bytes are counted."""
        for number, row in enumerate(self.rows):
            start, end = self.manuscript.marks(number)
            yield SimpleNamespace(
                kind=row[0].block.kind,
                columns=row[0].columns,
                together=row[0].together,
                before=row[0].before,
                body=Markup("\n".join(self._filled(row, ".mjml"))),  # noqa: S704 - the templates escaped it
                start=Markup(f"<mj-raw>{start}</mj-raw>"),  # noqa: S704 - letters and digits
                end=Markup(f"<mj-raw>{end}</mj-raw>"),  # noqa: S704 - letters and digits
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
def _finished(mjml: str) -> str:
    return inline_css(mjml_to_html(mjml))


def _context(issue: Issue, manuscript: Manuscript, values: Mapping[str, Any]) -> dict[str, Any]:
    """What every template of the layout may print."""
    imprint, layout = manuscript.imprint, manuscript.layout
    words = manuscript.words(values, key="issue")
    words.date = issue.date
    body = Place(file=issue.file, line=issue.body_line)
    return {
        "language": imprint.site.language,
        "subject": manuscript.line(issue.subject, place=issue.place("subject")),
        "preheader": manuscript.line(issue.preheader, place=issue.place("preheader")),
        "issue": words,
        "letter": manuscript.prose(issue.body, place=body, key="issue"),
        "site": imprint.site,
        "reply_to": imprint.mailing_list.reply_address,
        "list": imprint.mailing_list,
        "colours": layout.colours,
        "fonts": layout.fonts,
        "width": layout.width,
        "unsubscribe_url": manuscript.fields.token("unsubscribe_url"),
        "web_url": manuscript.fields.token("web_url"),
    }


def _illustrated(html: str, manuscript: Manuscript) -> Illustrated:
    """The pictures where readers find them. After the proof of the variant, which reads the addresses as written."""
    imprint, layout = manuscript.imprint, manuscript.layout
    if imprint.copies is None:
        return Illustrated(html=html)
    folders = tuple(Path(folder) for folder in (layout.folder, layout.kit) if folder)
    return Illustrator(imprint.copies, folders=folders, slot=layout.width, everything=imprint.copied).illustrate(
        html, manuscript.places
    )


def _with_pictures(mail: RenderedMail, illustrated: Illustrated) -> RenderedMail:
    if illustrated.html == mail.html:
        return mail
    changed = replace(mail, html=illustrated.html, pictures=illustrated.pictures)
    return replace(changed, sha256=_digest(changed))


def _sources(issue: Issue, articles: Mapping[str, Article], imprint: Imprint) -> tuple[str, ...]:
    """Every text a token must differ from."""
    paths = sorted({block.article for block in issue.blocks if block.article})
    shown = (articles[path].digest for path in paths if path in articles)
    return (*map(repr, (issue, imprint.site, imprint.mailing_list, imprint.parameters)), *shown)


def _rendered(piece: Piece, extent: Extent) -> RenderedBlock:
    block = piece.block
    return RenderedBlock(number=piece.number, kind=block.kind, article=block.article, **extent._asdict())


def _tidy(text: str) -> str:
    """No blanks at the end of a line, no two empty lines together, one line end at the end."""
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _digest(mail: RenderedMail) -> str:
    """Hex SHA-256 over what a reader gets: each part after its length, then the fields."""
    whole = sha256()
    fields = (part for field in mail.fields for part in (field.token, field.name, field.fallback, field.prefix))
    for part in (mail.subject, mail.preheader, mail.html, mail.text, *fields):
        content = part.encode()
        whole.update(b"%d:" % len(content) + content)
    for picture in mail.pictures:  # the id holds the content's digest
        whole.update(f"cid:{picture.cid} {picture.type} {picture.name}\n".encode())
    return whole.hexdigest()
