"""Who a letter comes from, and the header fields that say so: addresses, Date, Message-ID, List-*, MIME."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b
from typing import NamedTuple

from newsletter.delivery import verp
from newsletter.delivery.headers import (
    ADDRESS,
    NAME_LIMIT,
    TEXT_LIMIT,
    address_header,
    check_headers,
    mailbox,
    raw_header,
    text_header,
)
from newsletter.errors import ContentError, PermanentFailure
from newsletter.i18n import _
from newsletter.wording import one_line, slug, unaccented

#: What makes a mail program's own button unsubscribe without a question (RFC 8058 §3.1).
ONE_CLICK = "List-Unsubscribe=One-Click"

_NAMED_ADDRESS = re.compile(r'\s*(?:"(?P<quoted>[^"\\<>]*)"|(?P<bare>[^"<>]*?))\s*<(?P<address>[^<>]*)>\s*')
_WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]+")
_LINE = 78


def parse_address(written: str) -> tuple[str, str]:
    """`Imagine <lettre@example.org>` → name (possibly "") and address; raises ContentError on anything else."""
    match = _NAMED_ADDRESS.fullmatch(written)
    address = match["address"] if match else written.strip()
    if not ADDRESS.fullmatch(address):
        raise ContentError(
            _("“{address}” is not an address to write from", address=one_line(written, limit=NAME_LIMIT)),
            hint=_("write it as: Imagine <lettre@example.org>"),
        )
    return one_line((match["quoted"] or match["bare"] or "") if match else "", limit=NAME_LIMIT), address


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who writes to which list. A mailing keeps it as flat strings, so that a resumed one signs as it began."""

    #: `Imagine <lettre@example.org>`.
    from_: str
    #: Same form; "": answers go to `from_`.
    reply_to: str = ""
    #: Id of the list in the settings: `members`.
    list_id: str
    list_title: str = ""
    #: Bare address of the envelope sender, VERP not yet added; "": the From address as it is.
    return_path: str = ""
    #: Bare address that takes unsubscribe requests by mail; "": none does.
    unsubscribe_mailto: str = ""
    #: Right side of Message-ID and List-Id.
    domain: str

    @classmethod
    def make(cls, *, from_: str, list_id: str, **others: str) -> "Identity":
        """The domain is the From address's; raises ContentError naming the address that is wrong."""
        identity = cls(
            from_=from_, list_id=list_id, domain=parse_address(from_)[1].rpartition("@")[2].lower(), **others
        )
        for address in filter(None, (identity.reply_to, identity.unsubscribe_mailto)):
            parse_address(address)
        if identity.return_path:
            verp.marked(identity.return_path)
        return identity

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, str]) -> "Identity":
        """Back from `to_mapping`, as a mailing stores it; keys it does not know are left alone."""
        known = {key: mapping[key] for key in cls.__dataclass_fields__ if key in mapping}
        return cls(from_=mapping["from"], **known)

    def to_mapping(self) -> dict[str, str]:
        """Flat strings for `Freeze.identity`."""
        values = asdict(self)
        return {"from": values.pop("from_"), **values}


class Field(NamedTuple):
    """A header field as it is written, and what it must read back as."""

    raw: bytes
    name: str
    meaning: str


def address_field(name: str, address: str, display_name: str = "") -> Field:
    """Exactly one mailbox; raises PermanentFailure when the address cannot be written."""
    return Field(address_header(name, address, display_name), name, mailbox(address, display_name))


def text_field(name: str, text: str) -> Field:
    """Words for a person."""
    return Field(text_header(name, text), name, one_line(text, limit=TEXT_LIMIT))


def raw_field(name: str, value: str) -> Field:
    """Printable ASCII for a machine, on one line; raises PermanentFailure when it is not."""
    return Field(raw_header(name, value), name, value)


def checked(fields: Sequence[Field]) -> bytes:
    """The bytes of these fields, read back first; raises PermanentFailure when they do not say what was meant."""
    raw = b"".join([field.raw for field in fields])
    check_headers(raw, [(field.name, field.meaning) for field in fields])
    return raw


