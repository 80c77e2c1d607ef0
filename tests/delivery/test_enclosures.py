"""Pictures in the message: every mail program finds them beside the HTML, and nobody else does."""

import base64
from dataclasses import replace

from newsletter.delivery.enclosures import enclosed, opened
from tests.delivery.letters import make_illustrated, make_mail, make_message, make_picture, make_reader, parse
from tests.message_linter import lint_message


def test_the_picture_stands_beside_the_html_inside_the_alternative() -> None:
    message = parse(make_message(mail=make_illustrated()))
    text, related = message.iter_parts()
    html, picture = related.iter_parts()
    assert [part.get_content_type() for part in (message, text, related, html, picture)] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    assert related.get_param("type") == "text/html"
    assert picture["Content-ID"] == f"<{make_picture().cid}>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_payload(decode=True) == base64.b64decode(make_picture().base64)


def test_an_illustrated_message_is_sound() -> None:
    assert lint_message(make_message(mail=make_illustrated())) == []


def test_two_pictures_each_have_their_part() -> None:
    mail = make_illustrated()
    second = make_picture(b"another")
    mail = replace(
        mail,
        html=mail.html.replace("</body>", f'<img src="cid:{second.cid}" alt=""></body>'),
        pictures=(*mail.pictures, second),
    )
    raw = make_message(mail=mail)
    assert lint_message(raw) == []
    assert len(list(list(parse(raw).iter_parts())[1].iter_parts())) == 3


def test_a_letter_without_pictures_has_one_boundary() -> None:
    assert enclosed((), mark="=_x") == ("=_x", b"", b"")
    assert make_message(mail=make_mail()).count(b"boundary=") == 1


def test_the_two_boundaries_differ_and_no_part_holds_either() -> None:
    message = parse(make_message(mail=make_illustrated()))
    related = list(message.iter_parts())[1]
    assert message.get_boundary() != related.get_boundary()
    for part in (part for part in message.walk() if not part.is_multipart()):
        assert message.get_boundary() not in str(part.get_payload())
        assert related.get_boundary() not in str(part.get_payload())


def test_every_reader_gets_the_same_picture() -> None:
    one, two = (
        make_message(make_reader(number, first_name=name), mail=make_illustrated())
        for number, name in enumerate(("Ada", "Zoé"))
    )
    cut = b"Content-Type: image/png"
    assert one[one.index(cut) :] == two[two.index(cut) :]


def test_a_browser_is_shown_the_picture_itself() -> None:
    mail = make_illustrated()
    shown = opened(mail.html, mail.pictures)
    assert "cid:" not in shown
    assert f'src="data:image/png;base64,{make_picture().base64}"' in shown
