"""The one place where a parameter gets its value: block › article › issue › settings › layout."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from newsletter.editorial.conversion import convert
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean
from newsletter.model import Article, Finding, Issue, Layout, Level, Parameter, Place

#: Understood on every block, declared or not: `members` keeps it out of the letter to everybody.
AUDIENCE = "audience"
#: What `article` says for the first paragraph of its text.
EXCERPT = "excerpt"


class Origin(StrEnum):
    """Which level gave a value. An article's words are the only ones where a merge field is no merge field."""

    BLOCK = "block"
    ARTICLE = "article"
    ISSUE = "issue"
    SETTINGS = "settings"
    LAYOUT = "layout"


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a parameter holds, as its type says (`convert`); None when nothing gave it one."""

    parameter: Parameter
    content: Any
    origin: Origin
    #: Where its first line stands.
    place: Place


@dataclass(frozen=True, kw_only=True)
class Levels:
    """Where values may come from, nearest first. `said` and `place` are the block's, or nothing for the whole issue."""

    issue: Issue
    place: Place
    #: 0-based position of the block, for findings.
    block: int | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    article: Article | None = None
    #: `[parameters]` of newsletter.toml.
    settings: Mapping[str, Any] = field(default_factory=dict)


def resolve(declared: Mapping[str, Parameter], levels: Levels) -> tuple[dict[str, Value], list[Finding]]:
    """A value for every declared parameter; what does not fit is a finding, and the next level speaks instead."""
    values: dict[str, Value] = {}
    findings: list[Finding] = []
    for name, parameter in declared.items():
        values[name] = _first_valid(parameter, levels, findings)
        if parameter.required and values[name].content in (None, ""):
            findings.append(_missing(parameter, levels))
    return values, findings


def unknown_parameters(issue: Issue, layout: Layout) -> Iterator[Finding]:
    """A finding for each parameter that the layout declares nowhere, with the nearest name that it does."""
    everywhere = {name for block in layout.blocks.values() for name in block.parameters} | set(layout.parameters)
    for name in issue.parameters:
        if name not in everywhere:
            yield _unknown(name, everywhere, issue.place(name))
    for number, block in enumerate(issue.blocks):
        known = {*layout.blocks[block.kind].parameters, AUDIENCE} if block.kind in layout.blocks else everywhere
        for name in block.parameters:
            if name not in known:
                place = Place(file=issue.file, line=block.line, field=name)
                yield _unknown(name, known, place, block=number)


def _first_valid(parameter: Parameter, levels: Levels, findings: list[Finding]) -> Value:
    for origin, content, place in _candidates(parameter, levels):
        try:
            converted = convert(content, parameter)
        except ValueError as error:
            findings.append(_ill_typed(parameter, error, place, levels.block))
        else:
            return Value(parameter=parameter, content=converted, origin=origin, place=place)
    content = convert(parameter.default, parameter)
    return Value(parameter=parameter, content=content, origin=Origin.LAYOUT, place=levels.issue.place())


def _candidates(parameter: Parameter, levels: Levels) -> Iterator[tuple[Origin, Any, Place]]:
    """What each level says, nearest first. Nothing said is no candidate; an empty text in a block is one."""
    name = parameter.name
    if levels.said.get(name) is not None:
        place = Place(file=levels.place.file, line=levels.place.line, field=name)
        yield Origin.BLOCK, levels.said[name], place
    if levels.article and parameter.article and not _speaks_of_another(parameter.article, levels.said):
        content, place = _from_article(levels.article, parameter.article)
        if content not in (None, ""):
            yield Origin.ARTICLE, content, place
    if levels.issue.parameters.get(name) is not None:
        yield Origin.ISSUE, levels.issue.parameters[name], levels.issue.place(name)
    if levels.settings.get(name) is not None:
        yield Origin.SETTINGS, levels.settings[name], Place(file="newsletter.toml", field=f"parameters.{name}")


def _speaks_of_another(path: str, said: Mapping[str, Any]) -> bool:
    """True when the block brings its own `image`: `image.alt` would describe the article's."""
    whole, dot, _part = path.partition(".")
    return bool(dot) and said.get(whole) is not None


def _from_article(article: Article, path: str) -> tuple[Any, Place]:
    """An attribute (`title`, `image.credit`), the text (`body`, or its `excerpt`), or a key of the front matter."""
    if path in ("body", EXCERPT):
        return article.body, Place(file=article.file, line=article.body_line)
    content: Any = article
    for name in path.split("."):
        if content is article and not hasattr(article, name):
            content = article.front_matter.get(name)
        else:
            content = getattr(content, name, None)
    return content, article.place(path)


def _unknown(name: str, known: Collection[str], place: Place, *, block: int | None = None) -> Finding:
    names = sorted(known)
    return Finding(
        code="unknown-parameter",
        level=Level.ERROR,
        message=_("The layout knows no parameter “{name}” here.", name=name),
        place=place,
        hint=did_you_mean(name, names) or _("the known ones are: {names}", names=", ".join(names) or "—"),
        block=block,
    )


def _missing(parameter: Parameter, levels: Levels) -> Finding:
    return Finding(
        code="missing-parameter",
        level=Level.ERROR,
        message=_("The parameter “{name}” has no value.", name=parameter.name),
        place=Place(file=levels.place.file, line=levels.place.line, field=parameter.name),
        hint=parameter.help or None,
        block=levels.block,
    )


def _ill_typed(parameter: Parameter, error: ValueError, place: Place, block: int | None) -> Finding:
    return Finding(
        code="wrong-parameter",
        level=Level.ERROR,
        message=_("The parameter “{name}” does not fit: {reason}.", name=parameter.name, reason=error),
        place=place,
        hint=parameter.help or None,
        block=block,
    )
