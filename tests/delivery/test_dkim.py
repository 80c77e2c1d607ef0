"""A signed letter verifies with other people's verifiers, and no longer once somebody has touched it."""

import re
from functools import cache

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.delivery.dkim import SEALED, SIGNED, LetterSigner, SigningKey, relaxed_fields
from newsletter.delivery.signing_keys import make_key
from tests.delivery.letters import make_message, make_reader
from tests.delivery.mail_dkim import verify_with_mail_dkim
from tests.message_linter import lint_message
from tests.name_server import NameServer

DOMAIN = "imagine.example"


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> list[SigningKey]:
    """RSA, then ed25519."""
    folder = tmp_path_factory.mktemp("keys") / "dkim"
    names = (("lettre", False), ("court", True))
    return [make_key(folder / name, domain=DOMAIN, selector=name, ed25519=short) for name, short in names]


@cache
def letter() -> tuple[bytes, bytes]:
    """Header fields and body of a real message."""
    header, _blank, body = make_message(make_reader(first_name="Hélène")).partition(b"\r\n\r\n")
    return header + b"\r\n", body


def signed(keys: list[SigningKey], *, cut: int = 300, pieces: int = 7) -> bytes:
    """The message, signed as the mailroom does: the body in pieces, the reader's own fields apart."""
    header, body = letter()
    own = b"".join(re.findall(rb"(?m)^(?:To|Message-ID|List-Unsubscribe): .*\r\n(?: .*\r\n)*", header))
    fixed = header.replace(own, b"") if own in header else header
    rest = [body[at : at + pieces] for at in range(cut, len(body), pieces)]
    signer = LetterSigner(keys, fixed=fixed, constant_body=body[:cut])
    return signer.sign(own, rest) + header + b"\r\n" + body


def verified(message: bytes, keys: list[SigningKey]) -> list[bool]:
    """What dkimpy says of each signature."""
    zone = {f"{key.record_name}.".encode(): key.record.encode() for key in keys}
    checker = dkim.DKIM(message)
    found = len(re.findall(rb"(?m)^DKIM-Signature:", message))

    def holds(number: int) -> bool:
        try:
            return bool(checker.verify(number, dnsfunc=lambda name, timeout=5: zone.get(name)))
        except dkim.ValidationError:  # the body; a wrong header is a plain False
            return False

    return [holds(number) for number in range(found)]


def test_dkimpy_verifies_both_signatures(keys):
    assert verified(signed(keys), keys) == [True, True]


def test_debians_mail_dkim_verifies_the_rsa_signature(keys):
    zone = {key.record_name: {"TXT": [_strings(key.record)]} for key in keys}
    with NameServer(zone) as server:
        results = verify_with_mail_dkim(signed(keys), port=server.port)
        broken = verify_with_mail_dkim(signed(keys).replace(b"Date: ", b"Date: x", 1), port=server.port)
    assert results["rsa-sha256"] == "pass"
    assert broken["rsa-sha256"].startswith("fail")


def _strings(record: str) -> str:
    return " ".join(f'"{record[at : at + 255]}"' for at in range(0, len(record), 255))


@pytest.mark.parametrize(
    "added",
    [
        b"Subject: Another\r\n",
        b"Reply-To: thief@example.org\r\n",
        b"From: thief@example.org\r\n",
        b"To: everybody@example.org\r\n",
        b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
        b"Message-ID: <x@example.org>\r\n",
        b"List-Unsubscribe: <https://thief.example/>\r\n",
        b"List-Unsubscribe-Post: List-Unsubscribe=No\r\n",
        b"MIME-Version: 1.0\r\n",
        b"Content-Type: text/html\r\n",
    ],
)
def test_a_field_added_on_the_way_breaks_the_signature(keys, added):
    name = added.partition(b":")[0]
    for message in (added + signed(keys), signed(keys).replace(b"\r\nFrom: ", b"\r\n" + added + b"From: ", 1)):
        assert verified(message, keys) == [False, False], name


def test_a_reply_to_that_was_not_there_cannot_be_added(keys):
    header, body = letter()
    header = re.sub(rb"Reply-To: .*\r\n(?: .*\r\n)*", b"", header)
    message = LetterSigner(keys, fixed=header, constant_body=b"").sign(b"", [body]) + header + b"\r\n" + body
    assert verified(message, keys) == [True, True]
    assert verified(b"Reply-To: thief@example.org\r\n" + message, keys) == [False, False]


@pytest.mark.parametrize("field", ["List-Unsubscribe", "Feedback-ID", "List-Id", "Content-Type", "Subject"])
def test_a_changed_or_removed_field_breaks_the_signature(keys, field):
    pattern = rf"\r\n{field}: .*".encode()
    assert verified(re.sub(pattern, f"\r\n{field}: changed".encode(), signed(keys), count=1), keys) == [False, False]
    assert verified(re.sub(pattern + rb"(?:\r\n .*)*", b"", signed(keys), count=1), keys) == [False, False]


def test_a_changed_body_breaks_the_signature(keys):
    assert verified(signed(keys) + b"x\r\n", keys) == [False, False]
    assert verified(signed(keys).replace(b"Bonjour", b"Au revoir", 1), keys) == [False, False]


def test_what_every_relay_adds_breaks_nothing(keys):
    received = b"Received: from mail.example.org (mail.example.org [192.0.2.1])\r\n by mx.example.net; now\r\n"
    assert verified(received + b"X-Spam-Score: 0\r\n" + signed(keys), keys) == [True, True]


def test_a_relay_that_folds_the_header_anew_breaks_nothing(keys):
    assert verified(signed(keys).replace(b"\r\nFrom: Imagine <", b"\r\nFROM:   Imagine\r\n\t<", 1), keys) == [
        True,
        True,
    ]


def test_the_signature_is_a_well_formed_field(keys):
    message = signed(keys)
    assert lint_message(message) == []
    fields = message.partition(b"From: ")[0]
    assert max(map(len, fields.split(b"\r\n"))) <= 78


def test_names_of_seventy_characters_still_fit_the_line(tmp_path):
    name = f"{'a' * 60}.{'b' * 9}"
    key = make_key(tmp_path / "dkim" / "long", domain=name, selector=name)
    field = LetterSigner([key], fixed=b"From: a@b.org\r\n", constant_body=b"").sign(b"", [b"x\r\n"])
    assert max(map(len, field.split(b"\r\n"))) <= 78


def test_every_field_that_matters_is_signed_once_more_than_it_occurs(keys):
    tag = re.search(rb"h=(.*?);", signed(keys), re.DOTALL)
    listed = re.sub(rb"\s", b"", tag[1]).decode().split(":")
    present = {name for name in relaxed_fields(letter()[0]) if name in SIGNED}
    assert {name: listed.count(name) for name in SIGNED} == {
        name: (name in present) + (name in SEALED) for name in SIGNED
    }


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(0, 2_000), pieces=st.integers(1, 500))
def test_however_the_body_is_cut_the_signature_is_the_same(keys, cut, pieces):
    short = keys[1:]
    assert signed(short, cut=cut, pieces=pieces) == signed(short)
