"""What must hold for the bytes of every message we send, checked without any of the code that wrote them.

`lint_message(raw)` returns one sentence per fault, so an empty list is a sound message. The header is split by hand,
because a parser mends what it reads; the standard library's parser is then asked whether it had anything to mend.
"""

import binascii
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urlsplit

ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
AT_MOST_ONCE = (
    "Reply-To",
    "Sender",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Precedence",
    "Feedback-ID",
)
FORBIDDEN = ("Bcc", "Cc", "Resent-To", "Resent-Bcc", "Return-Path", "Auto-Submitted")
ALREADY_ONE_LINE = ("list-unsubscribe", "message-id")
NEVER_ENCODED = ("date", "message-id", "mime-version", "content-type", "list-", "feedback-id", "precedence")
ACTIVE = frozenset({"script", "form", "iframe", "frame", "object", "embed", "applet", "base", "input", "button"})
LARGEST_HTML = 102_400
LOOPBACK = ("127.0.0.1", "localhost")


@dataclass
class _Header:
    """The header block, split by hand."""

    lines: list[str]
    names: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for line in self.lines:
            if line[:1] in (" ", "\t") and self.names:
                self.values[self.names[-1].lower()] += line
            else:
                name, _colon, value = line.partition(":")
                self.names.append(name)
                self.values[name.lower()] = value.strip()

    def get(self, name: str) -> str:
        return self.values.get(name.lower(), "")


def lint_message(raw: bytes, *, hosts: Collection[str] = ()) -> list[str]:
    """Every fault of one newsletter message as sent; resources may come from the From domain's hosts and `hosts`."""
    block, separator, _body = raw.partition(b"\r\n\r\n")
    header = _Header(block.decode("latin-1").split("\r\n"))
    message = message_from_bytes(raw, policy=default)
    problems = [*_octets(raw), *_header_lines(header), *_counts(header)]
    if not separator:
        problems.append("no empty line ends the header")
    problems += [*_people(header), *_identifiers(header), *_list_fields(header)]
    problems += [*_structure(message), *_parser_defects(message)]
    html, text = _part(message, "html"), _part(message, "plain")
    return [*problems, *_html(html, _allowed(header, hosts)), *_ways_out(header, html=html, text=text)]


def _octets(raw: bytes) -> Iterator[str]:
    if re.search(rb"\r(?!\n)", raw):
        yield "a bare CR"
    if re.search(rb"(?<!\r)\n", raw):
        yield "a bare LF"
    if b"\0" in raw:
        yield "a NUL"
    if not raw.isascii():
        yield "an octet above 127"
    if not raw.endswith(b"\r\n"):
        yield "the last line is not ended"
    for number, line in enumerate(raw.split(b"\r\n"), start=1):
        if len(line) > 998:
            yield f"line {number} has {len(line)} octets, more than 998"
        if line.startswith((b".", b"From ")):
            yield f"line {number} starts with {line[:5]!r}"


def _header_lines(header: _Header) -> Iterator[str]:
    name = ""
    for line in header.lines:
        if not line.strip():
            yield "a header line of blanks only"
        if line[:1] not in (" ", "\t"):
            name = line.partition(":")[0]
            if not re.fullmatch(r"[!-9;-~]+:(?: .*)?", line):
                yield f"not a header field: {line[:40]!r}"
            elif not line.partition(":")[2].strip() and name.lower() != "subject":
                yield f"{name} is empty or folded straight after the colon"
        elif name.lower() in ALREADY_ONE_LINE:
            yield f"{name} is folded"
        if len(line) > 78 and name.lower() not in ALREADY_ONE_LINE and " " in line.strip().partition(": ")[2]:
            yield f"a line of {name} has {len(line)} columns, more than 78"


def _counts(header: _Header) -> Iterator[str]:
    counts = Counter(name.lower() for name in header.names)
    for name in ONCE:
        if counts[name.lower()] != 1:
            yield f"{counts[name.lower()]} times {name}, not once"
    for name in AT_MOST_ONCE:
        if counts[name.lower()] > 1:
            yield f"{counts[name.lower()]} times {name}"
    yield from (f"{name} must not be there" for name in FORBIDDEN if counts[name.lower()])


