"""One act on an issue's file: what it changes in the front matter, from what a form says."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from newsletter.editorial.compose import SHA256_DIGITS, is_call
from newsletter.editorial.conversion import convert
from newsletter.editorial.parameters import Levels, resolve
from newsletter.errors import ContentError, UsageError
from newsletter.i18n import _
from newsletter.model import (
    AddBlock,
    Article,
    Edit,
    Image,
    Issue,
    Layout,
    MoveBlock,
    Parameter,
    ParameterType,
    RemoveBlock,
    SetField,
    SetKind,
    SetParameter,
)

if TYPE_CHECKING:
    from newsletter.editorial.rewriting import Change

#: Kinds that an article taken from the list becomes, most fitting first; the layout must have them.
_LEAD, _CARD, _CALL = "lead", "card", "call"


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """What an act must know besides the file."""

    issue: Issue
    layout: Layout
    #: By path.
    articles: Mapping[str, Article] = field(default_factory=dict)
    #: `[parameters]` of newsletter.toml.
    settings: Mapping[str, Any] = field(default_factory=dict)

    def levels(self, block: int | None, *, without: str = "") -> Levels:
        """Where the values of a block, or of the whole issue, come from; `without` is as if nobody had said it."""
        issue = self.issue
        if block is None:
            said = {key: value for key, value in issue.parameters.items() if key != without}
            return Levels(issue=issue, place=issue.place(), said=said, settings=self.settings)
        chosen = issue.blocks[block]
        return Levels(
            issue=issue,
            place=issue.place(),
            block=block,
            said={key: value for key, value in chosen.parameters.items() if key != without},
            article=self.articles.get(chosen.article or ""),
            settings=self.settings,
        )

    def declared(self, block: int | None) -> Mapping[str, Parameter]:
        """The parameters that may be set there."""
        if block is None:
            return self.layout.parameters
        known = self.layout.blocks.get(self.issue.blocks[block].kind)
        return known.parameters if known else {}


def make_change(edit: Edit, bench: Workbench) -> Change:
    """What the act does to the front matter; raises UsageError for a block, kind or article that does not exist,
    ContentError for a value that does not fit."""
    match edit:
        case SetField():
            return _set_field(edit, bench)
        case AddBlock():
            return _add_block(edit, bench)
        case MoveBlock():
            return _move_block(edit, bench)
        case RemoveBlock():
            return _remove_block(edit, bench)
        case SetKind():
            return _set_kind(edit, bench)
        case SetParameter():
            return _set_parameter(edit, bench)
        case _:
            return lambda _front: None


# --- the issue -------------------------------------------------------------------------------------------------


def _set_field(edit: SetField, bench: Workbench) -> Change:
    value: Any = " ".join(edit.value.split())
    if edit.name == "date":
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise _ill(bench, "date", _("a date such as 2023-08-25 is expected")) from None

    def change(front: MutableMapping[str, Any]) -> None:
        front[edit.name] = value

    return change


def _set_parameter(edit: SetParameter, bench: Workbench) -> Change:
    if edit.block is not None:
        _require_block(edit.block, bench)
    parameter = bench.declared(edit.block).get(edit.name)
    if parameter is None:
        raise UsageError(_("The layout knows no parameter “{name}” here.", name=edit.name))
    value = None if edit.value is None else _typed(edit.value, parameter, bench)
    if value is not None and value == _inherited(parameter, edit, bench):
        value = None

    def change(front: MutableMapping[str, Any]) -> None:
        holder = front if edit.block is None else front["blocks"][edit.block]
        if value is None:
            holder.pop(edit.name, None)
        else:
            holder[edit.name] = value

    return change


def _typed(said: str, parameter: Parameter, bench: Workbench) -> Any:
    """The value to write; raises ContentError when it is not what the parameter's type promises."""
    prose = parameter.type is ParameterType.MARKDOWN
    value: Any = said.replace("\r\n", "\n").strip() if prose else " ".join(said.split())
    if parameter.type is ParameterType.BOOLEAN:
        value = said == "true"
    try:
        converted = convert(value, parameter)
    except ValueError as error:
        raise _ill(bench, parameter.name, str(error)) from None
    return f"{converted}\n" if prose and "\n" in value else converted


def _inherited(parameter: Parameter, edit: SetParameter, bench: Workbench) -> Any:
    """What the parameter holds when nobody says it here; "" for nothing, so that an empty field says nothing."""
    values, _findings = resolve({parameter.name: parameter}, bench.levels(edit.block, without=parameter.name))
    content = values[parameter.name].content
    return content.source if isinstance(content, Image) else "" if content is None else content


# --- its blocks ------------------------------------------------------------------------------------------------


def _add_block(edit: AddBlock, bench: Workbench) -> Change:
    kind = edit.kind or _kind_for(edit.article, bench)
    _require_kind(kind, bench)
    block: dict[str, Any] = {"kind": kind}
    if edit.article:
        if edit.article not in bench.articles:
            raise UsageError(_("no article {path}", path=edit.article))
        block |= {"article": edit.article, "sha256": bench.articles[edit.article].sha256[:SHA256_DIGITS]}
    at = len(bench.issue.blocks) if edit.at is None else max(0, min(edit.at, len(bench.issue.blocks)))

    def change(front: MutableMapping[str, Any]) -> None:
        if not front.get("blocks"):
            front["blocks"] = [block]
        else:
            front["blocks"].insert(at, block)

    return change


def _kind_for(path: str | None, bench: Workbench) -> str:
    """A call while one can answer it, else the first the lead, the others cards: what a new issue does."""
    article = bench.articles.get(path or "")
    takers = [kind for kind, block in bench.layout.blocks.items() if block.takes_article]
    if article and is_call(article, bench.issue.date) and _CALL in takers:
        return _CALL
    if _LEAD in takers and all(block.kind != _LEAD for block in bench.issue.blocks):
        return _LEAD
    return _CARD if _CARD in takers else next(iter(takers), "")


def _move_block(edit: MoveBlock, bench: Workbench) -> Change:
    _require_block(edit.block, bench)
    to = max(0, min(edit.to, len(bench.issue.blocks) - 1))

    def change(front: MutableMapping[str, Any]) -> None:
        if to != edit.block:
            front["blocks"].insert(to, front["blocks"].pop(edit.block))

    return change


def _remove_block(edit: RemoveBlock, bench: Workbench) -> Change:
    _require_block(edit.block, bench)

    def change(front: MutableMapping[str, Any]) -> None:
        del front["blocks"][edit.block]

    return change


def _set_kind(edit: SetKind, bench: Workbench) -> Change:
    _require_block(edit.block, bench)
    _require_kind(edit.kind, bench)
    known = bench.layout.blocks[edit.kind]
    lost = [name for name in bench.declared(edit.block) if name not in known.parameters]

    def change(front: MutableMapping[str, Any]) -> None:
        block = front["blocks"][edit.block]
        block["kind"] = edit.kind
        for name in lost:
            block.pop(name, None)

    return change


def _require_block(block: int, bench: Workbench) -> None:
    if not 0 <= block < len(bench.issue.blocks):
        raise UsageError(_("There is no block {n} in this issue.", n=block + 1))


def _require_kind(kind: str, bench: Workbench) -> None:
    if kind not in bench.layout.blocks:
        raise UsageError(_("The layout {name} knows no block “{kind}”.", name=bench.layout.name, kind=kind))


def _ill(bench: Workbench, name: str, reason: str) -> ContentError:
    return ContentError(reason[:1].upper() + reason[1:] + ".", where=bench.issue.place(name))
