"""The header encoder: whatever the words, one field, and the same words when read back."""

import random
import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.delivery import headers
from newsletter.delivery.headers import (
    address_header,
    check_headers,
    mailbox,
    raw_header,
    split_headers,
    text_header,
)
from newsletter.errors import DeliveryError, PermanentFailure
from newsletter.wording import one_line

HOSTILE = (
    "=?utf-8?q?x=0D=0ABcc:_v@x.test?=",
    "a\r\nBcc: v@x.test",
    "a\nX-Evil: 1",
    "a\rX-Evil: 1",
    "a\u2028Bcc: v@x.test",
    "a\x85Bcc: v@x.test",
    "a\x0bBcc: v@x.test",
    "\u202egnp.exe",
    "{{7*7}}",
    "<script>alert(1)</script>",
    '"Ada" <v@x.test>, Bob',
    "Ada, v@x.test",
    "=?utf-8?b?",
    "?=",
    "👩‍👩‍👧 famille",
    "e\u0301te\u0301",
    "\ud800",
    "",
    "   ",
    "é" * 10_000,
    "x" * 10_000,
    "From ",
    ".",
)
FRAGMENTS = (
    *HOSTILE[:20],
    "é",
    "😀",
    " ",
    "  ",
    "=",
    "?",
    "@",
    "<",
    ">",
    '"',
    "\\",
    "(",
    ")",
    ",",
    ";",
    ":",
    "x" * 70,
    "\t",
    "\0",
)
ADDRESS = "ada@example.org"


def understood(raw: bytes) -> list[tuple[str, str]]:
    """Names and values as the standard library's parser reads them."""
    message = message_from_bytes(raw + b"\r\n", policy=default)
    assert not message.defects
    assert message.get_payload() == ""
    return [(name, str(value)) for name, value in message.items()]


def assert_is_one_text_header(text: str) -> None:
    raw, expected = text_header("Subject", text), one_line(text, limit=250)
    assert split_headers(raw) == [("Subject", expected)]
    assert understood(raw) == [("Subject", expected)]
    assert max(map(len, raw.split(b"\r\n"))) <= 76


def assert_is_one_mailbox(name: str) -> None:
    raw = address_header("To", ADDRESS, name)
    assert split_headers(raw) == [("To", mailbox(ADDRESS, name))]
    message = message_from_bytes(raw + b"\r\n", policy=default)
    assert list(message) == ["To"]
    assert [address.addr_spec for address in message["To"].addresses] == [ADDRESS]
    # The modern parser puts a blank between adjacent encoded words of a name; the older one joins them (RFC 2047 §6.2).
    name_read, _address = parseaddr(message_from_bytes(raw + b"\r\n")["To"])
    assert str(make_header(decode_header(name_read))) == one_line(name, limit=100)
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    assert_is_one_text_header(text)
    assert_is_one_mailbox(text)


def test_twenty_thousand_hostile_strings_never_make_a_header() -> None:
    chance = random.Random(157)
    for _round in range(20_000):
        text = "".join(chance.choices(FRAGMENTS, k=chance.randint(0, 6)))[: chance.choice((8, 60, 400))]
        raw = text_header("Subject", text) + address_header("To", ADDRESS, text)
        check_headers(raw, [("Subject", one_line(text, limit=250)), ("To", mailbox(ADDRESS, text))])


def test_a_thousand_hostile_strings_read_the_same_in_another_parser() -> None:
    chance = random.Random(42)
    for _round in range(1_000):
        text = "".join(chance.choices(FRAGMENTS, k=chance.randint(0, 6)))[: chance.choice((8, 60, 400))]
        assert_is_one_text_header(text)
        assert_is_one_mailbox(text)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300))
@example("=?utf-8?q?=0D=0A?= =?utf-8?q?x?=")
def test_any_text_is_one_header(text: str) -> None:
    assert_is_one_text_header(text)
    assert_is_one_mailbox(text)


