"""YAML read strictly: one mapping, no aliases, no tags, no duplicate keys, every mistake with its line.

Values are read from libyaml's events, not from its tree: building the tree recurses in C, and sixty thousand opening
brackets crash the process. Scalars follow YAML 1.2 (`No`, `12:30`, `010` are words), plus dates.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import yaml

from newsletter.i18n import N_, _

#: Lists in mappings in lists … as deep as an issue may reasonably go.
MAX_DEPTH = 8

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING_TAGS = (None, "!", "tag:yaml.org,2002:str")
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEAN = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"
    r"(?:[Tt\s]\s*(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<offset>[Zz]|(?P<sign>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?)?)?",
    re.ASCII,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_CHECK_QUOTES = N_("check the quotes and the indentation here and on the line above")
_CONTROL_FOUND = N_("an invisible control character stands here")
_RETYPE = N_("delete the value and type it again")
#: A part of libyaml's sentence → ours, and how to mend it.
_PROBLEMS = (
    (
        "mapping values are not allowed",
        N_("a colon followed by a space stands where none may"),
        N_("put the whole value between quotes, or use the same indentation for every key"),
    ),
    (
        "cannot start any token",
        N_("a value cannot start with this sign, nor a line with a tab"),
        N_("put the value between quotes; indent with spaces"),
    ),
    ("unexpected end of stream", N_("a quotation mark is never closed"), N_("close it at the end of the value")),
    (
        "expected alphabetic or numeric character",
        N_("a value cannot start with * or &"),
        N_("put the value between quotes"),
    ),
    ("escape", N_("an unknown escape follows a backslash"), N_("use single quotes, or double the backslash")),
    ("could not find expected ':'", N_("a key has no colon"), N_("write each line as key: value")),
    (
        "found a tab character",
        N_("a tab stands where only spaces may"),
        N_("indent with spaces"),
    ),
    (
        "incompatible YAML document",
        N_("a line that starts with a percent sign says nothing here"),
        N_("remove it"),
    ),
    ("undefined tag handle", N_("a tag is not allowed here"), N_("put the value between quotes")),
)


class YamlMistake(ValueError):  # noqa: N818 - a mistake of the author, not of the program
    """What is wrong with the YAML: one translated sentence, the 1-based line within it, the field and a hint."""

    def __init__(self, message: str, *, line: int, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.line, self.field, self.hint = message, line, field, hint


def read_yaml(source: str, *, text_keys: frozenset[str] = frozenset()) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping, and the 1-based line of every key (`blocks.0.kind` for nested ones); raises YamlMistake.

    Values are str, bool, int, float, None, date, datetime, list and dict. The top-level `text_keys` stay text
    whatever they look like: `title: 2023` is "2023".
    """
    return _Builder(source, text_keys).build()


def read_moment(text: str) -> date | datetime | None:
    """A date or a date and time written as ISO 8601 does; None when it is neither; ValueError for 2023-02-30."""
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        return None
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if not 1900 <= year < 2999:
        raise ValueError(text)
    if match["hour"] is None:
        return date(year, month, day)
    fraction = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    clock = int(match["hour"]), int(match["minute"]), int(match["second"] or 0), fraction
    return datetime(year, month, day, *clock, tzinfo=_offset(match))


def scalar(value: str) -> Any:
    """What an unquoted scalar means; ValueError for an impossible date."""
    if value in _NULL:
        return None
    if value in _BOOLEAN:
        return _BOOLEAN[value]
    if value[0] not in "-0123456789":
        return value
    if _INTEGER.fullmatch(value):
        return int(value)
    if _FLOAT.fullmatch(value):
        return float(value)
    moment = read_moment(value)
    return value if moment is None else moment


def _offset(match: re.Match[str]) -> timezone | None:
    if match["offset"] is None:
        return None
    if match["sign"] is None:
        return UTC
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return timezone(offset if match["sign"] == "+" else -offset)


