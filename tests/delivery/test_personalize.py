"""One reader's message: it says what the letter says, with this reader's values, and nothing of anybody else's."""

import random
import re
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import replace
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.delivery import headers, quoted_printable
from newsletter.delivery.base64 import Base64Part
from newsletter.delivery.message import Identity
from newsletter.delivery.open_text import OpenText
from newsletter.delivery.parts import Encode, write_value
from newsletter.delivery.personalize import CompiledMail, Pages, compile_mail, compose_eml, fill
from newsletter.delivery.quoted_printable import QuotedPrintablePart
from newsletter.delivery.verp import read_mark
from newsletter.errors import PermanentFailure
from newsletter.model import MergeField
from newsletter.wording import one_line
from tests.delivery.letters import (
    DATE,
    GREETING,
    HTML,
    IDENTITY,
    LEAVE_URL,
    NAME,
    SECRET,
    SHARED,
    TEXT,
    UNSUBSCRIBE,
    WEB,
    WEB_URL,
    make_compiled,
    make_mail,
    make_message,
    make_reader,
    parse,
    parts,
    token_of,
)
from tests.message_linter import lint_message

HOSTILE_NAMES = (
    "{{7*7}}",
    "{% include 'x' %}",
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "' onload='alert(1)",
    "&amp;",
    "=?utf-8?q?x=0D=0ABcc:_v@x.test?=",
    "a\r\nBcc: v@x.test",
    "a\r\n.\r\nMAIL FROM:<v@x.test>",
    ".",
    "From ",
    "👩‍👩‍👧 😀",
    "a\u2028b\u2029c",
    "\u202egnp.exe",
    "x" * 10_000,
    "é" * 10_000,
    "Ada, v@x.test",
    NAME.token,
    UNSUBSCRIBE.token,
    "--=_boundary--",
    "\ud800",
    " ",
)


def direct(text: str, *, name: str, number: int, markup: bool) -> str:
    """The letter by plain replacement: what the message must say."""
    shown, greeting = (f" {name}" if name else ""), name or GREETING.fallback
    values = {NAME: shown, GREETING: greeting, UNSUBSCRIBE: LEAVE_URL + token_of(number), WEB: WEB_URL}
    by_token = {field.token: escape(value) if markup else value for field, value in values.items()}
    return re.sub("|".join(by_token), lambda match: by_token[match[0]], text)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_only_a_name(name: str) -> None:
    raw = make_message(make_reader(first_name=name))
    assert lint_message(raw) == []
    text, html = parts(raw)
    shown = one_line(name, limit=1_000)
    assert text == direct(TEXT, name=shown, number=1, markup=False)
    assert html == direct(HTML, name=shown, number=1, markup=True)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=200), st.text(max_size=40))
def test_any_name_makes_a_sound_message(first_name: str, last_name: str) -> None:
    raw = make_message(make_reader(first_name=first_name, last_name=last_name))
    assert lint_message(raw) == []
    assert parts(raw)[0] == direct(TEXT, name=one_line(first_name, limit=1_000), number=1, markup=False)


def test_five_hundred_random_letters_equal_direct_substitution() -> None:
    chance = random.Random(157)
    pieces = (
        "\n",
        ".",
        "From ",
        "=",
        "é",
        "😀",
        " ",
        "\t",
        "x" * 80,
        "&",
        "<b>",
        *(f.token for f in (NAME, GREETING, WEB)),
    )
    for _round in range(500):
        letter = "".join(chance.choices(pieces, k=chance.randint(0, 30))) + "\n"
        name = one_line(chance.choice(HOSTILE_NAMES), limit=1_000)
        raw = make_message(make_reader(first_name=name), mail=make_mail(html=letter, text=letter))
        assert not parse(raw).defects
        assert parts(raw) == tuple(direct(letter, name=name, number=1, markup=markup) for markup in (False, True))


