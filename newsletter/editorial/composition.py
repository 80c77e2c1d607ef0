"""What the composing page shows of an issue: controls with what they hold, and the articles beside it."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from newsletter.editorial.editing import Workbench
from newsletter.editorial.markdown import first_paragraphs
from newsletter.editorial.parameters import EXCERPT, Origin, Value, resolve
from newsletter.i18n import _
from newsletter.model import (
    Article,
    Choice,
    ComposedBlock,
    Control,
    Image,
    Issue,
    Parameter,
    Proposal,
    UnreadableArticle,
)

#: Parameters whose value names a block in a list, first one first.
_NAMING = ("title", "label", "text", "figure", "name", "alt")
_TITLE_LENGTH = 90


def make_controls(bench: Workbench, block: int | None) -> list[Control]:
    """A control for each declared parameter of a block, or of the whole issue; none for a kind that is not known."""
    return [_control(parameter, bench, block) for parameter in bench.declared(block).values()]


def _control(parameter: Parameter, bench: Workbench, block: int | None) -> Control:
    levels = bench.levels(block)
    declared = {parameter.name: parameter}
    values, findings = resolve(declared, levels)
    without, _remarks = resolve(declared, bench.levels(block, without=parameter.name))
    value, said = values[parameter.name], levels.said.get(parameter.name)
    return Control(
        parameter=parameter,
        shown=_shown(value) if said is None else _plain(said),
        inherited=_shown(without[parameter.name]),
        said=said is not None,
        origin=value.origin.value,
        mistake=findings[0].message if said is not None and findings else "",
    )


def _shown(value: Value) -> str:
    content = value.content
    if value.parameter.article == EXCERPT and value.origin is Origin.ARTICLE:
        content = first_paragraphs(content, resolve=str).text.strip()
    return _plain(content)


def _plain(content: Any) -> str:
    """A value as a form's field holds it."""
    if content is None:
        return ""
    if isinstance(content, Image):
        return content.source
    if isinstance(content, bool):
        return "true" if content else "false"
    return content.isoformat() if isinstance(content, date) else str(content)


def make_blocks(bench: Workbench) -> list[ComposedBlock]:
    """Every block, in order."""
    return [_composed(bench, position) for position in range(len(bench.issue.blocks))]


def _composed(bench: Workbench, position: int) -> ComposedBlock:
    block = bench.issue.blocks[position]
    known = bench.layout.blocks.get(block.kind)
    controls = make_controls(bench, position)
    holding = {control.parameter.name: control.shown for control in controls}
    title = next((holding[name] for name in _NAMING if holding.get(name)), known.label if known else block.kind)
    return ComposedBlock(
        block=block,
        type=known,
        article=bench.articles.get(block.article or ""),
        title=textwrap.shorten(title, _TITLE_LENGTH, placeholder="…"),
        controls=controls,
    )


def make_proposals(
    issue: Issue, choices: Iterable[Choice], *, articles: Sequence[Article | UnreadableArticle]
) -> list[Proposal]:
    """Every article file: newest first, unreadable ones last."""
    known = {article.path: article for article in articles if isinstance(article, Article)}
    taken: dict[str, int] = {}
    for position, block in enumerate(issue.blocks):
        taken.setdefault(block.article or "", position)
    proposals = [_proposal(choice, known, taken) for choice in choices]
    return sorted(proposals, key=lambda one: -one.date.timestamp() if one.date else float("inf"))


def _proposal(choice: Choice, known: Mapping[str, Article], taken: Mapping[str, int]) -> Proposal:
    article = known.get(choice.path)
    return Proposal(
        path=choice.path,
        title=choice.title,
        date=choice.date,
        category=str(article.front_matter.get("cat") or "") if article else "",
        reason=choice.reason,
        sentence=choice.sentence if article else _("{file} cannot be read", file=choice.path),
        block=taken.get(choice.path),
        deadline=article.deadline if article else None,
    )
