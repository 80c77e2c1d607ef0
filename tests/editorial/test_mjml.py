"""MJML through mrml: what it would get wrong is refused, with a line."""

import re

import pytest

from newsletter.editorial.mjml import mjml_to_html
from newsletter.errors import LayoutError
from newsletter.i18n import speaking
from newsletter.model import Place


def page(body: str = "", head: str = "") -> str:
    """An MJML document whose column starts on line 4."""
    return f"""<mjml lang="fr" dir="ltr">
<mj-head>{head}</mj-head><mj-body><mj-section>
<mj-column>
{body}
</mj-column></mj-section></mj-body></mjml>"""


def refused(source: str) -> LayoutError:
    """The error a designer reads."""
    with speaking("en"), pytest.raises(LayoutError) as caught:
        mjml_to_html(source)
    assert caught.value.hint
    return caught.value


def test_a_document_is_rendered_with_doctype_language_and_no_web_font() -> None:
    html = mjml_to_html(page("<mj-text>Bonjour &amp; merci</mj-text>"))
    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="fr" dir="ltr"' in html
    assert "googleapis" not in html
    assert "Bonjour &amp; merci" in html


def test_windows_line_ends_are_no_obstacle() -> None:
    head = '<mj-attributes>\n<mj-all font-family="Georgia,serif" />\n</mj-attributes>'
    source = page("<mj-text>a</mj-text>", head)
    assert mjml_to_html(source.replace("\n", "\r\n")) == mjml_to_html(source)


def test_short_colours_get_six_digits() -> None:
    html = mjml_to_html(
        page('<mj-text color="#abc">a</mj-text>').replace("<mj-body>", '<mj-body background-color="#fff">')
    )
    assert "#aabbcc" in html and "#ffffff" in html
    assert not re.search(r"#[0-9a-f]{3}\b", html)


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("\n<mj-text>a < b</mj-text>", 5, "< b"),
        ("<mj-text><p>a\n<p>b</mj-text>", 5, "</mj-text>"),
        ("<mj-text>a</p>b</mj-text>", 4, "</p>"),
        ("<mj-text>\n<p>a</b>\n</mj-text>", 5, "</b>"),
        ("<mj-text>é\n\x00</mj-text>", 5, "x00"),
        ("\n\n<mj-text>", 7, "</mj-column>"),
        ("<mj-text>\ud800</mj-text>", 4, "ud800"),
        ('\n<mj-include path="secret.mjml" />', 5, "mj-include"),
    ],
)
def test_what_mrml_cannot_read_is_an_error_with_the_line_and_the_words(body: str, line: int, said: str) -> None:
    error = refused(page(body))
    assert error.where == Place(file="layout.mjml", line=line)
    assert said in error.message


@pytest.mark.parametrize(
    "head",
    [
        '<mj-class name="a"><mj-text color="#111111" /></mj-class>',
        '<mj-html-attributes><mj-selector path=".a"></mj-selector></mj-html-attributes>',
        "<mj-attributes><!-- c --></mj-attributes>",
        "<mj-style>@media (width < 480px) { a { color: red } }</mj-style>",
        "<mj-preview>a <b>b</b></mj-preview>",
        "<mj-unknown />",
    ],
)
def test_a_head_that_mrml_cannot_read_is_an_error_on_its_line(head: str) -> None:
    where = refused(page(head=head)).where
    assert where and where.line == 2


@pytest.mark.parametrize(
    "source", ["", "texte", "<mjml lang='fr'>", "<html></html>", '<mjml lang="fr"><mj-body/></mjml> fin']
)
def test_what_is_no_mjml_is_a_clear_error(source: str) -> None:
    assert refused(source).where == Place(file="layout.mjml", line=1)


@pytest.mark.parametrize("body", ["<mj-foo>a</mj-foo>", "<mj-foo />", "<div><mj-txt>a</mj-txt></div>"])
def test_an_unknown_element_is_refused_not_passed_through(body: str) -> None:
    assert "mj-" in refused(page(body)).message


