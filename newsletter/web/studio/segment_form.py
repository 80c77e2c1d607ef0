"""A segment as a form says it: what somebody typed, kept as it was typed, and the table that it means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from newsletter.errors import UsageError
from newsletter.i18n import _
from newsletter.model import Segment
from newsletter.model.segments import Wanted

#: Conditions that are boxes to tick.
TICKED = ("tags_any", "tags_all", "tags_none", "sent", "not_sent")
#: What is one text.
_PLAIN = ("was", "version", "title", "words", "domains", "since", "before")
#: Conditions on fields that can be added at a time.
_SPARE = 2


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """One condition on a field; without a name, none yet."""

    name: str = ""
    #: `is`, `filled` or `empty`.
    how: str = "is"
    #: One text a line.
    texts: str = ""

    @classmethod
    def of(cls, name: str, wanted: Wanted) -> Self:
        """The row that says what a segment wants of a field."""
        if isinstance(wanted, bool):
            return cls(name=name, how="filled" if wanted else "empty")
        return cls(name=name, texts="\n".join(wanted))

    def wanted(self) -> bool | list[str]:
        """What the file would say; raises UsageError when there is nothing."""
        if self.how in ("filled", "empty"):
            return self.how == "filled"
        texts = [line.strip() for line in self.texts.splitlines() if line.strip()]
        if not texts:
            raise UsageError(_("Write what the field “{field}” must be, one text a line.", field=self.name))
        return texts


@dataclass(frozen=True, kw_only=True)
class TypedSegment:
    """What the form holds; the page shows it again when it cannot be taken."""

    list_id: str
    #: Name of the segment that it changes; "" for a new one.
    was: str = ""
    #: What the file said of it, or of a new one, when the form was filled in.
    version: str = ""
    title: str = ""
    words: str = ""
    domains: str = ""
    since: str = ""
    before: str = ""
    #: Key of TICKED → what is ticked.
    ticked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: tuple[FieldRow, ...] = ()

    @classmethod
    def of(cls, segment: Segment, *, zone: ZoneInfo, version: str = "") -> Self:
        """The form of a segment that there is."""
        return cls(
            list_id=segment.list,
            was=segment.name,
            version=version,
            title=segment.title,
            words=segment.words,
            domains=" ".join(segment.domains),
            since=_as_day(segment.joined_since, zone),
            before=_as_day(segment.joined_before, zone),
            ticked={key: getattr(segment, key) for key in TICKED},
            rows=tuple(FieldRow.of(name, wanted) for name, wanted in segment.fields.items()),
        )

    @classmethod
    def from_form(cls, form: FormData) -> Self:
        """What was sent; nothing is judged yet."""
        plain = {key: str(form.get(key, "")).strip() for key in _PLAIN}
        if chosen := form.get("over"):
            plain["version"] = str(chosen)
        columns = [[str(one) for one in form.getlist(key)] for key in ("field", "how", "texts")]
        rows = (FieldRow(name=name, how=how, texts=texts) for name, how, texts in zip(*columns, strict=False))
        return cls(
            list_id=str(form.get("list", "")),
            ticked={key: tuple(str(one) for one in form.getlist(key)) for key in TICKED},
            rows=tuple(row for row in rows if row.name or row.texts.strip()),
            **plain,
        )

    @property
    def shown_rows(self) -> tuple[FieldRow, ...]:
        """Its rows, and empty ones to go on."""
        return (*self.rows, *(FieldRow() for _each in range(_SPARE)))

    @property
    def is_blank(self) -> bool:
        """True while no condition is said."""
        return not (self.words or self.domains or self.since or self.before or self.rows or any(self.ticked.values()))

    def table(self) -> dict[str, Any]:
        """What the file would say of it; raises UsageError for what it could not."""
        if self.is_blank:
            raise UsageError(_("Choose at least one condition: without any, this is the whole list."))
        table: dict[str, Any] = {"list": self.list_id, "title": self.title, "words": self.words, **self.ticked}
        table["domains"] = re.split(r"[\s,;]+", self.domains)
        table["fields"] = self._fields()
        days = {"joined_since": self.since, "joined_before": self.before}
        return table | {key: _day(words) for key, words in days.items() if words}

    def _fields(self) -> dict[str, bool | list[str]]:
        fields: dict[str, bool | list[str]] = {}
        for row in self.rows:
            if not row.name:
                raise UsageError(_("Choose the field that must be “{texts}”.", texts=row.texts.strip()))
            if row.name in fields:
                raise UsageError(_("The field “{field}” is there twice: say it once.", field=row.name))
            fields[row.name] = row.wanted()
        return fields


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise UsageError(_("“{words}” is not a day: write 2024-01-31.", words=words)) from None


def _as_day(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat() if moment else ""
