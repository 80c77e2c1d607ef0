"""What comes back: bounces (RFC 3464, RFC 6533), complaints (RFC 5965), requests to leave, read and entered once.

Only what a machine wrote for machines counts: no word of a message is searched for an address or a reason.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from newsletter.model import Addressee, Event, Returned, ReturnKind, SuppressionReason
from newsletter.ports.returns import ReturnStore
from newsletter.wording import one_line

#: The address does not exist, or its mailbox is closed: one of these is enough.
_GONE = ("5.1.1", "5.1.2", "5.1.10", "5.2.1")
#: Of any other failure it takes so many, within so long.
_PATIENCE, _WINDOW = 5, timedelta(days=30)

#: Parts that hold fields. The standard library splits the first, takes the second for a letter, and decodes neither.
_FIELDS = {f"message/{name}" for name in ("delivery-status", "global-delivery-status", "feedback-report")}
_FIELDS |= {"message/global-headers", "text/rfc822-headers"}
_STATUS = ("text/delivery-status", "text/global-delivery-status")
#: Of a part of fields, what is read: no report says more.
_MOST = 1 << 16

#: Where the envelope sender of the letter may stand.
_ADDRESSED = (
    *("To", "Delivered-To", "X-Original-To", "Envelope-To", "Original-Recipient", "Final-Recipient"),
    *("Original-Mail-From", "Return-Path"),
)
_MARK = re.compile(r"\+([0-9A-Fa-f]{20})@")
_TOKEN = re.compile(r"(?<![\w.-])\d{1,19}\.[\w-]{22}(?![\w-])", re.ASCII)
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_CODE = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_FINER = re.compile(r"\s*smtp\s*;\s*\d{3}[ -]+#?([45]\.\d{1,3}\.\d{1,3})\b", re.IGNORECASE)


class _Report(Message):
    """A message whose parts of fields are text to the parser, whatever their encoding."""

    def get_content_type(self) -> str:
        kind = super().get_content_type()
        return kind.replace("message/", "text/") if kind in _FIELDS else kind


# --- one message -----------------------------------------------------------------------------------------------


def read_return(raw: bytes) -> Returned:
    """What one message of the box says. A report counts when it is the message, or a part of it: one that somebody
    forwards is a letter about a report."""
    try:
        message = BytesParser(_Report, policy=compat32).parsebytes(raw)
        report = next((part for part in _parts(message) if part.get_content_type() == "multipart/report"), message)
        parts = list(_parts(report))
    except RecursionError:  # thousands of parts, one in the other
        return Returned(kind=ReturnKind.OTHER)
    blocks = [block for part in parts if part.get_content_type() in _STATUS for block in _blocks(part)]
    complaint = next((_blocks(part) for part in parts if part.get_content_type() == "text/feedback-report"), [])
    kind, status = _kind(report, blocks, complaint)
    subject = _subject(message)
    tokens = tuple(_TOKEN.findall(subject)) if kind is ReturnKind.OTHER else ()
    letter = next(_letters(parts), Message())
    said = [value for part in (message, *blocks, *complaint, letter) for value in _values(part, *_ADDRESSED)]
    named = [*_values(letter, "Message-ID"), *_values(message, "In-Reply-To", "References")]
    return Returned(
        kind=ReturnKind.LEFT if tokens else kind,
        status=status,
        marks=tuple(dict.fromkeys(_MARK.findall("\n".join(said)))),
        message_ids=tuple(dict.fromkeys(_MESSAGE_ID.findall("\n".join(named)))),
        tokens=tokens,
        name=_name(message, raw),
        at=_moment(message),
        subject=subject,
    )


def _parts(message: Message) -> Iterator[Message]:
    """The message and its parts, not those of a message that it encloses."""
    yield message
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            assert isinstance(part, Message)
            yield from _parts(part)


def _kind(report: Message, blocks: Sequence[Message], complaint: Sequence[Message]) -> tuple[ReturnKind, str]:
    """What it is, and the status of a bounce: of several recipients the one that is least final."""
    if report.get_content_type() != "multipart/report":
        return ReturnKind.OTHER, ""
    if complaint:
        abuse = "".join(_values(complaint[0], "Feedback-Type")).strip().lower() == "abuse"
        return (ReturnKind.COMPLAINED if abuse else ReturnKind.OTHER), ""
    actions = [(action[0].split() or [""])[0].lower() for block in blocks if (action := _values(block, "Action"))]
    if not actions:
        return ReturnKind.OTHER, ""
    if any(action != "failed" for action in actions):
        return ReturnKind.NOTICE, ""
    statuses = [_status(block) for block in blocks if _values(block, "Action")]
    return ReturnKind.BOUNCED, next((status for status in statuses if status not in _GONE), statuses[0])


def _status(block: Message) -> str:
    """The enhanced status; where it says nothing (`5.0.0`), that of the answer which the server quotes."""
    found = _CODE.match("".join(_values(block, "Status")))
    status = found[1] if found else "5.0.0"
    finer = _FINER.match("".join(_values(block, "Diagnostic-Code"))) if status.endswith(".0.0") else None
    return finer[1] if finer else status


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload(decode=True)
    text = payload[:_MOST].decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return [HeaderParser().parsestr(block) for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())]


def _letters(parts: Sequence[Message]) -> Iterator[Message]:
    """The header of the letter that is returned, whole or its header only."""
    for part in parts:
        if part.get_content_maintype() == "message" and part.is_multipart():
            yield from (letter for letter in part.get_payload() if isinstance(letter, Message))
        elif part.get_content_type() in ("text/rfc822-headers", "text/global-headers"):
            yield _blocks(part)[0]


def _values(message: Message, *names: str) -> list[str]:
    return [str(value) for name in names for value in message.get_all(name, ())]


def _moment(message: Message) -> datetime | None:
    try:
        moment = parsedate_to_datetime("".join(_values(message, "Date")[:1]))
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _name(message: Message, raw: bytes) -> str:
    """By its Message-ID, since some programs write into what they have read; else by its bytes."""
    said = "".join(_values(message, "Message-ID")).strip()
    return hashlib.sha256(said.encode("utf-8", "replace") or raw).hexdigest()[:16]


def _subject(message: Message) -> str:
    said = "".join(_values(message, "Subject")[:1])
    with suppress(MessageError, LookupError, ValueError):  # else as it stands there
        said = str(make_header(decode_header(said)))
    return one_line(said, limit=120)


# --- what it comes to ------------------------------------------------------------------------------------------


def judge(returned: Returned, at: datetime, history: Sequence[Event]) -> SuppressionReason | None:
    """Why the address is never to be written to again; None while it may. Whoever was taken off the list of
    suppressions by hand begins anew."""
    if returned.kind is ReturnKind.COMPLAINED:
        return SuppressionReason.COMPLAINED
    failures = 1
    for fact in history:
        if fact.kind == "unsuppressed":
            failures = 1
        elif fact.kind == ReturnKind.BOUNCED and timedelta() <= at - fact.at <= _WINDOW:
            failures += 1
    return SuppressionReason.BOUNCED if returned.status in _GONE or failures >= _PATIENCE else None


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """Enters what came back in the histories of those it is about, each once."""

    store: ReturnStore
    #: Everything that is known of a person, oldest first.
    history_of: Callable[[int], Sequence[Event]]
    #: The delivery that a return is about; None when it names none of ours.
    delivery_of: Callable[[Returned], int | None]
    #: What comes of a request to leave: `left`, `repeated`, or `other` when its token is not ours.
    leave: Callable[[Returned], str]
    now: datetime
    #: A failure that came back earlier was known, and may be forgotten by now. Aware.
    since: datetime
    dry_run: bool
    _histories: dict[int, list[Event]] = field(default_factory=dict)

    def settle(self, returned: Returned) -> str:
        """The count of ReturnsReport that it belongs to. A dry run says the same and writes nothing."""
        if returned.kind in (ReturnKind.NOTICE, ReturnKind.OTHER):
            return returned.kind.value
        if returned.kind is ReturnKind.LEFT:
            return self.leave(returned)
        if returned.kind is ReturnKind.BOUNCED and happened(returned, self.now) < self.since:
            return "repeated"
        delivery = self.delivery_of(returned)
        to = self.store.addressee(delivery) if delivery is not None else None
        return self._enter(returned, to) if to else "unknown"

    def _enter(self, returned: Returned, to: Addressee) -> str:
        if to.subscriber not in self._histories:
            self._histories[to.subscriber] = list(self.history_of(to.subscriber))
        history = self._histories[to.subscriber]
        detail = ", ".join(filter(None, (returned.status, to.issue)))
        # Never before what is known already: a history is read in the order in which it was written.
        at = max([happened(returned, self.now), *(known.at for known in history[-1:])])
        fact = Event(kind=returned.kind.value, at=at, detail=detail)
        if any((known.kind, known.detail) == (fact.kind, fact.detail) for known in history):
            return "repeated"
        reason = judge(returned, fact.at, history)
        if not self.dry_run and not self.store.enter(to, fact, reason=reason, now=self.now):
            return "repeated"
        history.append(fact)
        return reason.value if reason else "noted"


def happened(returned: Returned, now: datetime) -> datetime:
    """When it came back; a report that is dated later, or more than a year ago, came back now."""
    at = returned.at
    return at if at and now - timedelta(days=366) <= at <= now else now
