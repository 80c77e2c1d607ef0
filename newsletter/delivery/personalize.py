"""One reader's message: the letter is encoded once, then each reader's values are set into it.

Values are put where the merge fields stand, never searched and replaced: what a reader is called cannot become a
field, a header or markup.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import NamedTuple, Protocol

from newsletter.delivery import verp
from newsletter.delivery.enclosures import enclosed
from newsletter.delivery.headers import address_header
from newsletter.delivery.message import (
    Identity,
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
from newsletter.delivery.parts import Encode, EncodedPart, WriteField, encode_smallest, mime_header, write_value, writer
from newsletter.errors import PermanentFailure
from newsletter.i18n import _
from newsletter.model import MergeField, Reader, RenderedMail

#: What may end an address as it is: in a header, in HTML, and on one line of either encoding, even alone on it.
_TOKEN = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,63})?")


class Pages(NamedTuple):
    """The public pages a letter leads to."""

    #: Shows the letter in a browser.
    web: str
    #: Where a reader leaves the list, but for the token at its end.
    leave: str


class Signer(Protocol):
    """Signs the copies of one letter."""

    def sign(self, own: bytes, rest: Sequence[bytes]) -> bytes:
        """Header fields to stand in front of one copy, each ended by CRLF.

        `own` are the raw header fields that only this copy has, `rest` the pieces of its body after the constant part.
        """
        ...


#: Makes a signer of the raw header fields that all copies share, and of what all their bodies begin with.
MakeSigner = Callable[[bytes, bytes], Signer]


@dataclass(frozen=True, kw_only=True, repr=False)  # its repr would show the secret
class CompiledMail:
    """Everything of a mailing's messages but what differs from reader to reader. Made by `compile_mail`."""

    identity: Identity
    pages: Pages
    fields: tuple[MergeField, ...]
    #: What writes each of the fields.
    writers: Sequence[WriteField]
    subject: OpenText
    #: Header fields before the reader's own.
    opening: bytes
    #: The two alternatives, each with its MIME header; before the text, the header fields after the reader's own.
    text: EncodedPart
    html: EncodedPart
    #: Which of the writers' values goes into each hole.
    text_holes: Sequence[int]
    html_holes: Sequence[int]
    end: bytes
    signer: Signer | None
    #: Subscriber → `<issue.hash@domain>`.
    message_ids: Callable[[int], str]
    #: Delivery → MAIL FROM.
    senders: Callable[[int], str]

    def message(self, reader: Reader, *, token: str) -> list[bytes]:
        """A whole message in pieces, line ends CRLF, 7-bit, no line that starts with a dot.

        `token` ends the address where the reader leaves. Raises PermanentFailure when the message would not reach the
        reader as intended: it must not be sent then.
        """
        body = self.body(reader, token=token)
        own = self._own_fields(reader, token)
        message = [self.opening, own, *body]
        return [self.signer.sign(own, body[1:]), *message] if self.signer else message

    def body(self, reader: Reader, *, token: str) -> list[bytes]:
        """What stands below one reader's own header fields."""
        if not _TOKEN.fullmatch(token):
            raise PermanentFailure(_("the address of a page for the reader cannot be written in a message"))
        end = token.encode("ascii")
        values: list[bytes] = []
        for write in self.writers:
            values += write(reader, end)
        value = values.__getitem__
        text = self.text.pieces(map(value, self.text_holes))
        return [*text, *self.html.pieces(map(value, self.html_holes)), self.end]

    def message_id(self, reader: Reader) -> str:
        """Keyed, holds no address, the same when sent again."""
        return self.message_ids(reader.subscriber)

    def envelope_sender(self, reader: Reader) -> str:
        """MAIL FROM: the return path with this delivery's mark, or the From address when there is no return path."""
        return self.senders(reader.delivery)

    def _own_fields(self, reader: Reader, token: str) -> bytes:
        """The header fields of one copy. Words of people are read back; a digest and a link say what they say."""
        fields = reader.fields
        to = address_header("To", reader.email, f"{fields.get('first_name', '')} {fields.get('last_name', '')}")
        leaving = list_unsubscribe(self.pages.leave, token, self.identity.unsubscribe_mailto)
        machine = f"Message-ID: {self.message_ids(reader.subscriber)}\r\nList-Unsubscribe: {leaving}\r\n"
        own = to + machine.encode("ascii")
        return own + self._own_subject(reader, token) if self.subject.fields else own

    def _own_subject(self, reader: Reader, token: str) -> bytes:
        values = self.subject.values(_written(self.fields, reader, {"unsubscribe_url": self.pages.leave + token}))
        return checked([text_field("Subject", self.subject.filled(values))])