def test_the_message_has_every_field_once_and_in_order() -> None:
    read = parse(make_message())
    assert read.keys() == [
        *("From", "Reply-To", "Date", "Subject", "To", "Message-ID", "List-Unsubscribe"),
        *("List-Unsubscribe-Post", "List-Id", "Precedence", "Feedback-ID", "MIME-Version", "Content-Type"),
    ]
    assert read["From"] == "Imagine <lettre@imagine.example>"
    assert read["To"] == "Hélène Durand <ada@example.org>"
    assert read["Subject"] == "No 157 : l’automne"
    assert read["Date"] == "Wed, 11 Oct 2023 09:30:00 +0200"


def test_unsubscribing_stands_on_one_raw_line() -> None:
    url = LEAVE_URL + token_of()
    line = f"\r\nList-Unsubscribe: <{url}>, <mailto:stop@imagine.example?subject=token-of-1-end>\r\n"
    assert line.encode() in make_message()
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in make_message()


def test_no_line_needs_dot_stuffing_or_tempts_a_mailbox() -> None:
    for line in make_message().split(b"\r\n"):
        assert not line.startswith((b".", b"From "))


def test_two_hundred_readers_share_nothing_of_each_other() -> None:
    compiled = make_compiled(make_mail(subject=f"Pour vous{NAME.token}"))
    readers = [make_reader(n, email=f"reader-{n}-end@x.test", first_name=f"Name-{n}-end") for n in range(200)]
    for reader in readers:
        pieces = compiled.message(reader, token=token_of(reader.delivery))
        text, html = parts(raw := b"".join(pieces))
        whole = f"{text}{html}{''.join(str(value) for value in parse(raw).values())}"
        assert set(re.findall(r"(?:Name|reader|token-of)-(\d+)-end", whole)) == {str(reader.delivery)}
        for reader_token in (field.token for field in (NAME, UNSUBSCRIBE, WEB, GREETING)):
            assert reader_token not in whole


def test_a_subject_takes_a_name_and_each_reader_their_own() -> None:
    compiled = make_compiled(make_mail(subject=f"Bonjour{NAME.token} : no 157"))
    for name, subject in (
        ("Hélène", "Bonjour Hélène : no 157"),
        ("", "Bonjour : no 157"),
        ("a\r\nB: c", "Bonjour a B: c : no 157"),
    ):
        raw = b"".join(compiled.message(make_reader(first_name=name), token=token_of()))
        assert parse(raw).get_all("Subject") == [subject]


def test_a_field_without_value_says_its_fallback_and_no_prefix() -> None:
    text, _html = parts(make_message(make_reader()))
    assert text.startswith("Bonjour,\n")
    assert GREETING.fallback in text
    spaced = MergeField(token="t", name="city", fallback="ici", prefix=" à ")
    assert write_value(spaced, "") == " à ici"
    assert write_value(spaced, " Namur\n") == " à Namur"
    assert write_value(MergeField(token="t", name="city", prefix=" à "), "\u200b") == ""


def test_a_column_of_an_import_cannot_replace_a_link() -> None:
    reader = make_reader(unsubscribe_url="https://evil.test/", web_url="https://evil.test/", email_="x")
    assert "evil" not in "".join(parts(make_message(reader)))


def test_a_field_typed_by_hand_in_an_article_stays_as_it_is() -> None:
    typed = "<html lang='fr'>{{ first_name }} %%first_name%% {% for x in y %}\n"
    assert parts(make_message(mail=make_mail(html=typed, text=typed))) == (typed, typed)


def test_a_token_that_starts_like_another_is_not_mistaken() -> None:
    short, long = MergeField(token="nl1", name="a"), MergeField(token="nl12", name="b")
    cut = OpenText.cut("x nl12 y nl1 z", (short, long))
    assert cut.fields == (long, short)
    assert cut.filled(["B", "A"]) == "x B y A z"


