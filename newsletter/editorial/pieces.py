"""Blocks with their articles and values, ready for the templates; and how they share rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from newsletter.editorial.manuscript import Manuscript, Words
from newsletter.editorial.memory import Shelf
from newsletter.editorial.parameters import AUDIENCE, Levels, resolve
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean
from newsletter.model import Article, Block, BlockType, Finding, Issue, Place

#: What `audience` says of a block, an article or a list that is the members' own.
MEMBERS = "members"


#: The words of blocks, and what was remarked while they were looked for.
_SET: Shelf[tuple[Words, tuple[Finding, ...]]] = Shelf(answers=256)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A block of the issue with every value its templates ask for."""

    #: 0-based position in the issue.
    number: int
    block: Block
    columns: int
    together: bool
    words: SimpleNamespace
    #: Kinds of the blocks shown before it.
    before: tuple[str, ...]
    findings: tuple[Finding, ...]
    #: A digest of all that its templates can print of it.
    key: str


def make_pieces(
    issue: Issue, *, manuscript: Manuscript, articles: Mapping[str, Article], variant: str
) -> Iterator[Piece]:
    """The blocks that a variant shows, in order; what is the members' own is in no other variant.

    Raises ContentError, at the block's line, for a kind that the layout does not know and for a missing article.
    """
    before: tuple[str, ...] = ()
    shown, known = "", _known(issue, manuscript)
    for number, block in enumerate(issue.blocks):
        kind = _kind(issue, block, manuscript.layout.blocks)
        article = _article(issue, block, articles)
        if variant != MEMBERS and MEMBERS in _audiences(block, kind, article):
            continue
        question = f"{known} {number} {manuscript.texts} {block.digest} {article and article.digest}"
        levels = partial(_levels, issue, number, article=article, settings=manuscript.imprint.parameters)
        words, findings = _words(question, manuscript, kind, levels)
        yield Piece(
            number=number,
            block=block,
            columns=kind.columns,
            together=kind.together,
            words=manuscript.take(words),
            before=before,
            findings=findings,
            key=_digest(f"{question} {shown} {'' if words.lasting else words.values}"),
        )
        before, shown = (*before, block.kind), f"{shown} {block.kind!r}"


def _levels(issue: Issue, number: int, *, article: Article | None, settings: Mapping[str, Any]) -> Levels:
    block = issue.blocks[number]
    place = Place(file=issue.file, line=block.line)
    return Levels(issue=issue, place=place, block=number, said=block.parameters, article=article, settings=settings)


def _words(
    question: str, manuscript: Manuscript, kind: BlockType, find: Callable[[], Levels]
) -> tuple[Words, tuple[Finding, ...]]:
    """The words of a block, set for the letter or found as they were set for the same question."""

    def make() -> tuple[Words, tuple[Finding, ...]]:
        levels = find()
        values, findings = resolve(kind.parameters, levels)
        return manuscript.set(values, key=f"block {(levels.block or 0) + 1}", article=levels.article), tuple(findings)

    return _SET.recall(question, make, worth=lambda made: made[0].lasting)


def _known(issue: Issue, manuscript: Manuscript) -> str:
    """A digest of what the words of every block depend on, besides the block, its article and the texts before."""
    declared = {
        kind: manuscript.layout.blocks.get(kind) for kind in dict.fromkeys(block.kind for block in issue.blocks)
    }
    imprint, layout = manuscript.imprint, manuscript.layout
    said = (issue.file, issue.parameters, issue.lines, imprint.parameters)
    return _digest(repr((declared, said, imprint.site, imprint.fields, layout.classes)))


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def make_rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Consecutive blocks of one kind, as many to a row as the kind has columns, or all together."""
    rows: list[list[Piece]] = []
    for _kind_of, run in groupby(pieces, key=lambda piece: piece.block.kind):
        together = list(run)
        columns = len(together) if together[0].together else together[0].columns
        rows += [together[start : start + columns] for start in range(0, len(together), columns)]
    return rows


def _kind(issue: Issue, block: Block, known: Mapping[str, BlockType]) -> BlockType:
    if block.kind in known:
        return known[block.kind]
    raise ContentError(
        _("the layout {layout} has no block “{kind}”", layout=issue.layout, kind=block.kind),
        where=Place(file=issue.file, line=block.line, field="kind"),
        hint=did_you_mean(block.kind, known) or _("the known ones are: {names}", names=", ".join(known)),
    )


def _article(issue: Issue, block: Block, articles: Mapping[str, Article]) -> Article | None:
    if block.article is None or block.article in articles:
        return articles[block.article] if block.article else None
    raise ContentError(
        _("no article {path}", path=block.article),
        where=Place(file=issue.file, line=block.line, field="article"),
        hint=did_you_mean(block.article, articles) or _("see newsletter articles for the known ones"),
    )


def _audiences(block: Block, kind: BlockType, article: Article | None) -> tuple[object, ...]:
    """For whom the issue, the layout and the article say that it is."""
    return block.parameters.get(AUDIENCE), kind.audience, article.audience if article else None
