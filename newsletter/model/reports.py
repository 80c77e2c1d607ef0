"""What a report counts: outcomes in time and by domain, answers of servers, people who came and went."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Self

from newsletter.model.states import DeliveryState


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of a group of deliveries."""

    #: Accepted at the first attempt.
    first: int = 0
    #: Accepted after the server had said “later” at least once.
    later: int = 0
    deferred: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    #: Queued, or on their way.
    waiting: int = 0

    @property
    def sent(self) -> int:
        """All that the servers took responsibility for."""
        return self.first + self.later

    @property
    def total(self) -> int:
        """Everybody in the group."""
        return self.sent + self.deferred + self.failed + self.skipped + self.uncertain + self.waiting

    def __add__(self, other: Self) -> "Tally":
        return Tally(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    def __sub__(self, other: Self) -> "Tally":
        return Tally(**{each.name: getattr(self, each.name) - getattr(other, each.name) for each in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Step:
    """What took its present state in one stretch of time."""

    #: When the stretch begins. Aware.
    at: datetime
    tally: Tally


@dataclass(frozen=True, kw_only=True)
class DomainOutcome:
    """What became of the deliveries to one domain."""

    #: Lower case; "" for people who were erased since.
    domain: str
    tally: Tally


@dataclass(frozen=True, kw_only=True)
class AnswerGroup:
    """One kind of answer with which servers refused or put off."""

    #: `failed` or `deferred`.
    state: DeliveryState
    #: Basic code (RFC 5321 §4.2); 0 when no server answered.
    code: int
    #: Enhanced status code `5.1.1` (RFC 3463), or "".
    enhanced: str
    number: int
    #: One of them, in the server's own words.
    example: str = ""


@dataclass(frozen=True, kw_only=True)
class Moves:
    """How many joined and left an audience in one stretch of time."""

    #: When the stretch begins. Aware.
    at: datetime
    joined: int = 0
    #: On their own word: unsubscribed, objected, erased.
    left: int = 0
    #: Because a server said that the address does not exist.
    lost: int = 0


@dataclass(frozen=True, kw_only=True)
class Month:
    """One month of a list."""

    #: Its first day, where the magazine is.
    day: date
    joined: int
    left: int
    lost: int
    #: How many were written to at its end.
    size: int