@pytest.mark.parametrize("ends", ["", "\n", "\r\n", "\r", NAME.token])
def test_each_part_ends_its_last_line(ends: str) -> None:
    raw = make_message(mail=make_mail(text=f"Bonjour{ends}"))
    assert parts(raw)[0] == ("Bonjour Hélène\n" if ends == NAME.token else "Bonjour\n")
    assert not [problem for problem in lint_message(raw) if "soft line break" in problem]


def test_the_message_id_is_kept_when_sent_again_and_says_no_address() -> None:
    reader, again = make_reader(7), make_reader(7)._replace(delivery=999, attempts=3)
    assert (
        make_compiled().message_id(reader)
        == make_compiled().message_id(again)
        == parse(make_message(reader))["Message-ID"]
    )
    assert make_compiled(mailing_key="other/2").message_id(reader) != make_compiled().message_id(reader)
    assert "ada" not in make_compiled().message_id(reader)


def test_the_envelope_sender_names_the_delivery_to_us_alone() -> None:
    sender = make_compiled().envelope_sender(make_reader(157))
    match = re.fullmatch(r"bounce\+([0-9a-f]{20})@imagine\.example", sender)
    assert match
    assert read_mark(match[1], SECRET) == 157


def test_a_compiled_mail_does_not_show_its_secret() -> None:
    assert SECRET.decode() not in repr(make_compiled())


def test_without_a_return_path_the_from_address_is_the_envelope_sender() -> None:
    identity = Identity.make(from_="Imagine <lettre@imagine.example>", list_id="members")
    compiled = compile_mail(make_mail(), mailing_key="n/1", **SHARED | {"identity": identity})
    assert compiled.envelope_sender(make_reader()) == "lettre@imagine.example"


@pytest.mark.parametrize("email", ["", "ada", "é@x.test", "ada@x.test>\r\nRCPT TO:<v@x.test>", "a@x.test, b@x.test"])
def test_an_address_that_cannot_be_written_refuses_that_message(email: str) -> None:
    with pytest.raises(PermanentFailure):
        make_message(make_reader(email=email))


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://x.test/\r\nBcc: v@x.test", "https://x.test/a b"])
@pytest.mark.parametrize("page", ["web", "leave"])
def test_a_link_that_is_not_a_page_refuses_the_letter(url: str, page: str) -> None:
    pages = Pages(web=WEB_URL, leave=LEAVE_URL)._replace(**{page: url})
    for mail in (make_mail(), replace(make_mail(), fields=())):
        with pytest.raises(PermanentFailure):
            make_compiled(mail, pages=pages)


@pytest.mark.parametrize("token", ["a b", "a\r\nBcc: v@x.test", "a>", 'a"', "a&b", "é", "a\n"])
def test_a_token_that_is_not_plain_refuses_that_message(token: str) -> None:
    with pytest.raises(PermanentFailure):
        make_compiled().message(make_reader(), token=token)


@pytest.mark.parametrize(
    ("module", "encoder", "broken"),
    [
        (headers, "_encoded", lambda text, *, after: f"x\r\nBcc: {text}"),
        (headers, "_b_word", lambda octets: "=?utf-8?q?x=0D=0ABcc:_v@x.test?="),
        (headers, "b2a_base64", lambda octets, *, newline: b2a_base64(octets[1:], newline=newline)),
        (quoted_printable, "_escaped", lambda octets: octets),
        (quoted_printable, "_LINE_START", re.compile(rb"(?!)")),
        (quoted_printable, "_folded", lambda line: line),
    ],
)
def test_a_message_from_a_bad_encoder_is_refused(
    monkeypatch: pytest.MonkeyPatch, module: object, encoder: str, broken: object
) -> None:
    compiled, hostile = make_compiled(), make_reader(first_name="." + "é" * 60)
    monkeypatch.setattr(module, encoder, broken)
    with pytest.raises(PermanentFailure):
        compiled.message(hostile, token=token_of())


