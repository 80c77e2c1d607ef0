"""One person's history in words: what happened, when, on which list, and the letters that were made for them."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from newsletter.audience.subscriptions import BY_MAIL
from newsletter.i18n import _

_IMPORT = re.compile(r"import: (.+) \(sha256 ([0-9a-f]{64})\)")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of a history."""

    #: Aware.
    at: dt.datetime
    what: str
    #: Id of a list, or None.
    list: str | None
    #: Title of the segment that a letter was for, or "".
    segment: str = ""
    #: Where it comes from, or the issue of a letter.
    detail: str


def facts_of(record: Mapping[str, Any], *, called: Callable[[str], str]) -> list[Fact]:
    """The newest first; `record` is what a project's `person` answers, `called` says an issue's subject."""
    events, letters = _event_names(), _letter_names()
    facts = [
        Fact(
            at=_moment(each["at"]),
            what=events.get(_kind(each), each["kind"]),
            list=each["list"],
            detail=source_name(each["detail"]),
        )
        for each in record.get("events", ())
    ]
    facts += [
        Fact(
            at=_moment(each["at"]),
            what=letters[each["state"]],
            list=each["list"],
            segment=each["segment"],
            detail=called(each["issue"]),
        )
        for each in record.get("letters", ())
    ]
    return sorted(facts, key=lambda fact: fact.at, reverse=True)


def _kind(event: Mapping[str, Any]) -> str:
    """Its own kind; the store says `imported` of everybody who was added, one by one too."""
    by_hand = event["kind"] == "imported" and not _IMPORT.fullmatch(event["detail"])
    return "confirmed" if by_hand else str(event["kind"])


def _moment(words: str) -> dt.datetime:
    return dt.datetime.fromisoformat(words)


def source_name(said: str) -> str:
    """Where a fact or a proof comes from: our own short words for it are translated, others stand as they are."""
    if imported := _IMPORT.fullmatch(said):
        return _("import of {file}, fingerprint {digest}", file=imported[1], digest=imported[2][:12])
    if said.startswith(BY_MAIL):
        return _("by mail, on request")
    known = {
        "hand": _("by hand"),
        "one-click": _("by the link of a letter"),
        "bounced": _("its letters come back: the address does not exist, or keeps failing"),
        "complained": _("a letter was reported as spam"),
        "asked": _("on request"),
    }
    return known.get(said, said)


def _event_names() -> dict[str, str]:
    return {
        "imported": _("Subscribed by an import"),
        "confirmed": _("Subscribed"),
        "pending": _("Awaiting confirmation"),
        "unsubscribed": _("Unsubscribed"),
        "bounced": _("Letter came back"),
        "complained": _("Letter reported as spam"),
        "suppressed": _("Never to be written to again"),
        "unsuppressed": _("May be written to again"),
    }


def _letter_names() -> dict[str, str]:
    return {
        "queued": _("Letter waiting to leave"),
        "sending": _("Letter leaving"),
        "sent": _("Letter delivered"),
        "deferred": _("Letter deferred by the server"),
        "failed": _("Letter refused by the server"),
        "skipped": _("Letter not sent: unsubscribed meanwhile"),
        "uncertain": _("Letter uncertain: no answer from the server"),
    }
