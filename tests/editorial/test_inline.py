"""premailer, guarded."""

import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.inline import inline_css, inline_fragment, verify_invariants
from newsletter.editorial.markdown import render_markdown
from newsletter.editorial.mjml import mjml_to_html
from newsletter.errors import LayoutError

SHELL = mjml_to_html("""<mjml lang="fr" dir="ltr"><mj-head><mj-title>Essai</mj-title>
<mj-style>/* nl-authored */ .p{margin:0px;color:#111111} .im{width:100%} td{padding:0px}</mj-style>
<mj-style>:root{color-scheme:light dark} li::marker{color:#b0381a} @font-face{font-family:X;src:url(https://a.be/x)}
@media (prefers-color-scheme:dark){.p{color:#eeeeee !important} @media (min-width:480px){.p{margin:0 !important}}}
</mj-style>
<mj-style>[data-ogsc] .p{color:#eeeeee !important} u + .body .p{color:#111111}</mj-style></mj-head><mj-body>
<mj-section><mj-column width="50%"><mj-text><p class="p">Un &amp; deux&nbsp;: é</p></mj-text>
<mj-image css-class="im" src="https://a.be/a.png" alt="" width="200px" /></mj-column><mj-column width="50%">
<mj-text><img class="im" src="https://a.be/b.png" alt="b" width="120" /></mj-text></mj-column></mj-section>
<mj-raw><!--[if mso]><p>Outlook</p><![endif]--></mj-raw></mj-body></mjml>""")

CSS = ".p{margin:14px 0px 0px;color:#111111} .a{color:#b0381a} .im{width:100%}"


def test_the_authored_sheet_goes_into_style_attributes_and_no_other() -> None:
    html = inline_css(SHELL)
    assert '<p class="p" style="margin:0; color:#111111">' in html
    assert "nl-authored" not in html
    assert "data-premailer" not in html
    assert "font-face" in html and "li::marker" in html and "u + .body" in html


def test_the_doctype_stays() -> None:
    assert inline_css(SHELL).startswith("<!DOCTYPE html>")
    assert inline_css(SHELL.replace("<!DOCTYPE html>", "<!doctype html>")).startswith("<!DOCTYPE html>")


def test_every_important_of_the_untouched_sheets_stays() -> None:
    assert inline_css(SHELL).count("!important") == SHELL.count("!important") > 3


def test_the_widths_of_pictures_stay_whole_pixels() -> None:
    widths = re.findall(r'<img[^>]* width="(\d+)"', inline_css(SHELL))
    assert sorted(widths) == ["120", "200"]


def test_dark_mode_of_outlook_stays() -> None:
    assert "[data-ogsc] .p{color:#eeeeee !important}" in inline_css(SHELL)


def test_conditional_comments_stay_as_they_are() -> None:
    html = inline_css(SHELL)
    assert re.findall(r"<!--\[if.*?endif\]-->", html, re.DOTALL) == re.findall(
        r"<!--\[if.*?endif\]-->", SHELL, re.DOTALL
    )


def test_foreign_resets_are_not_copied_onto_every_element() -> None:
    assert len(inline_css(SHELL)) < 1.05 * len(SHELL)


def test_colours_keep_six_digits() -> None:
    html = inline_css(SHELL) + inline_fragment('<p class="p">a</p>', CSS)
    assert not re.search(r"style=\"[^\"]*#[0-9a-f]{3}\b", html)


def test_css_that_mjml_could_not_carry_is_inlined_too() -> None:
    assert "letter-spacing:1px" in inline_css(SHELL, css="/* a < b */ .p{letter-spacing:1px}")


