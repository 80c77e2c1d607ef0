"""The segments of a project: one small TOML file, written by hand or by the studio; and each of them in words."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from itertools import takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.atomic import write_atomically
from newsletter.audience.addresses import LONGEST_FIELD, LONGEST_NAME, clean_address, clean_words
from newsletter.errors import ContentError, RefusedError
from newsletter.i18n import _, format_date
from newsletter.mistakes import did_you_mean, system_reason
from newsletter.model import Place, Segment
from newsletter.toml_file import line_of, read_toml

#: Name of the file in a project folder.
FILE_NAME = "segments.toml"
#: Most values of one condition: each is a parameter of a statement.
MOST = 200

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_LISTS = ("tags_any", "tags_all", "tags_none", "domains", "sent", "not_sent")
_DATES = ("joined_since", "joined_before")
#: The keys of a segment's table.
KEYS = ("title", "list", "words", "fields", *_LISTS, *_DATES)

Table = Mapping[str, Any]


def read_segments(path: Path, *, lists: Collection[str], zone: ZoneInfo) -> dict[str, Segment]:
    """Name → segment, in the file's order; none when there is no file. Raises ContentError with the line."""
    if not path.exists():
        return {}
    table, source = read_toml(path, file=FILE_NAME, error=ContentError)
    found = {}
    for name, said in table.items():
        try:
            found[name] = make_segment(name, said, lists=lists, zone=zone)
        except ContentError as error:
            field = error.where.field if isinstance(error.where, Place) else name
            place = Place(file=FILE_NAME, line=line_of(source, (field or name).split(".")), field=field)
            raise ContentError(error.message, where=place, hint=error.hint) from None
    return found


def make_segment(name: str, said: Any, *, lists: Collection[str], zone: ZoneInfo) -> Segment:
    """What a table says, cleaned; raises ContentError at the key that is wrong."""
    if not _NAME.fullmatch(name) or name in lists:
        raise _wrong(
            name,
            _("“{name}” cannot name a segment", name=name),
            hint=_("small letters, digits and hyphens, 60 at most, and not the name of a list"),
        )
    if not isinstance(said, Mapping):
        raise _wrong(
            name, _("a segment is a table"), hint=_("write for example [{name}], and its keys below", name=name)
        )
    for key in said:
        if key not in KEYS:
            raise _wrong(f"{name}.{key}", _("a segment has no key {key}", key=key), hint=_nearest(key, KEYS))
    values = {key: _value(f"{name}.{key}", key, value, zone) for key, value in said.items()}
    if values.get("list") not in lists:
        chosen = values.get("list", "")
        reason = _("no list {name} in newsletter.toml", name=chosen) if chosen else _("a segment names its list")
        raise _wrong(f"{name}.list", reason, hint=_nearest(chosen, lists))
    segment = Segment(name=name, **{"title": name} | {key: value for key, value in values.items() if value})
    if not segment.conditions:
        raise _wrong(name, _("the segment {name} has no condition: it would be the whole list", name=name))
    return segment


