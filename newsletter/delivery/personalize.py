"""One reader's message: the letter is encoded once, then each reader's values are set into it.

Values are put where the merge fields stand, never searched and replaced: what a reader is called cannot become a
field, a header or markup.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from html import escape
from typing import Protocol

from newsletter.delivery import verp
from newsletter.delivery.base64 import Base64Part
from newsletter.delivery.enclosures import enclosed
from newsletter.delivery.message import (
    Identity,
    address_field,
    checked,
    closing_fields,
    list_unsubscribe,
    make_boundary,
    message_ids,
    opening_fields,
    parse_address,
    raw_field,
    text_field,
    web_address,
)
from newsletter.delivery.open_text import OpenText
from newsletter.delivery.quoted_printable import QuotedPrintablePart
from newsletter.model import MergeField, Reader, RenderedMail
from newsletter.wording import one_line

#: Most characters of a value in the letter; names and subjects have limits of their own.
VALUE_LIMIT = 1_000


class EncodedPart(Protocol):
    """A text with holes under one Content-Transfer-Encoding."""

    transfer_encoding: str

    @property
    def size(self) -> int:
        """Octets on the wire but for the values."""
        ...

    def pieces(self, values: Sequence[str]) -> list[bytes]:
        """The encoded part with one value in each hole, ended by CRLF; raises PermanentFailure on a bad value."""
        ...


#: Makes a part of the literals around its holes (one more than there are holes, line ends LF).
Encode = Callable[[Sequence[str]], EncodedPart]


def encode_smallest(literals: Sequence[str]) -> EncodedPart:
    """Quoted-printable while it is the shorter one: base64 from about one octet in six that is not plain ASCII."""
    readable, dense = QuotedPrintablePart(literals), Base64Part(literals)
    return readable if readable.size <= dense.size else dense


class Signer(Protocol):
    """Signs the copies of one letter."""

    def sign(self, own: bytes, rest: Sequence[bytes]) -> bytes:
        """Header fields to stand in front of one copy, each ended by CRLF.

        `own` are the raw header fields that only this copy has, `rest` the pieces of its body after the constant part.
        """
        ...


#: Makes a signer of the raw header fields that all copies share, and of what all their bodies begin with.
MakeSigner = Callable[[bytes, bytes], Signer]


@dataclass(frozen=True)
class LetterPart:
    """One of the two alternatives: its MIME header, where its fields stand, and its encoded literals."""

    opening: bytes
    text: OpenText
    encoded: EncodedPart

    def pieces(self, written: Mapping[str, str]) -> list[bytes]:
        """The part as it goes into the message, from token → text: the same two pieces first, whoever reads it."""
        return [self.opening, *self.encoded.pieces(self.text.values(written))]

    @property
    def constant(self) -> bytes:
        """What it begins with, whoever reads it."""
        return self.opening + self.encoded.pieces([""] * len(self.text.fields))[0]


@dataclass(frozen=True, kw_only=True, repr=False)  # its repr would show the secret
class CompiledMail:
    """Everything of a mailing's messages but what differs from reader to reader. Made by `compile_mail`."""

    identity: Identity
    mailing_key: str
    secret: bytes
    fields: tuple[MergeField, ...]
    subject: OpenText
    #: Header fields before and after the reader's own.
    opening: bytes
    closing: bytes
    text: LetterPart
    html: LetterPart
    end: bytes
    signer: Signer | None

    def message(self, reader: Reader, *, unsubscribe_url: str) -> list[bytes]:
        """A whole message in pieces, line ends CRLF, 7-bit, no line that starts with a dot.

        Raises PermanentFailure when it would not reach the reader as intended: it must not be sent then.
        """
        link = web_address(unsubscribe_url)
        values = self._values(reader, link)
        own = self._own_fields(reader, values, link)
        body = self._body(values)
        message = [self.opening, own, self.closing, *body]
        # The text part's MIME header and first literal are the same in every copy.
        return [self.signer.sign(own, body[2:]), *message] if self.signer else message

    def body(self, reader: Reader, *, unsubscribe_url: str) -> list[bytes]:
        """What stands below the header of one reader's message."""
        return self._body(self._values(reader, web_address(unsubscribe_url)))

    def _values(self, reader: Reader, link: str) -> dict[str, str]:
        return _written(self.fields, reader, {"unsubscribe_url": link})

    def _body(self, values: Mapping[str, str]) -> list[bytes]:
        return [*self.text.pieces(values), *self.html.pieces(_escaped(values)), self.end]

    def message_id(self, reader: Reader) -> str:
        """`<issue.hash@domain>`: keyed, holds no address, the same when sent again."""
        return self._message_ids(reader.subscriber)

    @cached_property
    def _message_ids(self) -> Callable[[int], str]:
        return message_ids(self.identity, mailing_key=self.mailing_key, secret=self.secret)

    def envelope_sender(self, reader: Reader) -> str:
        """MAIL FROM: the return path with this delivery's mark, or the From address when there is no return path."""
        before, after = self._sender
        return before + verp.make_mark(reader.delivery, self.secret) + after if after else before

    @cached_property
    def _sender(self) -> tuple[str, str]:
        """What stands before and after the mark; the whole address and nothing when there is none."""
        if self.identity.return_path:
            return verp.marked(self.identity.return_path)
        return parse_address(self.identity.from_)[1], ""

    def _own_fields(self, reader: Reader, values: Mapping[str, str], link: str) -> bytes:
        """The header fields of one copy. Words of people are read back; a digest and a link say what they say."""
        name = f"{reader.fields.get('first_name', '')} {reader.fields.get('last_name', '')}"
        to = checked([address_field("To", reader.email, name)])
        unsubscribe = list_unsubscribe(link, self.identity.unsubscribe_mailto)
        if "=?" in link:
            checked([raw_field("List-Unsubscribe", unsubscribe)])  # taken for an encoded word: refused
        machine = f"Message-ID: {self.message_id(reader)}\r\nList-Unsubscribe: {unsubscribe}\r\n".encode("ascii")
        if not self.subject.fields:
            return to + machine
        return to + machine + checked([text_field("Subject", self.subject.filled(self.subject.values(values)))])