def test_short_ascii_is_written_as_it_is() -> None:
    assert text_header("Subject", "Issue 157") == b"Subject: Issue 157\r\n"
    assert address_header("To", ADDRESS, "Ada Lovelace") == b"To: Ada Lovelace <ada@example.org>\r\n"
    assert address_header("To", ADDRESS) == b"To: ada@example.org\r\n"


def test_encoded_words_are_short_and_hold_whole_characters() -> None:
    raw = text_header("Subject", "l’été 😀 " * 30)
    words = re.findall(rb"=\?[^ \r]+\?=", raw)
    assert len(words) > 3
    assert all(len(word) <= 75 for word in words)
    assert raw.startswith(b"Subject: =?")


def test_a_long_address_stands_on_its_own_line() -> None:
    address = f"{'a' * 64}@example.org"
    raw = address_header("To", address, "Hélène")
    assert raw.endswith(f"\r\n <{address}>\r\n".encode())


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@büro.example",
        "ada@x.test>\r\nBcc: v@x.test",
        "a b@x.test",
        "<a@x.test>",
        "a@x.test, b@x.test",
        "é@x.test",
    ],
)
def test_an_address_that_cannot_be_written_is_refused(address: str) -> None:
    with pytest.raises(PermanentFailure):
        address_header("To", address, "Ada")


@pytest.mark.parametrize("value", ["a\r\nb", "é", "a\x00", "a\tb"])
def test_a_machine_field_takes_printable_ascii_only(value: str) -> None:
    with pytest.raises(PermanentFailure):
        raw_header("List-Unsubscribe", value)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: a\nBcc: v@x.test\r\n",
        b"Subject: a\rb\r\n",
        b"Subject: a\0b\r\n",
        b"Subject: \xc3\xa9\r\n",
        b"Subject:\r\n a\r\n",
        b"Subject: \r\n a\r\n",
        b"Subject: a\r\n  \r\n b\r\n",
        b"Subject: a\r\n\r\nbody\r\n",
        b"Subject: a",
        b"Sub ject: a\r\n",
        b" a\r\n",
        b"Subject: " + b"a " * 40 + b"b\r\n",
        b"Subject: =?utf-8?q?=0D=0A?=\r\n",
        b"Subject: =?utf-8?b?gICA?=\r\n",
        b"Subject: x =?utf-8?b?YQ==?=\r\n",
        b"To: Ada, Bob <b@x.test>\r\n",
        b"To: a@x.test, b@x.test\r\n",
        b"To: <a@x.test> <b@x.test>\r\n",
        b'To: "Ada" <a@x.test>\r\n',
    ],
)
def test_anything_outside_our_dialect_is_refused(raw: bytes) -> None:
    with pytest.raises(PermanentFailure):
        split_headers(raw)


@pytest.mark.parametrize(
    ("raw", "intended"),
    [
        (b"Subject: a\r\nBcc: v@x.test\r\n", [("Subject", "a")]),
        (b"Subject: a\r\n", [("Subject", "a"), ("To", ADDRESS)]),
        (b"Subject: a\r\nSubject: a\r\n", [("Subject", "a"), ("Subject", "a")]),
        (b"To: ada@example.org\r\nSubject: a\r\n", [("Subject", "a"), ("To", ADDRESS)]),
        (b"Subject: b\r\n", [("Subject", "a")]),
        (b"To: bob@example.org\r\n", [("To", ADDRESS)]),
        (b"To: Ada <ada@example.org>\r\n", [("To", ADDRESS)]),
    ],
)
def test_bytes_that_are_not_what_was_meant_are_refused(raw: bytes, intended: list[tuple[str, str]]) -> None:
    with pytest.raises(DeliveryError):
        check_headers(raw, intended)


def test_a_bad_encoder_is_caught_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "_encoded", lambda text, *, after: text.encode("ascii", "replace").decode())
    raw = headers.text_header("Subject", "l’été")
    with pytest.raises(PermanentFailure):
        check_headers(raw, [("Subject", "l’été")])
