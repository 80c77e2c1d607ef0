"""What a check remarks on an issue, and where."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something stands: a file of the project, and as much of the rest as is known."""

    #: Path relative to the project folder, with `/`.
    file: str
    #: 1-based.
    line: int | None = None
    #: Front-matter key or block parameter.
    field: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Level(StrEnum):
    """How much a finding weighs. An error bars the approval."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A remark on an issue. Never an exception: a check returns it, an editor mends or ignores it."""

    #: Stable name, kebab-case: `image-without-alt`.
    code: str
    level: Level
    #: One translated sentence.
    message: str
    place: Place | None = None
    #: How to mend it, one translated sentence.
    hint: str | None = None
    #: 0-based position of the block in the issue, when the finding is about one.
    block: int | None = None
    #: False: it protects the readers, and no issue may ignore it.
    ignorable: bool = True
    #: Why this issue ignores it, which made it information; "" when it does not.
    ignored: str = ""