def compile_mail(
    mail: RenderedMail,
    *,
    identity: Identity,
    mailing_key: str,
    date: datetime,
    secret: bytes,
    web_url: str,
    encode: Encode = encode_smallest,
    seal: MakeSigner | None = None,
) -> CompiledMail:
    """Encode once what every copy shares, and check it.

    `mailing_key` names the mailing for ever, `date` (aware) is its Date header, `secret` keys Message-ID and VERP
    (at most 64 bytes), `web_url` shows the letter in a browser, `seal` makes what signs each copy.
    Raises PermanentFailure when the letter cannot be encoded soundly.
    """
    mark = make_boundary(f"{mail.sha256}\0{mailing_key}")
    web = {field.token: field.prefix + web_address(web_url) for field in mail.fields if field.name == "web_url"}
    subject = OpenText.cut(mail.subject, mail.fields).partly_filled(web)
    inner, before, after = enclosed(mail.pictures, mark=mark)
    fixed_subject = [] if subject.fields else [text_field("Subject", subject.literals[0])]
    opening = checked([*opening_fields(identity, date), *fixed_subject])
    closing = checked(closing_fields(identity, mailing_key=mailing_key, mark=mark))
    plain = OpenText.cut(_ended(mail.text), mail.fields).partly_filled(web)
    markup = OpenText.cut(_ended(mail.html), mail.fields).partly_filled(_escaped(web))
    text = _part("plain", plain, encode=encode, delimiter=f"--{mark}")
    html = _part("html", markup, encode=encode, delimiter=f"\r\n--{inner}")
    # Of the reader's own fields, what every copy shares is checked here.
    sample = message_ids(identity, mailing_key=mailing_key, secret=secret)(0)
    checked(
        [raw_field("Message-ID", sample), raw_field("X", list_unsubscribe("https://x/", identity.unsubscribe_mailto))]
    )
    return CompiledMail(
        identity=identity,
        mailing_key=mailing_key,
        secret=secret,
        fields=tuple(field for field in mail.fields if field.token not in web),
        subject=subject,
        opening=opening,
        closing=closing + b"\r\n",
        text=text,
        html=replace(html, opening=before + html.opening),
        end=after + f"\r\n--{mark}--\r\n".encode(),
        signer=seal(opening + closing, text.constant) if seal else None,
    )


def compose_eml(mail: RenderedMail, reader: Reader, *, identity: Identity, date: datetime, base_url: str) -> bytes:
    """The whole message as a sample reader would get it; same input, same bytes. `base_url` is the public pages'."""
    compiled = compile_mail(
        mail,
        identity=identity,
        mailing_key=mail.issue,
        date=date,
        secret=mail.sha256.encode(),
        web_url=f"{base_url}/v/",
    )
    return b"".join(compiled.message(reader, unsubscribe_url=f"{base_url}/u/"))


def fill(mail: RenderedMail, reader: Reader, *, unsubscribe_url: str, web_url: str) -> tuple[str, str, str]:
    """Subject, HTML and text with one reader's values, as in the message but not encoded."""
    links = {"unsubscribe_url": web_address(unsubscribe_url), "web_url": web_address(web_url)}
    written = _written(mail.fields, reader, links)

    def filled(text: str, by_token: Mapping[str, str]) -> str:
        cut = OpenText.cut(text, mail.fields)
        return cut.filled(cut.values(by_token))

    return filled(mail.subject, written), filled(mail.html, _escaped(written)), filled(mail.text, written)


def write_value(field: MergeField, values: Mapping[str, str]) -> str:
    """One line: the reader's value, else the field's fallback, after the field's prefix unless both are empty."""
    value = one_line(values.get(field.name, ""), limit=VALUE_LIMIT) or one_line(field.fallback, limit=VALUE_LIMIT)
    return field.prefix + value if value else ""


def _written(fields: Sequence[MergeField], reader: Reader, links: Mapping[str, str]) -> dict[str, str]:
    """Token → text for one reader; no column of an import can stand in for the address or the links."""
    values = {**reader.fields, "email": reader.email}
    return {
        field.token: field.prefix + links[field.name] if field.name in links else write_value(field, values)
        for field in fields
    }


def _escaped(written: Mapping[str, str]) -> dict[str, str]:
    return {token: escape(text) for token, text in written.items()}


def _ended(text: str) -> str:
    """Line ends as LF, the last line ended: an encoded part must not stop in a soft break (RFC 2045 §6.7)."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if plain.endswith("\n") else plain + "\n"


def _part(kind: str, text: OpenText, *, encode: Encode, delimiter: str) -> LetterPart:
    encoded = encode(text.literals)
    opening = (
        f"{delimiter}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoded.transfer_encoding}\r\n\r\n"
    )
    return LetterPart(opening.encode("ascii"), text, encoded)
