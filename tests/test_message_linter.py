"""The linter of sent messages sees every fault it is there for: a sound message, broken one way at a time."""

import re
from collections.abc import Callable

import pytest

from tests.delivery.letters import HTML, LEAVE_URL, make_mail, make_message, token_of
from tests.message_linter import lint_message

SOUND = make_message()
URL = (LEAVE_URL + token_of()).encode()


def change(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Replace once, sure that there is something to replace."""

    def apply(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, 1)

    return apply


def without(name: str) -> Callable[[bytes], bytes]:
    """Take one header field away."""

    def apply(raw: bytes) -> bytes:
        changed = re.sub(rb"(?m)^%s: [^\r]*\r\n(?: [^\r]*\r\n)*" % name.encode(), b"", raw, count=1)
        assert changed != raw
        return changed

    return apply


def header(name: str, value: str) -> Callable[[bytes], bytes]:
    """Give one header field another value."""

    def apply(raw: bytes) -> bytes:
        changed = re.sub(rb"(?m)^%s: [^\r]*(?:\r\n [^\r]*)*" % name.encode(), f"{name}: {value}".encode(), raw, count=1)
        assert changed != raw
        return changed

    return apply


def add(field: bytes) -> Callable[[bytes], bytes]:
    """Write one more header field, first of all."""
    return lambda raw: field + b"\r\n" + raw


def html(old: str, new: str) -> Callable[[bytes], bytes]:
    """The same letter with another HTML, soundly encoded."""
    assert old in HTML
    return lambda _raw: make_message(mail=make_mail(html=HTML.replace(old, new, 1)))


def swap_parts(raw: bytes) -> bytes:
    """HTML before text."""
    head, text, markup, end = raw.split(b"\r\n--=_")
    return b"\r\n--=_".join((head, markup, text, end))


FROM = b"From: Imagine <lettre@imagine.example>"
FAULTS: list[tuple[str, Callable[[bytes], bytes]]] = [
    # Octets
    ("a bare CR", change(b"un point", b"un\rpoint")),
    ("a bare LF", change(b"un point", b"un\npoint")),
    ("a bare LF", lambda raw: raw.replace(b"\r\n", b"\n")),
    ("a NUL", change(b"un point", b"un\0point")),
    ("an octet above 127", change(b"un point", "un été".encode())),
    ("the last line is not ended", lambda raw: raw[:-2]),
    ("more than 998", change(b"un point", b"x" * 999)),
    ("starts with b'.'", change(b"=2E\r\n", b".\r\n")),
    ("starts with b'From '", change(b"=46rom here", b"From here")),
    # Form of the header
    ("a header line of blanks only", change(b"\r\nPrecedence", b"\r\n  \r\nPrecedence")),
    ("not a header field", change(b"Precedence: bulk", b"Precedence bulk")),
    ("folded straight after the colon", change(FROM, b"From:\r\n Imagine <lettre@imagine.example>")),
    ("folded straight after the colon", change(FROM, b"From: \r\n Imagine <lettre@imagine.example>")),
    ("List-Unsubscribe is folded", change(b">, <mailto", b">,\r\n <mailto")),
    ("a line of Reply-To has", header("Reply-To", "a " * 40 + "<redaction@imagine.example>")),
    # How many of each
    *((f"0 times {name}", without(name)) for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")),
    ("0 times Content-Type", without("Content-Type")),
    ("2 times Subject", add(b"Subject: x")),
    ("2 times From", add(FROM)),
    ("2 times Reply-To", add(b"Reply-To: a@imagine.example")),
    ("2 times List-Id", add(b"List-Id: <a.imagine.example>")),
    ("2 times List-Unsubscribe", add(b"List-Unsubscribe: <https://x.test/u/1>")),
    ("Bcc must not be there", add(b"Bcc: v@x.test")),
    ("Cc must not be there", add(b"Cc: v@x.test")),
    ("Auto-Submitted must not be there", add(b"Auto-Submitted: auto-generated")),
    # People
    ("From is not exactly one address", header("From", "a@imagine.example, b@imagine.example")),
    ("To is not exactly one address", header("To", "Ada, Bob <ada@example.org>")),
    ("To is not exactly one address", header("To", "readers:;")),
    ("To is not exactly one address", header("To", "<info@=?utf-8?q?b=C3=BCro?=.example>")),
    ("an encoded word in an address or in quotes", header("To", "<info@=?utf-8?q?b=C3=BCro?=.example>")),
    ("an encoded word in an address or in quotes", header("To", '"=?utf-8?b?w6k=?=" <ada@example.org>')),
    # Encoded words
    ("subject has a bad encoded word", header("Subject", "=?utf-8?b?" + "YWFh" * 20 + "?=")),
    ("subject has a bad encoded word", header("Subject", "=?utf-8?b?ww==?= =?utf-8?b?qQ==?=")),
    ("subject has a bad encoded word", header("Subject", "=?utf-8?q?x=0D=0ABcc:_v@x.test?=")),
    ("list-unsubscribe has an encoded word", header("List-Unsubscribe", "=?utf-8?b?PGh0dHBzOi8veD4=?=")),
    ("feedback-id has an encoded word", header("Feedback-ID", "=?utf-8?b?YQ==?=")),
    ("list-id has an encoded word", header("List-Id", "=?utf-8?b?w6k=?= <members.imagine.example>")),
    # Identifiers
    ("Message-ID is not <left@domain>", header("Message-ID", "abc@imagine.example")),
    ("Message-ID is not <left@domain>", header("Message-ID", "<abc@localhost>")),
    (
        "Message-ID holds the reader's address",
        lambda raw: header("To", "lovelace@example.org")(header("Message-ID", "<1.lovelace@imagine.example>")(raw)),
    ),
    ("Date has no offset", header("Date", "Wed, 11 Oct 2023 09:30:00")),
    ("Date has no offset", header("Date", "Wed, 11 Oct 2023 09:30:00 GMT")),
    ("Date has no offset", header("Date", "tomorrow")),
    # The list
    ("List-Unsubscribe is not <https", without("List-Unsubscribe")),
    ("List-Unsubscribe is not <https", header("List-Unsubscribe", "<mailto:stop@imagine.example>")),
    ("List-Unsubscribe is not <https", header("List-Unsubscribe", "<mailto:stop@imagine.example>, <https://x.test/u>")),
    ("List-Unsubscribe is not https", header("List-Unsubscribe", "<http://lettre.imagine.example/u/1>")),
    ("List-Unsubscribe-Post is not", without("List-Unsubscribe-Post")),
    ("List-Unsubscribe-Post is not", header("List-Unsubscribe-Post", "List-Unsubscribe=one-click")),
    ("List-Id is not Phrase", without("List-Id")),
    ("List-Id is not Phrase", header("List-Id", "Imagine")),
    ("Precedence is not bulk", without("Precedence")),
    ("Feedback-ID is not four plain words", header("Feedback-ID", "ada@example.org")),
    # Structure
    ("not multipart/alternative", change(b"multipart/alternative", b"multipart/mixed")),
    ("not text then HTML", swap_parts),
    ("not text then HTML", change(b"Content-Type: text/html", b"Content-Type: text/plain")),
    ("text/plain is in iso-8859-1", change(b"text/plain; charset=utf-8", b"text/plain; charset=iso-8859-1")),
    (
        "text/plain is encoded as 8bit",
        change(b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: 8bit"),
    ),
    ("text/plain is encoded as none", without("Content-Transfer-Encoding")),
    ("text/plain has an encoded line of more than 76", change(b"un point", b"x" * 77)),
    ("text/plain has an encoded line that ends in a blank", change(b"d=C3=A9but\r\n", b"d=C3=A9but \r\n")),
    ("text/plain is not UTF-8", change(b"un point", b"=E9")),
    (
        "text/plain stops in a soft line break",
        lambda raw: re.sub(rb"\r\n(\r\n--=_[^\r]*\r\nContent-Type: text/html)", rb"=\r\n\1", raw, count=1),
    ),
    ("the parser found", change(b'boundary="=_', b'boundary="=_x')),
    ("the parser found", lambda raw: raw.rpartition(b"\r\n--=_")[0] + b"\r\n"),
    # HTML
    *(
        (f"active content: <{tag}>", html("Voir en ligne", f"<{tag}></{tag}>"))
        for tag in ("script", "form", "iframe", "object", "embed", "base")
    ),
    ("active content: <meta>", html("<title>", '<meta http-equiv="Refresh" content="0"><title>')),
    ("active content: onload= of <body>", html("<body>", '<body onload="x()">')),
    ("active content: href= of <a>", html("<p>Bonjour", '<a href=" JavaScript:x()">x</a><p>Bonjour')),
    ("an image without alt", html(' alt="Des fougères"', "")),
    ("a tracking pixel", html('width="600"', 'width="1"')),
    ("a tracking pixel", html('width="600"', 'style="height:1px;width:1px"')),
    (
        "fetched from another host: fonts.googleapis.com",
        html("<title>", '<link href="https://fonts.googleapis.com/css"><title>'),
    ),
    ("fetched from another host: x.test", html("www.imagine.example", "x.test")),
    ("fetched from another host: notimagine.example", html("www.imagine.example", "notimagine.example")),
    ("fetched from another host: x.test", html("<title>", "<style>@import 'https://x.test/a.css';</style><title>")),
    ("fetched from another host: x.test", html("<body>", "<body style=\"background:url('//x.test/a.png')\">")),
    ("does not say its language", html(' lang="fr"', "")),
    ("more than 102400", html("<p>Bonjour", "x" * 103_000 + "<p>Bonjour")),
    ("the text part shows no way to unsubscribe", lambda _raw: make_message(mail=make_mail(text="Bonjour"))),
    ("the HTML part shows no way to unsubscribe", lambda _raw: make_message(mail=make_mail(html="<html lang='fr'>"))),
]


def test_a_sound_message_has_no_fault() -> None:
    assert lint_message(SOUND) == []


@pytest.mark.parametrize(
    ("fault", "broken"), FAULTS, ids=[f"{n}-{fault[:40]}" for n, (fault, _broken) in enumerate(FAULTS)]
)
def test_every_fault_is_seen(fault: str, broken: Callable[[bytes], bytes]) -> None:
    problems = lint_message(broken(SOUND))
    assert any(fault in problem for problem in problems), problems


def test_a_host_that_the_caller_names_is_allowed() -> None:
    elsewhere = make_message(mail=make_mail(html=HTML.replace("www.imagine.example", "images.x.test")))
    assert lint_message(elsewhere, hosts=["x.test"]) == []
    assert lint_message(elsewhere) == ["fetched from another host: images.x.test"]


def test_a_page_of_this_machine_may_do_without_https() -> None:
    local = SOUND.replace(URL, b"http://127.0.0.1:8025/u/abc")
    assert not [problem for problem in lint_message(local) if "https" in problem]


def test_what_is_not_a_message_at_all_is_no_crash() -> None:
    for raw in (b"", b"\r\n\r\n", b"x", b"\xff\xfe", SOUND[:100]):
        assert lint_message(raw)