class _Builder:
    """Values out of libyaml's events, one pass."""

    def __init__(self, source: str, text_keys: frozenset[str]) -> None:
        self.source = source
        self.text_keys = text_keys
        self.lines: dict[str, int] = {}

    def build(self) -> tuple[dict[str, Any], dict[str, int]]:
        events = self._events()
        event = next(events)
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = next(events)
        if isinstance(event, yaml.StreamEndEvent):
            return {}, {}
        if not isinstance(event, yaml.MappingStartEvent):
            raise self._mistake(_("this is no list of keys and values"), event, hint=_("write each line as key: value"))
        values = self._mapping(events, "", depth=1)
        for rest in events:
            if isinstance(rest, yaml.DocumentStartEvent):
                raise self._mistake(_("a second YAML document starts here"), rest, hint=_("remove the dashes"))
        return values, self.lines

    def _events(self) -> Iterator[yaml.Event]:
        """libyaml's events; its errors are translated here, and nowhere else."""
        try:
            for event in yaml.parse(self.source, Loader=_LOADER):
                if getattr(event, "anchor", None):
                    raise self._mistake(
                        _("anchors and aliases (& and *) are not allowed"),
                        event,
                        hint=_("put the value between quotes"),
                    )
                yield event
        except yaml.reader.ReaderError as error:
            line = self.source.encode()[: error.position].count(b"\n") + 1
            raise YamlMistake(_(_CONTROL_FOUND), line=line, hint=_(_RETYPE)) from None
        except yaml.MarkedYAMLError as error:
            raise _translated(error) from None

    def _mapping(self, events: Iterator[yaml.Event], prefix: str, *, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event)
            name = f"{prefix}{key}"
            if key in values:
                first = self.lines[name]
                raise self._mistake(
                    _("{field} is said twice, first on line {line}", field=key, line=first),
                    event,
                    field=name,
                    hint=_("keep one of them"),
                )
            self.lines[name] = _line(event)
            values[key] = self._value(next(events), events, name, depth=depth)
        return values

    def _key(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._mistake(_("a key must be one word"), event, hint=_("write each line as key: value"))
        return str(event.value)

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], name: str, *, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, name)
        if getattr(event, "tag", None) is not None:
            raise self._tag(event, name)
        if depth >= MAX_DEPTH:
            raise self._mistake(_("values are nested too deep"), event, field=name, hint=_(_CHECK_QUOTES))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, f"{name}.", depth=depth + 1)
        return self._sequence(events, name, depth=depth + 1)

    def _sequence(self, events: Iterator[yaml.Event], name: str, *, depth: int) -> list[Any]:
        values: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            item = f"{name}.{len(values)}"
            self.lines[item] = _line(event)
            values.append(self._value(event, events, item, depth=depth))
        return values

    def _scalar(self, event: yaml.ScalarEvent, name: str) -> Any:
        if event.tag not in _STRING_TAGS:
            raise self._tag(event, name)
        value = str(event.value)
        if _CONTROL.search(value):
            raise self._mistake(_(_CONTROL_FOUND), event, field=name, hint=_(_RETYPE))
        plain = event.tag is None and bool(event.implicit[0])
        if not plain:
            return value
        if name in self.text_keys:
            return None if value in _NULL else value
        try:
            return scalar(value)
        except ValueError:
            raise self._mistake(
                _("“{value}” is not a date of the calendar", value=value),
                event,
                field=name,
                hint=_("write it as 2023-10-11, or between quotes if it is no date"),
            ) from None

    def _tag(self, event: Any, name: str) -> YamlMistake:
        message = _("the tag {tag} is not allowed", tag=str(event.tag).replace("tag:yaml.org,2002:", "!!"))
        return self._mistake(message, event, field=name, hint=_("put the value between quotes"))

    @staticmethod
    def _mistake(message: str, event: yaml.Event, *, field: str | None = None, hint: str | None = None) -> YamlMistake:
        return YamlMistake(message, line=_line(event), field=field, hint=hint)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _translated(error: yaml.MarkedYAMLError) -> YamlMistake:
    """libyaml's English sentence in ours; its mark is where reading stopped, often the line after the mistake."""
    mark = error.problem_mark or error.context_mark
    problem = error.problem or ""
    line = mark.line + 1 if mark else 1
    if "unexpected end of stream" in problem and error.context_mark:
        line = error.context_mark.line + 1
    for part, message, hint in _PROBLEMS:
        if part in problem:
            return YamlMistake(_(message), line=line, hint=_(hint))
    return YamlMistake(_("this is not YAML: {reason}", reason=problem), line=line, hint=_(_CHECK_QUOTES))
