from newsletter.editorial.checks import CHECKS
from tests.editorial.checks.lamp import HTML, LEAVE, found, lamp


def test_a_letter_without_way_out_in_the_html_is_an_error() -> None:
    assert len(found(lamp(html=HTML.replace(LEAVE.token, "https://example.org/")), "unsubscribe-missing")) == 1


def test_a_letter_without_way_out_in_the_text_is_an_error() -> None:
    assert len(found(lamp(mail={"text": "Bonjour."}), "unsubscribe-missing")) == 1


def test_an_address_that_is_only_printed_is_no_link() -> None:
    html = HTML.replace(f'<a href="{LEAVE.token}">Se désabonner</a>', LEAVE.token)
    assert len(found(lamp(html=html), "unsubscribe-missing")) == 1


def test_it_cannot_be_ignored() -> None:
    assert not CHECKS["unsubscribe-missing"].ignorable
