"""Issue + layout → one RenderedMail: values, templates, MJML, inlining, in that order. No clock, no network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from newsletter.editorial.copies import ASSET, INLINE, Illustrated, Illustrator
from newsletter.editorial.extents import Extent
from newsletter.editorial.manuscript import Imprint, Manuscript
from newsletter.editorial.markdown import Document
from newsletter.editorial.parameters import Levels, resolve, unknown_parameters
from newsletter.editorial.pieces import Piece, make_pieces, make_rows
from newsletter.editorial.press import Press
from newsletter.editorial.variants import prove_variant
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
    press = Press(manuscript, context=_context(issue, manuscript, values), rows=make_rows(pieces))
    html, extents = press.html()
    mail = _mail(press, html, press.text(), said_in=(issue.id, variant))
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


def _mail(press: Press, html: str, text: str, *, said_in: tuple[str, str]) -> RenderedMail:
    """Everything a mailing needs, and its digest; `said_in` names the issue and the variant."""
    nonce, opened = press.manuscript.nonce, press.manuscript.fields
    said = (press.context["subject"], press.context["preheader"], html, text)
    fields = (replace(field, token=nonce.show(field.token)) for field in opened.used(*said))
    subject, preheader, html, text = map(nonce.show, said)
    issue, variant = said_in
    mail = RenderedMail(
        issue=issue,
        variant=variant,
        language=press.language,
        subject=subject,
        preheader=preheader,
        html=html,
        text=text,
        fields=tuple(fields),
        sha256="",
    )
    return replace(mail, sha256=_digest(mail))


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
    moving = imprint.copied or ASSET in html or INLINE in html
    if imprint.copies is None or not moving:
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