def opening_fields(identity: Identity, date: datetime) -> list[Field]:
    """From, Reply-To and Date (RFC 5322 §3.6); `date` is aware, its offset is written as it is."""
    name, address = parse_address(identity.from_)
    fields = [address_field("From", address, name)]
    if identity.reply_to:
        reply_name, reply_address = parse_address(identity.reply_to)
        fields.append(address_field("Reply-To", reply_address, reply_name))
    return [*fields, raw_field("Date", format_datetime(date))]


def closing_fields(identity: Identity, *, mailing_key: str, mark: str) -> list[Field]:
    """What every copy says of its list and of its MIME structure; `mark` is the boundary."""
    return [
        raw_field("List-Unsubscribe-Post", ONE_CLICK),
        raw_field("List-Id", list_identifier(identity)),
        raw_field("Precedence", "bulk"),
        raw_field("Feedback-ID", feedback_id(identity, mailing_key)),
        raw_field("MIME-Version", "1.0"),
        raw_field("Content-Type", f'multipart/alternative; boundary="{mark}"'),
    ]


def list_identifier(identity: Identity) -> str:
    """`Imagine <members.example.org>` (RFC 2919), stable for ever; the phrase in ASCII, for List-* is never encoded."""
    phrase = one_line(re.sub(r"[^A-Za-z0-9'-]+", " ", unaccented(identity.list_title)), limit=40)
    identifier = f"<{_slug(identity.list_id, 40)}.{identity.domain}>"
    named = f"{phrase} {identifier}"
    return named if phrase and len("List-Id: ") + len(named) <= _LINE else identifier


def feedback_id(identity: Identity, mailing_key: str) -> str:
    """`mailing:list:news:sender`, by which Gmail counts complaints; no personal data."""
    sender = _slug(identity.domain.replace(".", ""), 15)
    return f"{_slug(mailing_key, 24)}:{_slug(identity.list_id, 16)}:news:{sender}"


def message_ids(identity: Identity, *, mailing_key: str, secret: bytes) -> Callable[[int], str]:
    """Makes the Message-ID of each subscriber's copy, `<issue.hash@domain>`: keyed, it holds no address.

    The same for every attempt at one reader in one mailing, so that a mailbox can drop a second copy.
    """
    keyed = blake2b(f"{mailing_key}\0".encode(), key=secret, digest_size=16, person=b"message-id")
    before, after = f"<{_slug(mailing_key, 40)}.", f"@{identity.domain}>"

    def message_id(subscriber: int) -> str:
        digest = keyed.copy()
        digest.update(b"%d" % subscriber)
        return before + digest.hexdigest() + after

    return message_id


def list_unsubscribe(address: str, token: str, mailto: str) -> str:
    """One raw line, https first (RFC 2369 §3.2, RFC 8058 §3.1); `token` ends the address, and is the mail's subject."""
    return f"<{address}{token}>, <mailto:{mailto}?subject={token}>" if mailto else f"<{address}{token}>"


def web_address(url: str) -> str:
    """The address itself, once sure that it is ASCII and can stand between angle brackets; PermanentFailure if not."""
    if not _WEB_ADDRESS.fullmatch(url):
        # Not shown: it holds one reader's token.
        raise PermanentFailure(
            _("the address of a page for the reader cannot be written in a message"),
            hint=_("see [public] url in newsletter.toml: ASCII, without blanks, starting with https://"),
        )
    return url


def make_boundary(seed: str) -> str:
    """A MIME boundary that no part can hold: `=_` never occurs in quoted-printable nor base64 (RFC 2045 §6.7)."""
    return "=_" + hashlib.sha256(f"boundary\0{seed}".encode()).hexdigest()[:20]


def _slug(text: str, limit: int) -> str:
    """A part of an identifier, which may not be empty."""
    return slug(text, limit=limit) or "x"
