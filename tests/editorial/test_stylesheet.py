"""Flat style sheets and style attributes, read as the CSS library reads them."""

import html as html_entities
import logging
import re

import cssutils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.stylesheet import Declaration, read_declarations, read_rules
from tests.editorial.letters import LETTERS, preview_letter

_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])(?![0-9a-f])")


@pytest.fixture(autouse=True)
def silence() -> None:
    cssutils.log.setLevel(logging.CRITICAL)


def declarations_of_the_library(css: str) -> list[Declaration]:
    """What cssutils reads, its shortened colours whole again."""
    read = cssutils.parseStyle(css, validate=False)
    return [(it.name, _SHORT.sub(r"#\1\1\2\2\3\3", it.value) + " !important" * bool(it.priority)) for it in read]


@pytest.mark.parametrize("layout", LETTERS)
def test_every_style_of_the_shipped_layouts_is_read_as_the_library_reads_it(layout: str) -> None:
    styles = set(re.findall(r'style="([^"]*)"', preview_letter(layout).html))
    assert len(styles) > 20
    for style in map(html_entities.unescape, styles):
        assert read_declarations(style) == declarations_of_the_library(style)


_VALUES = st.lists(
    st.sampled_from(["0px", "0", "12px", "1.5", "-1px", "100%", "bold", "auto", "#aabbcc", "Georgia, serif", "solid"]),
    min_size=1,
    max_size=4,
).map("  ".join)
_DECLARATIONS = st.lists(
    st.builds(
        "{}{}:{}{}{}".format,
        st.sampled_from(["", " ", "\n"]),
        st.sampled_from(["color", "Margin", "padding-left", "font-family", "-webkit-x", "mso-hide"]),
        st.sampled_from(["", " "]),
        _VALUES,
        st.sampled_from(["", " !important", "!IMPORTANT", " "]),
    ),
    max_size=5,
).map(";".join)


@given(_DECLARATIONS)
def test_any_declarations_are_read_as_the_library_reads_them(css: str) -> None:
    ours, theirs = read_declarations(css), declarations_of_the_library(css)
    assert dict(ours) == dict(theirs)
    if "!" not in css:  # the library gives an important one the place of the last attempt to overrule it
        assert ours == theirs


@given(st.text(alphabet="ab:;{}()'\"/*!#,. \n"))
def test_no_text_trips_the_reader(css: str) -> None:
    for _selectors, declarations in [("", read_declarations(css)), *read_rules(css)]:
        assert all(name and value for name, value in declarations)


def test_a_semicolon_in_a_string_or_between_brackets_ends_nothing() -> None:
    css = "background:url(data:image/png;base64,AA==); content:'a;b'; font-family:\"x;y\", serif; color:#111111"
    assert dict(read_declarations(css)) == {
        "background": "url(data:image/png;base64,AA==)",
        "content": "'a;b'",
        "font-family": '"x;y", serif',
        "color": "#111111",
    }


def test_comments_and_what_is_no_declaration_are_passed_over() -> None:
    assert read_declarations("/* a:b; */ p; ;*zoom:1; color:; margin : 0px") == [("margin", "0")]


def test_rules_are_read_in_order() -> None:
    css = "/* a < b */ .a ,\n p  > a{color:#111111} .b{} .a{color:#222222 !important;color:#333333}"
    assert read_rules(css) == [
        (".a , p > a", [("color", "#111111")]),
        (".b", []),
        (".a", [("color", "#222222 !important")]),
    ]