def test_a_raw_that_would_swallow_the_sections_after_it_is_refused() -> None:
    swallowed = "<mj-raw><div>\n</mj-raw><mj-section></mj-section><mj-raw></div></mj-raw>"
    error = refused(f'<mjml lang="fr"><mj-body>{swallowed}</mj-body></mjml>')
    assert "</mj-raw>" in error.message
    assert error.where == Place(file="layout.mjml", line=2)


@pytest.mark.parametrize(
    "attribute",
    [
        'padding="0 40px"',
        'padding="5px 40px 0"',
        'padding="10 20"',
        'padding-left="0"',
        'width="200"',
        'padding="10% 0"',
    ],
)
def test_a_length_without_unit_is_refused(attribute: str) -> None:
    error = refused(page(f'\n<mj-image src="https://a.be/a.png" alt="" {attribute} />'))
    assert attribute.split("=")[0] in error.message
    assert error.where == Place(file="layout.mjml", line=5)


@pytest.mark.parametrize(
    "attribute", ['padding="0"', 'padding="0 0"', 'padding="0px 24px"', 'width="200px"', 'padding="5%"']
)
def test_a_sound_length_passes(attribute: str) -> None:
    assert "a.png" in mjml_to_html(page(f'<mj-image src="https://a.be/a.png" alt="" {attribute} />'))


def test_lengths_of_html_inside_text_are_not_mjml() -> None:
    assert 'width="100"' in mjml_to_html(page('<mj-text><table width="100"><tr><td>a</td></tr></table></mj-text>'))


@pytest.mark.parametrize(
    "value", ["Qui\u202f?", "a\u00a0b", "e\u0301", "a\\b", "un\ndeux", "zero\u200dwidth", "doux\u00adtrait"]
)
def test_an_attribute_that_mrml_would_spell_out_is_refused(value: str) -> None:
    error = refused(page(f'<mj-image src="https://a.be/a.png" alt="{value}" />'))
    assert "alt" in error.message
    assert "attr" in str(error.hint)


@pytest.mark.parametrize("value", ["""'" onerror=x "'""", "bare"])
def test_an_attribute_without_double_quotes_is_refused(value: str) -> None:
    assert "alt" in refused(page(f'<mj-image src="https://a.be/a.png" alt={value} />')).message


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<mjml><mj-body></mj-body></mjml>", "language"),
        (page('<mj-image src="https://a.be/a.png" />'), "alt"),
        (page("", '<mj-style inline="inline">a{color:red}</mj-style>'), "inline"),
        (page("<mj-carousel></mj-carousel><mj-carousel></mj-carousel>"), "mj-carousel"),
        ('<mjml lang="fr"><mj-body><mj-hero mode="fluid-height"></mj-hero></mj-body></mjml>', "fluid-height"),
        (page("<mj-text>" + "<div>" * 600 + "</div>" * 600 + "</mj-text>"), "deep"),
    ],
)
def test_what_mrml_would_render_badly_is_refused(source: str, said: str) -> None:
    assert said in refused(source).message


def test_nesting_that_would_kill_the_process_is_refused_before_mrml_sees_it() -> None:
    assert "deep" in refused(page("<mj-text>" + "<b>" * 20_000 + "</b>" * 20_000 + "</mj-text>")).message


def test_what_stands_in_a_comment_is_not_judged() -> None:
    assert "<!DOCTYPE html>" in mjml_to_html(page("<!-- <mj-image width='200' /> --><mj-text>a</mj-text>"))


def test_the_caller_says_which_file_a_line_is_from() -> None:
    with pytest.raises(LayoutError) as caught:
        mjml_to_html(page("<mj-foo />"), where=lambda line: Place(file="templates/x/blocks/a.mjml", line=line - 3))
    assert caught.value.where == Place(file="templates/x/blocks/a.mjml", line=1)
