"""Whom a mailing is for: a list, or a segment of it, minus others; and the subtraction from one to the other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self

#: What a field of a person must be: one of these texts; True, filled; False, empty.
Wanted = tuple[str, ...] | bool


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A saved filter on a list: whoever fits every condition that is set. Without a name or a condition: the list."""

    #: Id of the list.
    list: str
    #: Its table in `segments.toml`; "" for the list itself.
    name: str = ""
    title: str = ""
    #: Each stands somewhere in the first name, the last name or the address.
    words: str = ""
    #: At least one of these tags, every one, none.
    tags_any: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_none: tuple[str, ...] = ()
    #: `first_name`, `last_name` or another column of the person → what it must be.
    fields: Mapping[str, Wanted] = field(default_factory=dict)
    #: Domains of the address, as A-labels (RFC 5890) in small letters.
    domains: tuple[str, ...] = ()
    #: When they subscribed: from this moment on, before that one. Aware.
    joined_since: datetime | None = None
    joined_before: datetime | None = None
    #: Issues of which a server took their copy: one of these at least; none of those.
    sent: tuple[str, ...] = ()
    not_sent: tuple[str, ...] = ()

    @property
    def conditions(self) -> dict[str, Any]:
        """What is set, by its name in the file."""
        names = [one.name for one in fields(self) if one.name not in ("list", "name", "title")]
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def issues(self) -> frozenset[str]:
        """Those of which it asks who has a copy."""
        return frozenset((*self.sent, *self.not_sent))

    def to_mapping(self) -> dict[str, Any]:
        """Ready for JSON; what is not set is left out."""
        said = {name: getattr(self, name) for name in ("list", "name", "title")} | self.conditions
        return {name: _plain(value) for name, value in said.items() if value}

    @classmethod
    def from_mapping(cls, said: Mapping[str, Any]) -> Self:
        """The segment that `to_mapping` said."""
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
        for name in ("joined_since", "joined_before"):
            values |= {name: datetime.fromisoformat(said[name])} if name in said else {}
        wanted = said.get("fields", {})
        return cls(
            **values | {"fields": {name: one if one in (True, False) else tuple(one) for name, one in wanted.items()}}
        )


@dataclass(frozen=True, kw_only=True)
class Readership:
    """Whom a mailing is for, by rule: who they are is known when it is frozen."""

    of: Segment
    #: Segments, or whole lists, whose people are left out.
    without: tuple[Segment, ...] = ()

    @classmethod
    def whole(cls, list_id: str) -> Self:
        """Everybody on a list."""
        return cls(of=Segment(list=list_id))

    @property
    def list(self) -> str:
        """The list they subscribe to: its sender, its edition, its unsubscribe link."""
        return self.of.list

    @property
    def is_whole(self) -> bool:
        """True for a list with nobody left out."""
        return not self.of.conditions and not self.without

    @property
    def issues(self) -> frozenset[str]:
        """Those of which its segments ask who has a copy."""
        return self.of.issues.union(*(each.issues for each in self.without))

    @property
    def key(self) -> str:
        """The rule in one text: the same for the same rule, whatever its titles; "" for a whole list."""
        return "" if self.is_whole else json.dumps(_untitled(self.to_mapping()), sort_keys=True)

    def to_mapping(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"of": self.of.to_mapping(), "without": [each.to_mapping() for each in self.without]}

    @classmethod
    def from_mapping(cls, said: Mapping[str, Any]) -> Self:
        """What `to_mapping` said."""
        without = tuple(map(Segment.from_mapping, said["without"]))
        return cls(of=Segment.from_mapping(said["of"]), without=without)


@dataclass(frozen=True, kw_only=True)
class Account:
    """From everybody on a list to those who get a letter: a subtraction."""

    #: They get it.
    people: int
    pending: int = 0
    unsubscribed: int = 0
    #: Confirmed, but suppressed.
    suppressed: int = 0
    #: Mailable, but not in the segment.
    outside: int = 0
    #: In the segment, but in one that is left out: how many for each, by the first that names them.
    without: tuple[int, ...] = ()
    #: They have this very issue already, or one on its way.
    served: int = 0

    @property
    def listed(self) -> int:
        """Everybody who has a subscription, whatever it says."""
        left = self.pending + self.unsubscribed + self.suppressed + self.outside + sum(self.without)
        return self.people + left + self.served


def _untitled(said: dict[str, Any]) -> dict[str, Any]:
    segments = [said["of"], *said["without"]]
    return {"segments": [{name: value for name, value in each.items() if name != "title"} for each in segments]}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value