def compile_mail(
    mail: RenderedMail,
    *,
    identity: Identity,
    mailing_key: str,
    date: datetime,
    secret: bytes,
    pages: Pages,
    encode: Encode = encode_smallest,
    seal: MakeSigner | None = None,
) -> CompiledMail:
    """Encode once what every copy shares, and check it.

    `mailing_key` names the mailing for ever, `date` (aware) is its Date header, `secret` keys Message-ID and VERP
    (at most 64 bytes), `seal` makes what signs each copy.
    Raises PermanentFailure when the letter cannot be encoded soundly.
    """
    mark = make_boundary(f"{mail.sha256}\0{mailing_key}")
    web = _led_to(web_address(pages.web), "web_url", mail.fields)
    leave = _led_to(web_address(pages.leave), "unsubscribe_url", mail.fields)
    subject = OpenText.cut(mail.subject, mail.fields).partly_filled(web)
    inner, before, after = enclosed(mail.pictures, mark=mark)
    fixed_subject = [] if subject.fields else [text_field("Subject", subject.literals[0])]
    opening = checked([*opening_fields(identity, date), *fixed_subject])
    closing = checked(closing_fields(identity, mailing_key=mailing_key, mark=mark))
    plain = OpenText.cut(_ended(mail.text), mail.fields).partly_filled(web).begun(leave)
    markup = OpenText.cut(_ended(mail.html), mail.fields).partly_filled(_escaped(web)).begun(_escaped(leave))
    fields = tuple(field for field in mail.fields if field.token not in web)
    text, html = encode(plain.literals), encode(markup.literals)
    constant = text.begin(mime_header("plain", text, delimiter=f"--{mark}"))
    signer = seal(opening + closing, constant) if seal else None
    text.begin(closing + b"\r\n")
    html.begin(before + mime_header("html", html, delimiter=f"\r\n--{inner}"))
    # Of the reader's own fields, what every copy shares is checked here.
    ids = message_ids(identity, mailing_key=mailing_key, secret=secret)
    leaving = list_unsubscribe(pages.leave, "", identity.unsubscribe_mailto)
    checked([raw_field("Message-ID", ids(0)), raw_field("List-Unsubscribe", leaving)])
    return CompiledMail(
        identity=identity,
        pages=pages,
        fields=fields,
        writers=[writer(field, text, html) for field in fields],
        subject=subject,
        opening=opening,
        text=text,
        html=html,
        text_holes=[2 * fields.index(field) for field in plain.fields],
        html_holes=[2 * fields.index(field) + 1 for field in markup.fields],
        end=after + f"\r\n--{mark}--\r\n".encode(),
        signer=signer,
        message_ids=ids,
        senders=_senders(identity, secret),
    )


def compose_eml(mail: RenderedMail, reader: Reader, *, identity: Identity, date: datetime, base_url: str) -> bytes:
    """The whole message as a sample reader would get it; same input, same bytes. `base_url` is the public pages'."""
    compiled = compile_mail(
        mail,
        identity=identity,
        mailing_key=mail.issue,
        date=date,
        secret=mail.sha256.encode(),
        pages=Pages(web=f"{base_url}/v/", leave=f"{base_url}/u/"),
    )
    return b"".join(compiled.message(reader, token=""))


def fill(mail: RenderedMail, reader: Reader, *, unsubscribe_url: str, web_url: str) -> tuple[str, str, str]:
    """Subject, HTML and text with one reader's values, as in the message but not encoded."""
    links = {"unsubscribe_url": web_address(unsubscribe_url), "web_url": web_address(web_url)}
    written = _written(mail.fields, reader, links)

    def filled(text: str, by_token: Mapping[str, str]) -> str:
        cut = OpenText.cut(text, mail.fields)
        return cut.filled(cut.values(by_token))

    return filled(mail.subject, written), filled(mail.html, _escaped(written)), filled(mail.text, written)


def _senders(identity: Identity, secret: bytes) -> Callable[[int], str]:
    if not identity.return_path:
        address = parse_address(identity.from_)[1]
        return lambda _delivery: address
    (before, after), mark = verp.marked(identity.return_path), verp.mark_maker(secret)
    return lambda delivery: before + mark(delivery) + after


def _led_to(address: str, name: str, fields: Sequence[MergeField]) -> dict[str, str]:
    """Token → address, for the fields of this name."""
    return {field.token: field.prefix + address for field in fields if field.name == name}


def _written(fields: Sequence[MergeField], reader: Reader, links: Mapping[str, str]) -> dict[str, str]:
    """Token → text for one reader; no column of an import can stand in for the address or the links."""
    values = {**reader.fields, "email": reader.email}
    return {
        field.token: field.prefix + links[field.name]
        if field.name in links
        else write_value(field, values.get(field.name, ""))
        for field in fields
    }


def _ended(text: str) -> str:
    """Line ends as LF, the last line ended: an encoded part must not stop in a soft break (RFC 2045 §6.7)."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if plain.endswith("\n") else plain + "\n"


def _escaped(written: Mapping[str, str]) -> dict[str, str]:
    return {token: escape(text) for token, text in written.items()}