def version_of(segment: Segment | None) -> str:
    """A digest of all that the file says of a segment, None when it says nothing."""
    said = json.dumps(segment.to_mapping() if segment else None, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def write_segment(path: Path, segment: Segment, *, zone: ZoneInfo) -> None:
    """Add its table to the file, or change it there: all else stays as it was written, comments too."""
    _rewrite(path, lambda document: _put(document, segment.name, as_table(segment, zone=zone)))


def forget_segment(path: Path, name: str) -> None:
    """Take its table out of the file; nothing happens when it is not there."""
    _rewrite(path, lambda document: document.pop(name, None))


def as_table(segment: Segment, *, zone: ZoneInfo) -> dict[str, Any]:
    """What the file says of a segment: the same as `make_segment` was given, cleaned."""
    table: dict[str, Any] = {"title": segment.title, "list": segment.list}
    for key, value in segment.conditions.items():
        table[key] = list(value) if isinstance(value, tuple) else value
        if isinstance(value, datetime):
            table[key] = value.astimezone(zone).date()
        elif isinstance(value, Mapping):
            table[key] = {name: one if isinstance(one, bool) else list(one) for name, one in value.items()}
    return table


# --- one value -------------------------------------------------------------------------------------------------


def _value(place: str, key: str, value: Any, zone: ZoneInfo) -> Any:
    if key in _DATES:
        return _midnight(place, value, zone)
    if key == "fields":
        if not isinstance(value, Mapping):
            raise _wrong(place, _("write a table"), hint='fields = { ville = "Liège" }')
        return {name: _wanted(f"{place}.{name}", one) for name, one in value.items()}
    if key in _LISTS:
        return _texts(place, value, clean=_domain if key == "domains" else _tag)
    return _text(place, value, limit=LONGEST_NAME)


def _midnight(place: str, value: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _wrong(place, _("write a day without quotes: 2024-01-31"))
    return datetime.combine(value, time(), zone)


def _wanted(place: str, value: Any) -> tuple[str, ...] | bool:
    if isinstance(value, bool):
        return value
    texts = _texts(place, [value] if isinstance(value, str) else value, clean=_cell)
    if not texts:
        raise _wrong(place, _("write a text, a list of texts, true (filled) or false (empty)"))
    return texts


def _texts(place: str, value: Any, *, clean: Callable[[str, Any], str]) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _wrong(place, _("write a list between [ and ]"))
    if len(value) > MOST:
        raise _wrong(place, _("more than {n} values", n=MOST))
    return tuple(filter(None, dict.fromkeys(clean(place, one) for one in value)))


def _text(place: str, value: Any, *, limit: int) -> str:
    if not isinstance(value, str):
        raise _wrong(place, _("write a text between quotes"))
    return clean_words(value, limit=limit)


def _tag(place: str, value: Any) -> str:
    return _text(place, value, limit=LONGEST_NAME)


def _cell(place: str, value: Any) -> str:
    return _text(place, value, limit=LONGEST_FIELD)


def _domain(place: str, value: Any) -> str:
    words = _text(place, value, limit=LONGEST_FIELD).removeprefix("@")
    try:
        return clean_address(f"a@{words}").partition("@")[2] if words else ""
    except ContentError as error:
        raise _wrong(place, f"{words}: {error.message}") from None


def _wrong(field: str, message: str, *, hint: str | None = None) -> ContentError:
    return ContentError(message, where=Place(file=FILE_NAME, field=field), hint=hint)


def _nearest(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, known) or _("known: {names}", names=", ".join(known) or "—")


# --- the file --------------------------------------------------------------------------------------------------


def _rewrite(path: Path, change: Callable[[Any], object]) -> None:
    import tomlkit

    try:
        document = tomlkit.parse(path.read_bytes().decode("utf-8-sig") if path.exists() else "")
        change(document)
        write_atomically(path, tomlkit.dumps(document).encode())
    except OSError as error:
        raise RefusedError(
            _("cannot write {path}: {reason}", path=FILE_NAME, reason=system_reason(error)),
        ) from None


def _put(document: Any, name: str, table: Mapping[str, Any]) -> None:
    import tomlkit

    if name not in document:
        document[name] = tomlkit.table()
    kept = document[name]
    body = kept.value.body
    # What follows the last key, comments of the next table among it, stays below the new keys.
    following = [body.pop() for _each in takewhile(lambda part: part[0] is None, body[::-1])][::-1]
    for key in [key for key in kept if key not in table]:
        kept.remove(key)
    for key, value in table.items():
        if kept.get(key) != value:
            kept[key] = _inline(value) if isinstance(value, Mapping) else value
    body.extend(following)


def _inline(value: Mapping[str, Any]) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    table.update(value)
    return table


# --- in words --------------------------------------------------------------------------------------------------


def in_words(segment: Segment, *, zone: ZoneInfo) -> list[str]:
    """Every condition as a phrase, in the current language: somebody of the list must fit them all."""
    phrases = []
    if segment.words:
        phrases.append(_("“{words}” in the name or the address", words=segment.words))
    phrases += [_tags_in_words(key, values) for key in _LISTS[:3] if (values := getattr(segment, key))]
    phrases += [_field_in_words(name, wanted) for name, wanted in segment.fields.items()]
    if segment.domains:
        phrases.append(_("address at {domains}", domains=_either(segment.domains)))
    if segment.joined_since:
        phrases.append(_("subscribed since {day}", day=_day(segment.joined_since, zone)))
    if segment.joined_before:
        phrases.append(_("subscribed before {day}", day=_day(segment.joined_before, zone)))
    if segment.sent:
        phrases.append(_("already delivered: {issues}", issues=_either(segment.sent)))
    if segment.not_sent:
        phrases.append(_("not delivered: {issues}", issues=_either(segment.not_sent)))
    return phrases


def _tags_in_words(key: str, tags: Sequence[str]) -> str:
    match key:
        case "tags_any":
            return _("tagged {tags}", tags=_either(tags))
        case "tags_all":
            return _("tagged {tags}", tags=_(" and ").join(tags))
        case _:
            return _("not tagged {tags}", tags=_either(tags))


def _field_in_words(name: str, wanted: Sequence[str] | bool) -> str:
    if wanted is True:
        return _("{field} is filled", field=name)
    if wanted is False:
        return _("{field} is empty", field=name)
    return _("{field} is {values}", field=name, values=_either(wanted))


def _either(values: Sequence[str]) -> str:
    return _(" or ").join(values)


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return format_date(moment.astimezone(zone).date())
