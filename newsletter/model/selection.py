"""Why an article is in the next issue, or out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.model.findings import Place


class Reason(StrEnum):
    """Why an article was taken (`NEW`, `ASKED`) or left (the others)."""

    #: Published since the last issue's cut-off.
    NEW = "new"
    #: Left by the rules, taken because somebody asked.
    ASKED = "asked"
    #: An earlier issue has it.
    ALREADY_SENT = "already-sent"
    DRAFT = "draft"
    #: `published: false`.
    UNPUBLISHED = "unpublished"
    #: Dated after the day the issue is planned for.
    FUTURE = "future"
    #: Older than the last issue's cut-off.
    OLD = "old"
    #: Its deadline falls before the day the issue is planned for.
    EXPIRED = "expired"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The verdict on one article file."""

    #: Path under the articles folder.
    path: str
    #: Empty when unreadable.
    title: str
    #: None when unreadable. Aware.
    date: datetime | None
    taken: bool
    reason: Reason
    #: The reason as one translated sentence: « Déjà paru dans le no 156 ».
    sentence: str
    place: Place | None = None
