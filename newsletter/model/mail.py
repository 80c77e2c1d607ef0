"""The hinge between newsroom and mailroom: one frozen mail, its merge fields still open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class MergeField:
    """A place in the mail that takes one reader's value.

    In HTML the value is written escaped (`html.escape(value, quote=True)`), in text and subject as it is;
    in all of them without control characters or line ends.
    """

    #: What stands in the mail until then: ASCII letters and digits only, found in no source.
    token: str
    #: `first_name`, `last_name`, `email`, a field of the subscriber, `unsubscribe_url` or `web_url`.
    name: str
    #: Written when the reader has no value.
    fallback: str = ""
    #: Written before the value, and only when what follows it is not empty: the space of « Bonjour Hélène ».
    prefix: str = ""


@dataclass(frozen=True, kw_only=True)
class InlinePicture:
    """A picture that travels in the message, and is shown where the HTML says `cid:` and its id (RFC 2392)."""

    #: Made of its content's digest, so that other bytes have another id: `logo.6f3c…@inline`.
    cid: str
    #: `image/png`, `image/jpeg` or `image/gif`.
    type: str
    #: ASCII file name, for readers who save it.
    name: str
    #: Its bytes as they go into the message, on one line.
    base64: str


@dataclass(frozen=True, kw_only=True)
class RenderedMail:
    """An issue, rendered once for one variant. Two builds of the same sources are equal byte for byte."""

    #: Id of the issue.
    issue: str
    #: `members` or `all`: which members-only blocks it holds.
    variant: str
    #: BCP 47.
    language: str
    subject: str
    preheader: str
    html: str
    text: str
    fields: tuple[MergeField, ...]
    #: Hex digest over subject, preheader, HTML, text and pictures, tokens and fallbacks included.
    sha256: str
    #: Those that the HTML names by `cid:`.
    pictures: tuple[InlinePicture, ...] = ()


class Reader(NamedTuple):
    """One claimed delivery with all the sender needs to write it: no second look at the store."""

    #: Id of the delivery.
    delivery: int
    subscriber: int
    subscription: int
    email: str
    #: `first_name`, `last_name` and every other field.
    fields: Mapping[str, str] = MappingProxyType({})
    #: How many times it was tried before.
    attempts: int = 0
    #: When it was first tried. Aware; None before the first.
    first_tried_at: datetime | None = None


class Prepared(NamedTuple):
    """One reader's message, ready to leave."""

    #: Envelope sender.
    sender: str
    #: Envelope recipient.
    recipient: str
    #: The message in pieces: CRLF, 7-bit, no line starting with a dot.
    content: Sequence[bytes]
