"""Escaping for attributes and text; six-digit colours."""

import html
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from newsletter.editorial.escape import attr, expand_colours, text, without_controls
from newsletter.editorial.mjml import mjml_to_html

IMAGE = '<mjml lang="fr" dir="ltr"><mj-body><mj-section><mj-column><mj-image src="https://a.be/a.png" alt="{}" />'
IMAGE += "</mj-column></mj-section></mj-body></mjml>"


def through_mrml(value: str) -> str:
    """What a mail program reads in the alt attribute that was given this value."""
    rendered = mjml_to_html(IMAGE.format(attr(value)))
    written = re.search(r'alt="([^"]*)"', rendered)
    assert written
    return html.unescape(written[1])


def one_of_each_category() -> dict[str, str]:
    """Unicode category → some of its characters."""
    found: dict[str, str] = {}
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        if len(found.setdefault(category, "")) < 20 and not 0xD800 <= code <= 0xDFFF:
            found[category] += chr(code)
    return found


@pytest.mark.parametrize(("category", "characters"), one_of_each_category().items())
def test_an_attribute_of_any_unicode_category_survives_mrml(category: str, characters: str) -> None:
    expected = re.sub(r"\r\n|[\r\n\t]", " ", without_controls(characters))
    assert through_mrml(f"a{characters}z") == f"a{expected}z", category


@given(st.text(max_size=40))
def test_any_attribute_survives_mrml(value: str) -> None:
    assert through_mrml(value) == re.sub(r"\r\n|[\r\n\t]", " ", without_controls(value))


def test_an_attribute_cannot_break_out_of_its_quotes() -> None:
    assert attr('" onerror="alert(1)') == "&#34; onerror=&#34;alert(1)"
    assert through_mrml('" onerror="alert(1)') == '" onerror="alert(1)'


def test_french_spaces_reach_the_reader_as_spaces() -> None:
    assert through_mrml("Qui\u202f?\u00a0\\ e\u0301") == "Qui\u202f?\u00a0\\ e\u0301"


def test_an_attribute_is_one_line() -> None:
    assert attr("un\r\ndeux\ttrois\nfin") == "un deux trois fin"


def test_values_are_escaped_exactly_once() -> None:
    assert text("a < b & 'c'") == "a &lt; b &amp; &#x27;c&#x27;"
    assert text(text("a < b")) == "a &lt; b"
    assert attr(attr("a & é")) == "a &#38; &#233;"
    assert attr(Markup("a &amp; b")) == "a &#38; b"


def test_a_missing_value_is_empty() -> None:
    assert text(None) == attr(None) == ""
    assert (text(157), attr(157)) == ("157", "157")


def test_controls_directions_and_lone_surrogates_are_removed() -> None:
    assert without_controls("a\x00b\x08c\x1b\x7f\x9f\u202e\u2066d\ud800\ufffe") == "abcd"
    assert without_controls("tab\tline\nzwj\u200d") == "tab\tline\nzwj\u200d"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ('<p style="color:#111;background:#AbC">', '<p style="color:#111111;background:#AAbbCC">'),
        ('<td bgcolor="#fff">', '<td bgcolor="#ffffff">'),
        ('<v:rect fillcolor="#fff">', '<v:rect fillcolor="#ffffff">'),
        ('<p style="color:#12ab34">', '<p style="color:#12ab34">'),
        ('<a href="#abc">#abc</a>', '<a href="#abc">#abc</a>'),
        ('<p style="background:url(https://a.be/x#abc)">', '<p style="background:url(https://a.be/x#abc)">'),
    ],
)
def test_short_colours_get_six_digits_and_nothing_else_changes(short: str, long: str) -> None:
    assert expand_colours(short) == long
