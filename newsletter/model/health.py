"""What `doctor` finds: one sentence on one thing that mail depends on, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a thing stands. An error keeps letters from leaving, or from arriving."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One line of `doctor`."""

    #: Stable name of what was looked at, kebab-case: `relay-tls`.
    code: str
    level: Health
    #: One translated sentence.
    message: str
    #: What to do, one translated sentence.
    hint: str | None = None


def sound(code: str, message: str) -> Diagnosis:
    """Nothing to do."""
    return Diagnosis(code=code, level=Health.OK, message=message)


def doubtful(code: str, message: str, hint: str | None = None) -> Diagnosis:
    """Somebody should look."""
    return Diagnosis(code=code, level=Health.WARNING, message=message, hint=hint)


def wrong(code: str, message: str, hint: str | None = None) -> Diagnosis:
    """To mend before a mailing."""
    return Diagnosis(code=code, level=Health.ERROR, message=message, hint=hint)
