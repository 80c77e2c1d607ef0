"""YAML written back as people wrote it: comments, key order, quotes and spacing stay; only what changed changes."""

import io
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import date, datetime
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from newsletter.editorial.strict_yaml import YamlMistake, read_yaml, scalar
from newsletter.i18n import _
from newsletter.model import Block, Issue

#: What changes the front matter: it gets the mapping and alters it in place.
Change = Callable[[MutableMapping[str, Any]], None]

#: Start of a run of ruamel's lines → its end, and the original lines it stands for.
_Units = dict[int, tuple[int, list[str]]]


class Written(str):
    """An unquoted scalar as it stands in the file (`157`, `yes`): its type is the strict reader's affair."""

    __slots__ = ()


class _Resolver(VersionedResolver):
    """Every scalar but an empty one is a word: no date is reformatted, no number loses its zeros."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        return super().resolve(kind, value, (False, True) if kind is ScalarNode and value else implicit)


class _Constructor(RoundTripConstructor):
    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        return Written(value) if type(value) is str and not node.style else value


class _Representer(RoundTripRepresenter):
    def represent_written(self, data: Written) -> Any:
        return self.represent_scalar("tag:yaml.org,2002:str", str(data))


_Representer.add_representer(Written, _Representer.represent_written)


def rewrite(source: str, change: Change) -> str:
    """The YAML mapping after the change; raises YamlMistake when ruamel cannot read it.

    The mapping holds `Written` text for unquoted scalars; new values may be str, bool, int, float, None, date, aware
    datetime, list and mapping. A change that changes nothing gives the same text; LF and CRLF stay line by line.
    """
    clean = source.replace("\r\n", "\n")
    before, after = _load(clean), _load(clean)
    change(after)
    plain, new = _dump(before), _dump(after)
    if new == plain:
        return source
    merged = "\n".join(_merged(_lines(source), _lines(plain), _lines(new))) + "\n"
    # The reader has the last word: where spacing and change were entangled, ruamel's own layout is right.
    return merged if _same(merged, new) else new.replace("\n", f"{_carriage(source)}\n")


def compose_front_matter(issue: Issue) -> str:
    """The front matter of a new issue's file."""
    return compose_yaml(dict(_issue_values(issue)))


def _issue_values(issue: Issue) -> Iterator[tuple[str, Any]]:
    """Keys in the order an editor reads them, what is empty left out but subject and preheader."""
    yield "subject", issue.subject
    yield "preheader", issue.preheader
    yield from (("date", issue.date), ("list", issue.list), ("layout", issue.layout))
    yield from issue.parameters.items()
    yield from ((key, value) for key, value in (("since", issue.since), ("cutoff", issue.cutoff)) if value)
    yield "blocks", [dict(_block_values(block)) for block in issue.blocks]
    if issue.ignored:
        yield "ignore", dict(issue.ignored)


def _block_values(block: Block) -> Iterator[tuple[str, Any]]:
    yield "kind", block.kind
    if block.article:
        yield "article", block.article
    if block.sha256:
        yield "sha256", block.sha256
    yield from block.parameters.items()


def compose_yaml(values: Mapping[str, Any]) -> str:
    """A new mapping, one key a line in the order given, quoted only where a reader would mistake a word."""
    return _dump(_writable(values))


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.Resolver, yaml.Constructor, yaml.Representer = _Resolver, _Constructor, _Representer
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _load(source: str) -> CommentedMap:
    try:
        values = _yaml().load(source)
    except YAMLError as error:
        raise YamlMistake(_("this is not YAML: {reason}", reason=str(error).splitlines()[0]), line=1) from None
    return values if isinstance(values, CommentedMap) else CommentedMap()


def _dump(values: CommentedMap) -> str:
    target = io.StringIO()
    _yaml().dump(_writable(values), target)
    return target.getvalue()


def _writable(value: Any) -> Any:
    """The value as ruamel must write it so that the strict reader reads the same one back."""
    if isinstance(value, Mapping):
        return _fill(value if isinstance(value, CommentedMap) else CommentedMap(value))
    if isinstance(value, list | tuple):
        return _fill(value if isinstance(value, CommentedSeq) else CommentedSeq(value))
    if isinstance(value, bool):
        return Written("true" if value else "false")
    if isinstance(value, datetime | date):
        return Written(value.isoformat())
    if isinstance(value, int | float):
        return Written(repr(value))
    return _word(value) if type(value) is str else value


def _fill(values: Any) -> Any:
    for key in values if isinstance(values, CommentedMap) else range(len(values)):
        value = _writable(values[key])
        if value is not values[key]:
            values[key] = value
    return values


def _word(value: str) -> Any:
    """A str without style: quoted when, unquoted, it would be a number, a date, true, false or nothing."""
    if "\n" in value:
        return LiteralScalarString(value)
    try:
        ambiguous = scalar(value) is not value
    except ValueError:
        ambiguous = True
    return DoubleQuotedScalarString(value) if ambiguous else Written(value)


def _same(one: str, other: str) -> bool:
    try:
        return read_yaml(one)[0] == read_yaml(other)[0]
    except YamlMistake:
        return False


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _carriage(text: str) -> str:
    """What stands before LF at the end of the first line: new lines end as it does."""
    return "\r" if text.partition("\n")[0].endswith("\r") else ""


def _merged(original: list[str], plain: list[str], new: list[str]) -> Iterator[str]:
    """The new lines, but the original ones wherever only ruamel's habits differ.

    `plain` is the original as ruamel writes it unchanged: what differs from it to `new` was asked for, what differs
    from `original` to it was not.
    """
    carriage = _carriage(original[0])
    units = _units(original, plain)
    yield from units.get(-1, (0, []))[1]
    for tag, start, end, new_start, new_end in _differences(plain, new):
        if tag == "equal":
            yield from _kept(units, plain, range(start, end), carriage=carriage)
        elif tag == "delete":
            yield from (line + carriage for line in _orphans(plain[start:end], new))
        else:
            yield from (line + carriage for line in new[new_start:new_end])


def _orphans(removed: list[str], new: list[str]) -> list[str]:
    """Comments at the end of what was removed, unless they moved along: they speak of what follows."""
    comments = takewhile(lambda line: not line.strip() or line.lstrip().startswith("#"), reversed(removed))
    return [line for line in reversed(list(comments)) if line.strip() and line not in new]


def _kept(units: _Units, plain: list[str], run: range, *, carriage: str) -> Iterator[str]:
    """The original of a run of unchanged lines; of a unit that the run cuts, ruamel's lines."""
    position = run.start
    while position < run.stop:
        stop, lines = units.get(position, (position + 1, [plain[position] + carriage]))
        yield from lines if stop <= run.stop else (line + carriage for line in plain[position : run.stop])
        position = stop


def _units(original: list[str], plain: list[str]) -> _Units:
    """Every run of plain lines that stands for original ones; -1 is what ruamel drops before the first."""
    units: _Units = {}
    bare = [line.removesuffix("\r") for line in original]
    for _tag, start, end, plain_start, plain_end in _differences(bare, plain):
        if end - start == plain_end - plain_start:
            pairs = zip(range(plain_start, plain_end), original[start:end], strict=True)
            units |= {position: (position + 1, [line]) for position, line in pairs}
        elif plain_end > plain_start:
            units[plain_start] = (plain_end, original[start:end])
        else:
            # Lines that ruamel drops stay with the line before them.
            stop, lines = units.get(plain_start - 1, (plain_start, []))
            units[plain_start - 1] = (stop, [*lines, *original[start:end]])
    return units


def _differences(one: list[str], other: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
