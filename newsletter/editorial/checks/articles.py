"""The articles an issue shows: published, unchanged since they were taken, and new to the reader."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.i18n import N_, _, format_date
from newsletter.model import Article, Block, Finding, Level, Place

CHANGED = Rule("article-changed", Level.WARNING, N_("An article has changed since it was taken into the issue."))
ALREADY = Rule("article-already-sent", Level.WARNING, N_("An earlier issue shows the same article."))
TWICE = Rule("article-twice", Level.WARNING, N_("The issue shows the same article twice."))
DRAFT = Rule("article-draft", Level.ERROR, N_("An article of the issue is still a draft."))
UNPUBLISHED = Rule("article-unpublished", Level.ERROR, N_("An article of the issue is not published on the site."))
RULES = table(CHANGED, ALREADY, TWICE, DRAFT, UNPUBLISHED)


def check_articles(inspection: Inspection) -> Iterator[Finding]:
    """Each block's article, in the order of the issue."""
    seen: set[str] = set()
    for number, block in enumerate(inspection.issue.blocks):
        article = inspection.articles.get(block.article or "")
        if article is None:
            continue
        yield from _check_published(article, number)
        yield from _check_repeated(inspection, block, article, again=article.path in seen)
        if block.sha256 and not article.sha256.startswith(block.sha256):
            hint = _("read it again in the proof; its new fingerprint is {sha256}", sha256=article.sha256[:12])
            message = _("“{title}” has changed since it was taken.", title=article.title)
            yield CHANGED.found(message, place=article.place(), hint=hint, block=number)
        seen.add(article.path)


def _check_published(article: Article, number: int) -> Iterator[Finding]:
    if article.published and not article.draft:
        return
    hint = _("publish it on the site first: the letter's link would lead nowhere")
    if article.draft:
        message = _("“{title}” is still a draft.", title=article.title)
        yield DRAFT.found(message, place=article.place("draft"), hint=hint, block=number)
    if not article.published:
        message = _("“{title}” is not published on the site.", title=article.title)
        yield UNPUBLISHED.found(message, place=article.place("published"), hint=hint, block=number)


def _check_repeated(inspection: Inspection, block: Block, article: Article, *, again: bool) -> Iterator[Finding]:
    issue = inspection.issue
    if not again and article.path not in inspection.shown_in:
        return
    place = Place(file=issue.file, line=block.line)
    if again:
        message = _("“{title}” is in this issue twice.", title=article.title)
        yield TWICE.found(message, place=place, hint=_("remove one of the two blocks"))
    for other in inspection.shown_in.get(article.path, ()):
        if other.id != issue.id and other.date <= issue.date:
            message = _(
                "“{title}” was already in the letter of {day}.", title=article.title, day=format_date(other.date)
            )
            hint = _("see {file}", file=other.file)
            yield ALREADY.found(message, place=place, hint=hint, block=inspection.block_of(article.path))
