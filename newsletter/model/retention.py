"""What is kept for how long, and what a purge let go."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Horizons:
    """What is older than that is let go. Aware."""

    ledger: datetime
    bounces: datetime
    consents: datetime
    logs: datetime


@dataclass(frozen=True, kw_only=True)
class Purge:
    """How many of each kind a purge let go, or would."""

    #: Deliveries whose address was forgotten; who had which issue stays known by number.
    deliveries: int
    #: Test sends whose addresses were forgotten.
    proofs: int
    #: Refusals whose words were forgotten; their codes stay.
    answers: int
    #: Failures that came back later.
    bounces: int
    #: Proofs of subscriptions that ended.
    consents: int
    #: People who are on no list any more; a keyed hash stays.
    people: int
    #: Entries in the log of a mailing that quoted an address.
    remarks: int
    #: Rehearsals whose letters were deleted.
    rehearsals: int
    #: Files of what processes had to say.
    logs: int
    #: Why the database's files may still hold what was forgotten, one sentence; "" when they do not.
    note: str = ""
    dry_run: bool = False

    @property
    def total(self) -> int:
        """Of all kinds together."""
        return sum(value for value in vars(self).values() if isinstance(value, int) and not isinstance(value, bool))
