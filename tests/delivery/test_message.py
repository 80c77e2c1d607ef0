"""Who a letter comes from, and the fields that say so."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import pytest

from newsletter.delivery import message
from newsletter.delivery.message import (
    Identity,
    address_field,
    checked,
    closing_fields,
    feedback_id,
    list_identifier,
    list_unsubscribe,
    make_boundary,
    message_ids,
    opening_fields,
    parse_address,
    text_field,
    web_address,
)
from newsletter.errors import ContentError, PermanentFailure
from tests.delivery.letters import IDENTITY, SECRET


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("lettre@imagine.example", "", "lettre@imagine.example"),
        ("Imagine <lettre@imagine.example>", "Imagine", "lettre@imagine.example"),
        ('"Imagine, la revue" <lettre@imagine.example>', "Imagine, la revue", "lettre@imagine.example"),
        ("  La rédaction   d’Imagine <lettre@imagine.example> ", "La rédaction d’Imagine", "lettre@imagine.example"),
        ("<lettre@imagine.example>", "", "lettre@imagine.example"),
    ],
)
def test_an_address_is_read_with_its_name(written: str, name: str, address: str) -> None:
    assert parse_address(written) == (name, address)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Imagine",
        "Imagine <>",
        "a@x.test, b@x.test",
        "A <a@x.test>, B <b@x.test>",
        "A <a@x.test",
        "a@büro.example",
        "a@x.test\r\nBcc: b@x.test",
    ],
)
def test_what_is_not_one_address_is_an_error_with_a_hint(written: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_address(written)
    assert caught.value.hint


def test_an_identity_survives_as_flat_strings() -> None:
    flat = IDENTITY.to_mapping()
    assert flat["from"] == "Imagine <lettre@imagine.example>"
    assert all(isinstance(value, str) for value in flat.values())
    assert Identity.from_mapping(flat) == IDENTITY
    assert Identity.from_mapping({**flat, "unknown": "x"}) == IDENTITY


def test_the_domain_is_the_from_address_s() -> None:
    assert Identity.make(from_="A <a@Lettre.Example>", list_id="x").domain == "lettre.example"


@pytest.mark.parametrize("field", ["from_", "reply_to", "return_path", "unsubscribe_mailto"])
def test_a_wrong_address_is_found_when_the_identity_is_made(field: str) -> None:
    right = {"from_": "a@x.test", "list_id": "members"}
    with pytest.raises(ContentError, match="nonsense"):
        Identity.make(**right | {field: "nonsense"})


def test_a_return_path_without_room_for_a_mark_is_found_when_the_identity_is_made() -> None:
    with pytest.raises(ContentError, match=r"@imagine\.example"):
        Identity.make(from_="a@x.test", list_id="members", return_path=f"{'b' * 50}@imagine.example")


def test_the_list_id_is_stable_and_ascii() -> None:
    assert list_identifier(IDENTITY) == "Cooperateurs et cooperatrices <members.imagine.example>"
    nameless = Identity.make(from_="a@x.example", list_id="Élus_2023", list_title="»")
    assert list_identifier(nameless) == "<elus-2023.x.example>"


def test_feedback_id_is_four_plain_words() -> None:
    assert feedback_id(IDENTITY, "2023-10-11-numero-157/3") == "2023-10-11-numero-157-3:members:news:imagineexample"


def test_a_message_id_is_one_reader_s_in_one_mailing_for_ever() -> None:
    def make(mailing_key: str, subscriber: int, secret: bytes = SECRET) -> str:
        return message_ids(IDENTITY, mailing_key=mailing_key, secret=secret)(subscriber)

    assert make("n/1", 1) == make("n/1", 1)
    assert len({make("n/1", 1), make("n/1", 2), make("n/2", 1), make("n-1", 1), make("n/1", 1, b"other")}) == 5
    assert make("n/1", 1).startswith("<n-1.")
    assert make("n/1", 1).endswith("@imagine.example>")


def test_unsubscribing_by_the_web_comes_first_and_by_mail_carries_the_same_token() -> None:
    page = "https://lettre.imagine.example/u/"
    assert list_unsubscribe(page, "abc", "") == f"<{page}abc>"
    assert list_unsubscribe(page, "abc", "stop@x.test") == f"<{page}abc>, <mailto:stop@x.test?subject=abc>"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "mailto:a@x.test",
        "https://x.test/é",
        "https://x.test/a b",
        "https://x.test/>",
        "https://x.test/\r\nBcc:v",
    ],
)
def test_what_is_not_a_page_s_address_is_refused(url: str) -> None:
    with pytest.raises(PermanentFailure):
        web_address(url)


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2023, 10, 11, 9, 30, tzinfo=ZoneInfo("Europe/Brussels")), "Wed, 11 Oct 2023 09:30:00 +0200"),
        (datetime(2023, 10, 29, 2, 30, tzinfo=ZoneInfo("Europe/Brussels"), fold=0), "Sun, 29 Oct 2023 02:30:00 +0200"),
        (datetime(2023, 10, 29, 2, 30, tzinfo=ZoneInfo("Europe/Brussels"), fold=1), "Sun, 29 Oct 2023 02:30:00 +0100"),
        (datetime(2023, 12, 1, tzinfo=UTC), "Fri, 01 Dec 2023 00:00:00 +0000"),
    ],
)
def test_the_date_carries_its_real_offset(moment: datetime, written: str) -> None:
    date = next(field for field in opening_fields(IDENTITY, moment) if field.name == "Date")
    assert date.meaning == written
    assert parsedate_to_datetime(written).timestamp() == moment.timestamp()


def test_a_reply_to_is_written_only_when_there_is_one() -> None:
    plain = Identity.make(from_="a@x.example", list_id="members")
    moment = datetime(2023, 12, 1, tzinfo=UTC)
    assert [field.name for field in opening_fields(IDENTITY, moment)] == ["From", "Reply-To", "Date"]
    assert [field.name for field in opening_fields(plain, moment)] == ["From", "Date"]


def test_the_longest_names_still_fit_their_lines() -> None:
    identity = Identity.make(
        from_=f"{'Très long nom ' * 9}<lettre@{'a' * 60}.example>", list_id="i" * 90, list_title="Le titre " * 20
    )
    checked(opening_fields(identity, datetime(2023, 12, 1, tzinfo=UTC)))
    checked(closing_fields(identity, mailing_key="k" * 300, mark=make_boundary("k")))


def test_a_boundary_is_the_same_for_the_same_seed_and_impossible_in_a_part() -> None:
    assert make_boundary("a") == make_boundary("a") != make_boundary("b")
    assert make_boundary("a").startswith("=_")


def test_fields_that_do_not_say_what_was_meant_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "text_header", lambda name, text: f"{name}: {text}\r\nBcc: v@x.test\r\n".encode())
    with pytest.raises(PermanentFailure):
        checked([text_field("Subject", "a"), address_field("To", "ada@example.org")])