def _people(header: _Header) -> Iterator[str]:
    for name in ("From", "To", "Reply-To"):
        value = header.get(name)
        if not value and name == "Reply-To":
            continue
        addresses = [address for _name, address in getaddresses([value])]
        if len(addresses) != 1 or not re.fullmatch(r"[!-;=?A-~]+@[A-Za-z0-9.-]+", addresses[0]):
            yield f"{name} is not exactly one address: {value!r}"
        if re.search(r"<[^>]*=\?", value) or re.search(r'"[^"]*=\?', value):
            yield f"{name} has an encoded word in an address or in quotes"
    for name, value in header.values.items():
        words = re.findall(r"=\?\S*", value)
        if words and name.startswith(NEVER_ENCODED):
            yield f"{name} has an encoded word"
        elif any(not _is_encoded_word(word) for word in words):
            yield f"{name} has a bad encoded word"


def _is_encoded_word(word: str) -> bool:
    """RFC 2047 §2: known form, at most 75 columns, whole characters."""
    match = re.fullmatch(r"=\?utf-8\?b\?([A-Za-z0-9+/]+=*)\?=", word)
    try:
        return bool(match) and len(word) <= 75 and bool(binascii.a2b_base64(match[1]).decode())
    except ValueError:
        return False


def _identifiers(header: _Header) -> Iterator[str]:
    identifier = header.get("Message-ID")
    if not re.fullmatch(r"<[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+>", identifier):
        yield f"Message-ID is not <left@domain>: {identifier!r}"
    local = next((address.partition("@")[0] for _name, address in getaddresses([header.get("To")])), "")
    if len(local) > 3 and local.lower() in identifier.lower():
        yield "Message-ID holds the reader's address"
    try:
        date: datetime | None = parsedate_to_datetime(header.get("Date"))
    except ValueError:
        date = None
    if date is None or date.tzinfo is None or not re.search(r" [+-]\d{4}$", header.get("Date")):
        yield f"Date has no offset or cannot be read: {header.get('Date')!r}"


def _list_fields(header: _Header) -> Iterator[str]:
    unsubscribe = header.get("List-Unsubscribe")
    form = re.fullmatch(r"<(https?)://([^/<>\s]+)[^<>\s]*>(?:, <mailto:[^<>\s@]+@[^<>\s]+>)?", unsubscribe)
    if not form:
        yield f"List-Unsubscribe is not <https…>, <mailto…>: {unsubscribe!r}"
    elif form[1] != "https" and form[2].partition(":")[0] not in LOOPBACK:
        yield "List-Unsubscribe is not https"
    if header.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        yield "List-Unsubscribe-Post is not List-Unsubscribe=One-Click"
    if not re.fullmatch(r"(?:[A-Za-z0-9' -]+ )?<[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+>", header.get("List-Id")):
        yield f"List-Id is not Phrase <id.domain>: {header.get('List-Id')!r}"
    if header.get("Precedence") != "bulk":
        yield "Precedence is not bulk"
    if not re.fullmatch(r"[a-z0-9-]+(?::[a-z0-9-]+){3}", header.get("Feedback-ID")):
        yield f"Feedback-ID is not four plain words: {header.get('Feedback-ID')!r}"


def _structure(message: EmailMessage) -> Iterator[str]:
    if message.get_content_type() != "multipart/alternative":
        yield f"the message is {message.get_content_type()}, not multipart/alternative"
    parts = [part for part in message.walk() if not part.is_multipart() and part.get_content_maintype() != "image"]
    yield from _enclosures(message)
    if [part.get_content_type() for part in parts] != ["text/plain", "text/html"]:
        yield f"the parts are {[part.get_content_type() for part in parts]}, not text then HTML"
    for part in parts:
        kind, encoding = part.get_content_type(), str(part.get("Content-Transfer-Encoding", "none")).lower()
        if part.get_content_charset() != "utf-8":
            yield f"{kind} is in {part.get_content_charset()}"
        if encoding not in ("quoted-printable", "base64"):
            yield f"{kind} is encoded as {encoding}"
        encoded = str(part.get_payload()).splitlines()
        if any(len(line) > 76 for line in encoded):
            yield f"{kind} has an encoded line of more than 76 columns"
        if any(line.endswith((" ", "\t")) for line in encoded):
            yield f"{kind} has an encoded line that ends in a blank"
        if encoding == "quoted-printable" and encoded and encoded[-1].endswith("="):
            yield f"{kind} stops in a soft line break"
        try:
            (part.get_payload(decode=True) or b"").decode("utf-8")
        except UnicodeDecodeError:
            yield f"{kind} is not UTF-8"


