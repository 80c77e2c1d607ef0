"""Words lifted out of the page while it is printed, and set in again."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.escape import text
from newsletter.editorial.inline import inline_css
from newsletter.editorial.lifting import lift_words
from newsletter.editorial.manuscript import SLOT
from newsletter.editorial.mjml import mjml_to_html

_PAGE = """<mjml lang="fr" dir="ltr"><mj-head><mj-title>Sujet</mj-title><mj-style>/* nl-authored */ .p{{color:#111111}}
</mj-style></mj-head><mj-body><mj-section><mj-column><mj-text><p class="p">{}</p><br />{}</mj-text>
<mj-button href="https://a.be/">{}</mj-button><mj-raw><!--[if mso]><p>Outlook</p><![endif]--></mj-raw>
</mj-column></mj-section></mj-body></mjml>"""


def page(*words: str) -> str:
    return _PAGE.format(*map(text, words))


@given(st.text(), st.text(alphabet="a &<>;'\"#\xa0\u202f\n"), st.sampled_from(["&amp;", "a & b", "é", " ", "mj-text"]))
def test_any_words_come_out_as_if_they_had_been_there_all_along(first: str, second: str, third: str) -> None:
    mjml = page(first, second, third)
    lifted, words = lift_words(mjml, part="page")
    html = inline_css(mjml_to_html(lifted))
    for token, word in words.items():
        html = html.replace(token, word)
    assert html == inline_css(mjml_to_html(mjml))


def test_two_pages_that_differ_in_words_are_one_page() -> None:
    one, words = lift_words(page("Un titre", "un chapeau", "lire"), part="page")
    other, _words = lift_words(page("Un autre", "tout autre", "voir"), part="page")
    assert one == other
    assert list(words.values()) == ["Un titre", "un chapeau", "lire", "Outlook"]


def test_two_parts_of_a_letter_share_no_token() -> None:
    assert not set(lift_words("<p>un</p>", part="0001")[1]) & set(lift_words("<p>un</p>", part="0002")[1])


def test_the_tokens_of_texts_and_rows_the_head_and_style_sheets_stay() -> None:
    body = f"<mj-body><mj-raw>{SLOT}a0000z</mj-raw><p>mot {SLOT}s0000h3z</p><style> .a{{}} </style><!-- a --></mj-body>"
    mjml = f"<mjml><mj-head><mj-title>Sujet</mj-title></mj-head>{body}</mjml>"
    assert lift_words(mjml, part="page") == (mjml, {})