def test_a_preview_says_what_the_message_says() -> None:
    reader = make_reader(first_name="<Hélène>")
    subject, html, text = fill(make_mail(), reader, unsubscribe_url=LEAVE_URL + token_of(), web_url=WEB_URL)
    raw = make_message(reader)
    assert (text, html) == parts(raw)
    assert subject == parse(raw)["Subject"]


def test_a_composed_message_is_the_same_every_time_and_sound() -> None:
    def compose(text: str = TEXT) -> bytes:
        reader = make_reader(first_name="Camille")
        base = "https://lettre.imagine.example"
        return compose_eml(make_mail(text=text), reader, identity=IDENTITY, date=DATE, base_url=base)

    assert compose() == compose()
    assert lint_message(compose()) == []
    boundaries = {parse(compose(text)).get_boundary() for text in (TEXT, TEXT + "x")}
    assert len(boundaries) == 2
    assert parse(compose())["Date"] == "Wed, 11 Oct 2023 09:30:00 +0200"


def test_each_part_takes_the_encoding_that_makes_it_smaller() -> None:
    french, russian = HTML + "<p>Une forêt.</p>\n" * 40, TEXT + "Лес, поляна и дубы.\n" * 40
    raw = make_message(mail=make_mail(html=french, text=russian))
    text, html = parse(raw).iter_parts()
    assert (text["Content-Transfer-Encoding"], html["Content-Transfer-Encoding"]) == ("base64", "quoted-printable")
    assert lint_message(raw) == []
    expected = [direct(letter, name="Hélène", number=1, markup=letter is french) for letter in (russian, french)]
    assert parts(raw) == tuple(expected)


def test_both_encodings_say_the_same_to_every_hostile_reader() -> None:
    def make(encode: Encode) -> CompiledMail:
        return compile_mail(make_mail(), mailing_key="n/1", **SHARED, encode=encode)

    readable, dense = make(QuotedPrintablePart), make(Base64Part)
    for name in HOSTILE_NAMES:
        reader = make_reader(first_name=name)
        raw = b"".join(dense.message(reader, token=token_of()))
        assert lint_message(raw) == []
        assert parts(raw) == parts(b"".join(readable.message(reader, token=token_of())))


def test_a_signer_is_given_what_all_copies_share_once_and_each_copy_s_own_rest() -> None:
    shared: list[bytes] = []
    signed: list[bytes] = []

    class Notary:
        def sign(self, own: bytes, rest: Sequence[bytes]) -> bytes:
            signed.append(own + shared[1] + b"".join(rest))
            return b"X-Signed: yes\r\n"

    def seal(fixed: bytes, constant: bytes) -> Notary:
        shared.extend([fixed, constant])
        return Notary()

    compiled = compile_mail(make_mail(), mailing_key="n/1", **SHARED, seal=seal)
    for name in ("Hélène", "", "." * 90):
        raw = b"".join(compiled.message(make_reader(first_name=name), token=token_of()))
        head, _blank, body = raw.partition(b"\r\n\r\n")
        assert raw.startswith(b"X-Signed: yes\r\n")
        assert signed[-1].endswith(b"\r\n" + body)
        fields = signed[-1].removesuffix(body).split(b"\r\n") + shared[0].split(b"\r\n")
        assert sorted(filter(None, fields)) == sorted(head.split(b"\r\n")[1:])
    assert len(shared) == 2


@pytest.mark.parametrize("encode", [QuotedPrintablePart, Base64Part])
def test_no_line_of_a_body_holds_two_blanks_in_a_row(encode: Encode) -> None:
    compiled = compile_mail(make_mail(text="a  b   c \t d\n"), mailing_key="n/1", **SHARED, encode=encode)
    body = b"".join(compiled.message(make_reader(first_name="x  y"), token=token_of())).partition(b"\r\n\r\n")[2]
    assert b"  " not in body
    assert b" \r\n" not in body