@pytest.mark.parametrize(
    "rule",
    [
        "p:hover{color:red}",
        "li::marker{color:red}",
        ".p:first-letter{float:left}",
        ":root{color:red}",
        "*{margin:0}",
        "@media print{p{color:red}}",
        "@import url(https://a.be/x.css);",
        "@font-face{font-family:X}",
    ],
)
def test_a_rule_that_no_attribute_can_hold_is_refused_in_the_authored_sheet(rule: str) -> None:
    with pytest.raises(LayoutError) as caught:
        inline_css(SHELL.replace("/* nl-authored */", f"/* nl-authored */ {rule}"))
    assert rule.split("{")[0].rstrip(";") in caught.value.message
    with pytest.raises(LayoutError):
        inline_fragment("<p>a</p>", rule + "p{color:red}")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Everything that tried to look up a name or to connect; it fails."""
    tried: list[object] = []

    def refuse(*arguments: object, **_named: object) -> NoReturn:
        tried.append(arguments)
        raise OSError("no network while building")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tried


def test_nothing_is_fetched_from_the_network_or_the_disk(no_network: list[object], tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text(".p{content:'secret'}")
    imports = f"@import url(http://a.invalid/x.css); @import 'file://{secret}'; .p{{color:red}}"
    sheets = f'<style>{imports}</style><link rel="stylesheet" href="http://a.invalid/y.css">'
    html = inline_css(SHELL.replace("</head>", f"{sheets}</head>"))
    assert "secret'" not in html
    assert "color:#111111" in html
    assert not no_network


def test_the_libraries_that_could_fetch_are_not_even_imported() -> None:
    program = "import sys, newsletter.editorial.inline; print({'cssutils', 'requests', 'http.client'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_fragment_keeps_its_words_its_links_and_its_classes() -> None:
    fragment = (
        '<p class="p">Un &lt;b&gt; &amp; <a class="a" href="https://a.be/?a=1&amp;b=%C3%A9">é\u202f!</a><br>fin</p>nu'
    )
    assert inline_fragment(fragment, CSS) == (
        '<p class="p" style="margin:14px 0 0; color:#111111">Un &lt;b&gt; &amp; <a class="a" '
        'href="https://a.be/?a=1&amp;b=%C3%A9" style="color:#b0381a">é\u202f!</a><br>fin</p>nu'
    )


@pytest.mark.parametrize("css", ["", "  ", "p", ".p{", "}}}", "<style>", ".p{;;*zoom:1;color:red}", "/* rien */"])
def test_odd_css_never_crashes(css: str) -> None:
    assert "words" in inline_fragment('<p class="p">words</p>', css)


def test_an_author_cannot_reach_the_inliner_with_a_style() -> None:
    html = render_markdown('<p style="p">mot</p>', resolve=lambda url: url, classes={"p": "p"}).html
    assert (
        inline_fragment(html, "p{color:#b0381a}" + CSS) == '<p class="p" style="color:#111111; margin:14px 0 0">mot</p>'
    )


@given(st.text())
def test_no_word_of_any_article_is_lost(source: str) -> None:
    html = render_markdown(source, resolve=lambda url: url, classes={"p": "p", "a": "a"}).html
    words = "".join(re.sub(r"<[^>]*>|\s", "", html).replace("&gt;", ">").split())
    inlined = inline_fragment(html, CSS)
    assert "".join(re.sub(r"<[^>]*>|\s", "", inlined).replace("&gt;", ">").split()) == words


def test_what_libxml_drops_is_noticed() -> None:
    with pytest.raises(LayoutError):
        inline_fragment("<div>" * 300 + "perdu" + "</div>" * 300, CSS)


@pytest.mark.parametrize(
    ("written", "damaged"),
    [
        ("<!DOCTYPE html>", ""),
        (" !important", ""),
        ("[data-ogsc]", "[x]"),
        ('width="120"', 'width="100%"'),
        ("<!--[if mso]>", "<!--"),
        ("<![endif]-->", "-->"),
        ("Un &amp; deux", "Un"),
        ("</body>", "<mj-text></body>"),
    ],
)
def test_every_invariant_is_watched(written: str, damaged: str) -> None:
    html = inline_css(SHELL)
    verify_invariants(SHELL, html)
    assert written in html
    with pytest.raises(LayoutError):
        verify_invariants(SHELL, html.replace(written, damaged))


def test_a_style_attribute_that_is_not_css_gives_way() -> None:
    assert inline_fragment('<p style="p">mot</p>', "p{color:#b0381a}") == '<p style="color:#b0381a">mot</p>'


@pytest.mark.parametrize(
    "rule",
    [
        "p > > a{color:red}",
        "p[{color:red}",
        "p..x{color:red}",
        "#{color:red}",
        "p,{color:red}",
        "p:nth-child(x){color:red}",
    ],
)
def test_a_selector_that_is_not_css_is_a_clear_error(rule: str) -> None:
    with pytest.raises(LayoutError) as caught:
        inline_fragment("<p>mot</p>", rule)
    assert "selector" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "selector", ["p", ".a", "#x", "p.a", "div > p", "h1 + p", "h1 ~ p", "p[title]", "p:last-child", "div p.a, td"]
)
def test_a_selector_finds_its_element(selector: str) -> None:
    html = '<div><h1>titre</h1><p class="a" id="x" title="t">mot</p></div>'
    assert 'title="t" style="color:#b0381a">mot' in inline_fragment(html, selector + "{color:#b0381a}")


@pytest.mark.parametrize("attribute", ['class="a b"', "class='b a'", "CLASS = b", "class=b", 'class="&#98;"'])
def test_a_class_is_found_however_it_is_written(attribute: str) -> None:
    assert "color:#b0381a" in inline_fragment(f"<p {attribute}>mot</p>", ".b{color:#b0381a}.c{color:#111111}")


def test_a_selector_of_attributes_and_one_of_two_classes_are_searched_for() -> None:
    html = '<p class="a"><a class="b" href="https://a.be/c.pdf">mot</a></p>'
    inlined = inline_fragment(html, '.a .b{color:#b0381a}a[href$=".pdf"]{margin:0}.a .absent{padding:0}')
    assert 'style="color:#b0381a; margin:0"' in inlined or 'style="margin:0; color:#b0381a"' in inlined
