"""A received message, taken apart."""

from newsletter.web.studio.letters import read_letter
from tests.delivery.letters import make_illustrated, make_mail, make_message, make_picture


def test_a_picture_that_travelled_in_the_message_is_shown() -> None:
    html = read_letter(make_message(mail=make_illustrated())).html or ""
    assert f'src="data:image/png;base64,{make_picture().base64}"' in html
    assert "cid:" not in html


def test_a_letter_without_pictures_is_shown_as_it_came() -> None:
    mail = make_mail()
    assert "data:" not in (read_letter(make_message(mail=mail)).html or "data:")
