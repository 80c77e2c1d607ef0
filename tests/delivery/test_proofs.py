import dataclasses

from newsletter.delivery.proofs import marked, with_banner
from tests.mailroom import MAIL

HIDDEN = '<div style="display:none;max-height:0">Il vient de paraître</div>'
LETTER = dataclasses.replace(MAIL, html=f"<html><body class='x'>{HIDDEN}<p>Bonjour</p></body></html>")


def test_no_two_proofs_of_an_issue_share_a_subject() -> None:
    assert len({marked(LETTER, number=number).subject for number in range(1, 9)}) == 8


def test_the_banner_stands_on_top_and_leaves_the_preheader_to_the_inbox() -> None:
    html = with_banner(LETTER, number=4).html
    assert html.index(HIDDEN) < html.index('role="note"') < html.index("<p>Bonjour")
    assert html.replace(html[html.index('<div role="note"') : html.index("<p>Bonjour")], "") == LETTER.html


def test_the_banner_is_in_the_text_too() -> None:
    assert with_banner(LETTER, number=4).text.startswith("*** ")
    assert with_banner(LETTER, number=4).text.endswith(LETTER.text)


def test_a_letter_without_a_body_tag_gets_its_banner_all_the_same() -> None:
    assert with_banner(MAIL, number=1).html.endswith(MAIL.html)
