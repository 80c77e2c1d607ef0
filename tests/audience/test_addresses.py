"""An address is made clean or refused in plain words; a name loses what could harm."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.addresses import _PLAIN, clean_address, clean_words, doubtful
from newsletter.errors import ContentError


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("jean@example.org", "jean@example.org"),
        ("  jean@example.org\t", "jean@example.org"),
        ("\u00a0jean@example.org\u200b", "jean@example.org"),
        ("\ufeffjean@example.org\u202f", "jean@example.org"),
        ("Jean.Dupont+Lettre@EXAMPLE.org", "Jean.Dupont+Lettre@example.org"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
        ("info@éditions.be", "info@xn--ditions-9xa.be"),
        ("a@test.example", "a@test.example"),
        ("a@example.test", "a@example.test"),
        ("a@mylocal.be", "a@mylocal.be"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_a_good_address_is_kept_its_domain_made_an_a_label(raw: str, clean: str) -> None:
    assert clean_address(raw) == clean


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "there is no address"),
        (" \u200b ", "there is no address"),
        ("jean.example.org", "there is no @"),
        ("jean@work@example.org", "more than one @"),
        ("jean dupont@example.org", "a blank or an invisible character"),
        ("jean\u200bdupont@example.org", "a blank or an invisible character"),
        ("jean@example.org\r\nBcc: eve@example.org", "more than one @"),
        ("jean@example.org\nX", "a blank or an invisible character"),
        ("Jean <jean@example.org>", "write the address alone"),
        ("hélène@example.org", "“é” is not possible before the @"),
        ("jean@example", "the part after the @ has no dot"),
        ("jean@machine.local", "no mail server on the Internet serves machine.local"),
        ("jean@example..org", "the part after the @, example..org, is not valid"),
        ("jean@exa_mple.org", "the part after the @, exa_mple.org, is not valid"),
        ("jean@-example.org", "the part after the @, -example.org, is not valid"),
        ("jean@[127.0.0.1]", "the part after the @, [127.0.0.1], is not valid"),
        ("jean.@example.org", "the part before the @, jean., is not valid"),
        (".jean@example.org", "the part before the @, .jean, is not valid"),
        ("je..an@example.org", "the part before the @, je..an, is not valid"),
        ('"jean"@example.org', 'the part before the @, "jean", is not valid'),
        ("a" * 65 + "@example.org", "longer than 64 characters"),
        ("a@" + "b" * 60 + ("." + "c" * 60) * 4 + ".org", "longer than 254 characters"),
        ("@example.org", "is not valid"),
        ("jean@", "the part after the @ has no dot"),
    ],
)
def test_a_bad_address_is_refused_in_plain_words(raw: str, reason: str) -> None:
    with pytest.raises(ContentError) as refusal:
        clean_address(raw)
    assert reason in refusal.value.message


_PARTS = st.text("aZ9.-_+'é@ xn", max_size=12)


@given(st.builds("{}@{}.{}".format, _PARTS, _PARTS, st.sampled_from(["org", "local", "ONION", "test", "o9", ""])))
def test_the_fast_path_takes_nothing_that_the_validator_refuses(address: str) -> None:
    if not _PLAIN.fullmatch(address):
        return
    options = {"check_deliverability": False, "allow_smtputf8": False, "strict": True, "test_environment": True}
    try:
        judged = validate_email(address, **options)  # type: ignore[arg-type]
    except EmailNotValidError as error:
        pytest.fail(f"{address} is taken, but {error}")
    assert judged.ascii_email == clean_address(address)


@given(st.text())
def test_any_text_is_a_clean_ascii_address_or_a_refusal(raw: str) -> None:
    try:
        address = clean_address(raw)
    except ContentError as refusal:
        assert "\n" not in refusal.message or "\n" in raw
    else:
        assert address.isascii()
        assert address.isprintable()
        assert address.count("@") == 1
        assert clean_address(address) == address


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Hélène", "Hélène"),
        ("He\u0301le\u0300ne", "Hélène"),
        ("  Jean   Paul ", "Jean Paul"),
        ("Jean\r\nBcc: eve@example.org", "Jean Bcc: eve@example.org"),
        ("Jean\u2028Paul\u0085X", "Jean Paul X"),
        ("\u202eluaP\u202c", "luaP"),
        ("Jean\u200bPaul\ufeff", "Jean Paul"),
        ("Jean\0Paul", "Jean Paul"),
        ("=?utf-8?q?x?=", "=?utf-8?q?x?="),
        ("x" * 500, "x" * 100),
    ],
)
def test_a_name_loses_controls_and_marks_of_direction(raw: str, clean: str) -> None:
    assert clean_words(raw, limit=100) == clean


@given(st.text())
def test_a_clean_name_is_one_line_and_stays_as_it_is(raw: str) -> None:
    words = clean_words(raw, limit=100)
    assert len(words) <= 100
    assert len(words.splitlines()) <= 1
    assert clean_words(words, limit=100) == words


SHORT = st.from_regex(
    r"[a-zA-Z0-9.'+-]{1,8}@[a-zA-Z0-9-]{1,6}(\.[a-z0-9-]{1,6}){0,2}\.(org|be|local|x|2a)", fullmatch=True
)


@given(st.lists(st.one_of(SHORT, st.sampled_from(["", "x", "a@b", "é@example.org", "a@example.org"])), max_size=9))
def test_an_address_seen_at_a_glance_would_be_kept_as_it_is(addresses: list[str]) -> None:
    doubted = list(doubtful(addresses))
    assert doubted == sorted({*doubted} & {*range(len(addresses))})
    assert all(clean_address(each) == each for at, each in enumerate(addresses) if at not in doubted)


def test_addresses_as_nearly_all_are_are_not_doubted() -> None:
    plain = ["a@example.org", "jean.o'neil+lettre@sous-domaine.exemple12.be", "A_b@xn--bcher-kva.example", "0@1.org"]
    assert list(doubtful(plain)) == [2]


@pytest.mark.parametrize("address", ["a..b@élan.be", ".a@élan.be", "a(b@élan.be", f"{'a' * 64}@{'éditions.' * 12}be"])
def test_a_part_before_an_international_domain_is_judged_as_before_any_other(address: str) -> None:
    assert clean_address("jean+lettre@élan.be") == "jean+lettre@xn--lan-9la.be"
    with pytest.raises(ContentError, match="valid"):
        clean_address(address)