def _enclosures(message: EmailMessage) -> Iterator[str]:
    """RFC 2387: pictures stand beside the HTML in a multipart/related, and nothing else does."""
    pictures = [part for part in message.walk() if part.get_content_maintype() == "image"]
    related = [part for part in message.walk() if part.get_content_type() == "multipart/related"]
    children = [part.get_content_type() for part in message.iter_parts()] if message.is_multipart() else []
    if children != ["text/plain", "multipart/related" if pictures else "text/html"]:
        yield f"the alternatives are {children}"
    if pictures and list(related[0].iter_parts())[1:] != pictures if related else pictures:
        yield "a picture outside multipart/related"
    html = _part(message, "html")
    for part in pictures:
        cid = str(part.get("Content-ID", ""))
        if not re.fullmatch(r"<[A-Za-z0-9.-]+@[A-Za-z0-9.-]+>", cid) or f'src="cid:{cid[1:-1]}"' not in html:
            yield f"the HTML does not show the picture {cid!r}"
        if part.get_content_disposition() != "inline":
            yield "a picture is announced as an attachment"
        if any(len(line) > 76 for line in str(part.get_payload()).splitlines()):
            yield "a picture has an encoded line of more than 76 columns"
    for cid in re.findall(r'src="cid:([^"]+)"', html):
        if f"<{cid}>" not in [part.get("Content-ID") for part in pictures]:
            yield f"no picture has the id {cid}"


def _parser_defects(message: EmailMessage) -> Iterator[str]:
    for part in message.walk():
        yield from (f"the parser found {type(defect).__name__}" for defect in part.defects)
        for name, value in part.items():
            yield from (f"the parser found {type(defect).__name__} in {name}" for defect in value.defects)


def _part(message: EmailMessage, subtype: str) -> str:
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}" and not part.is_multipart():
            return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    return ""


def _allowed(header: _Header, hosts: Collection[str]) -> tuple[str, ...]:
    """The From address's registered domain, and what the caller names."""
    domain = header.get("From").rpartition("@")[2].rstrip("> ").lower()
    return (".".join(domain.split(".")[-2:]), *hosts, *LOOPBACK)


class _Reader(HTMLParser):
    """Collects what an HTML part must not hold."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__()
        self.allowed, self.problems, self.language, self.style = allowed, [], False, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.style = tag == "style"
        if tag in ACTIVE or (tag == "meta" and named.get("http-equiv", "").lower() == "refresh"):
            self.problems.append(f"active content: <{tag}>")
        if tag == "html":
            self.language = bool(named.get("lang"))
        for name, value in named.items():
            address = name in ("href", "src", "action", "background")
            if name.startswith("on") or (address and re.match(r"\s*(?:javascript|data|vbscript)\s*:", value, re.I)):
                self.problems.append(f"active content: {name}= of <{tag}>")
        if tag == "img":
            self._image(named, alt="alt" in named)
        if tag in ("img", "link", "source", "video", "audio", "td", "table", "body"):
            self._fetched(*(named.get(name, "") for name in ("src", "href", "background", "poster")))
        self._fetched(*re.findall(r"url\(\s*['\"]?([^'\")]+)", named.get("style", "")))

    def handle_endtag(self, tag: str) -> None:
        self.style = False

    def handle_data(self, data: str) -> None:
        if self.style:
            self._fetched(*re.findall(r"(?:url\(|@import)\s*['\"]?([^'\");]+)", data))

    def _image(self, named: dict[str, str], *, alt: bool) -> None:
        if not alt:
            self.problems.append("an image without alt")
        sizes = {named.get(name, "").removesuffix("px") for name in ("width", "height")}
        hidden = re.search(r"(?<![-\w])(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)", named.get("style", ""))
        if sizes & {"0", "1"} or hidden:
            self.problems.append("a tracking pixel")

    def _fetched(self, *addresses: str) -> None:
        for host in filter(None, (urlsplit(address.strip()).hostname for address in addresses)):
            if not any(host == allowed or host.endswith(f".{allowed}") for allowed in self.allowed):
                self.problems.append(f"fetched from another host: {host}")


def _html(html: str, allowed: tuple[str, ...]) -> Iterator[str]:
    reader = _Reader(allowed)
    reader.feed(html)
    yield from reader.problems
    if not reader.language:
        yield "the HTML does not say its language"
    if len(html.encode()) > LARGEST_HTML:
        yield f"the HTML has {len(html.encode())} bytes, more than {LARGEST_HTML}"


def _ways_out(header: _Header, *, html: str, text: str) -> Iterator[str]:
    match = re.match(r"<([^>]+)>", header.get("List-Unsubscribe"))
    url = match[1] if match else "https://"
    if url not in text:
        yield "the text part shows no way to unsubscribe"
    if url.replace("&", "&amp;") not in html:
        yield "the HTML part shows no way to unsubscribe"
