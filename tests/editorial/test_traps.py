"""Every known trap of mrml (M), premailer (P) and of our own layouts (L): refused, undone, or shown to do no harm here.

Each test is named after its trap; the last one counts them.
"""

import re
from pathlib import Path

import pytest

from newsletter.editorial.escape import attr
from newsletter.editorial.inline import inline_css, inline_fragment
from newsletter.editorial.markdown import render_markdown
from newsletter.editorial.mjml import mjml_to_html
from newsletter.errors import ContentError, LayoutError
from tests.editorial.launch_project import BLOCKS, KIT, TEMPLATES, make_article, make_block, render

AUTHORED = "<mj-style>/* nl-authored */ .p{color:#111111;margin:0px} img{width:100%} td{padding:0px}</mj-style>"
DARK = "<mj-style>@media (color){.p{color:#eeeeee !important}} [data-ogsc] .p{color:#eeeeee}</mj-style>"
PICTURE = '<mj-image src="https://a.be/a.png" alt="" width="200px" />'


def page(body: str = "", head: str = "", opening: str = '<mjml lang="fr">') -> str:
    section = f"<mj-section><mj-column>{body}</mj-column></mj-section>"
    return f"{opening}<mj-head>{head}</mj-head><mj-body>{section}</mj-body></mjml>"


def described(alt: str) -> str:
    return f'<mj-image src="https://a.be/a.png" alt="{alt}" />'


SHELL = mjml_to_html(page(f'<mj-text><p class="p">a&nbsp;: b</p></mj-text>{PICTURE}', AUTHORED + DARK))


def through(html: str, css: str = ".p{color:#b0381a}") -> str:
    return inline_fragment(html, css)


def article(body: str) -> str:
    """The letter with one article shown whole."""
    return render(make_block("lead", "x", whole=True), articles={"x.md": make_article("x", body=body)}).mail.html


REFUSED = {
    "M6": page('<mj-text padding="0 40px">a</mj-text>'),
    "M7": page('<mj-image src="https://a.be/a.png" alt="" width="200" />'),
    "M8": page('<mj-text mj-class="a b">a</mj-text>', '<mj-attributes><mj-class name="a" /></mj-attributes>'),
    "M9": page("", '<mj-attributes><mj-class name="a"><mj-text color="#111111" /></mj-class></mj-attributes>'),
    "M10": page("", '<mj-style inline="inline">a{color:red}</mj-style>'),
    "M11": page("", '<mj-html-attributes><mj-selector path=".a"></mj-selector></mj-html-attributes>'),
    "M12": '<mjml lang="fr"><mj-raw position="file-start">a</mj-raw><mj-head></mj-head><mj-body></mj-body></mjml>',
    "M13": '<mjml lang="fr"><mj-body><mj-raw><div></mj-raw><mj-section /><mj-raw></div></mj-raw></mj-body></mjml>',
    "M14": page("<mj-foo>a</mj-foo>"),
    "M15": page("", "<mj-attributes><!-- c --></mj-attributes>"),
    "M16": page("", "<mj-style>@media (width < 480px){a{color:red}}</mj-style>"),
    "M17": page("", "<mj-preview>a <b>b</b></mj-preview>"),
    "M18": page('<mj-image src="https://a.be/a.png" />'),
    "M19": page("<mj-navbar></mj-navbar><mj-navbar></mj-navbar>"),
    "M20": '<mjml lang="fr"><mj-body><mj-hero mode="fluid-height"></mj-hero></mj-body></mjml>',
    "M22": page("", "<mj-unknown />"),
    "M23": page('<mj-include path="a.mjml" />'),
    "M24": page('<mj-social><mj-social-element name="facebook" href="https://a.be/">a</mj-social-element></mj-social>'),
    "M26": page(opening="<mjml>"),
}


@pytest.mark.parametrize("trap", REFUSED)
def test_what_mrml_gets_wrong_is_refused_with_a_cure(trap: str) -> None:
    with pytest.raises(LayoutError) as caught:
        mjml_to_html(REFUSED[trap])
    assert caught.value.where
    assert caught.value.hint


def test_m1_a_narrow_space_in_an_attribute_arrives_as_a_space() -> None:
    html = mjml_to_html(page(described(attr("Qui\u202f?"))))
    assert 'alt="Qui&#8239;?"' in html
    with pytest.raises(LayoutError):
        mjml_to_html(page(described("Qui\u202f?")))


def test_m2_a_quotation_mark_cannot_close_an_attribute() -> None:
    html = mjml_to_html(page(described(attr('" onerror=x '))))
    assert 'alt="&#34; onerror=x "' in html
    with pytest.raises(LayoutError):
        mjml_to_html(page("""<mj-image src="https://a.be/a.png" alt='" onerror=x ' />"""))


@pytest.mark.parametrize(
    "body", ["a < b", "<p>a<p>b", "<B>a</B>", "a</p>b", "<a href=x>a</a>", "<![CDATA[a]]>", "a\x00"]
)
def test_m3_what_mrml_cannot_read_never_reaches_it(body: str) -> None:
    assert "</html>" in article(body)


def test_m4_no_nesting_reaches_mrml() -> None:
    with pytest.raises(LayoutError, match="deep"):
        mjml_to_html(page("<mj-text>" + "<b>" * 10_000 + "</b>" * 10_000 + "</mj-text>"))
    with pytest.raises(ContentError):
        article("<b>" * 10_000)


def test_m5_line_ends_of_windows_change_nothing() -> None:
    source = page("<mj-text>a</mj-text>", '\n<mj-attributes>\n<mj-all color="#111111" />\n</mj-attributes>\n')
    assert mjml_to_html(source.replace("\n", "\r\n")) == mjml_to_html(source)


@pytest.mark.parametrize("colour", ["#fff", "#FfF"])
def test_m21_colours_have_six_digits(colour: str) -> None:
    assert "#ffffff" in mjml_to_html(page(f'<mj-text color="{colour}">a</mj-text>')).lower()


def test_m25_l5_the_class_of_the_page_is_found_wherever_it_stands() -> None:
    html = render().mail.html
    assert re.search(r'<div[^>]* class="page"[^>]*>', html)
    assert re.search(r"body,\.page\{background-color:", html)


def test_p1_the_doctype_stays() -> None:
    assert inline_css(SHELL.replace("<!DOCTYPE html>", "<!doctype html>")).startswith("<!DOCTYPE html>")


def test_p2_every_important_stays() -> None:
    assert inline_css(SHELL).count("!important") == SHELL.count("!important") > 1


def test_p3_a_rule_on_pictures_leaves_their_width() -> None:
    assert re.findall(r'<img[^>]* width="([^"]*)"', inline_css(SHELL)) == ["200"]


def test_p4_p6_sheets_that_are_not_authored_stay_as_they_are() -> None:
    nested = "@media print{@media (color){a{color:red}}}"
    sheet = f"<style>@font-face{{font-family:X}} {nested} [data-ogsb] u + .p{{a:b}} *{{c:d}}</style>"
    assert sheet in inline_css(SHELL.replace("</head>", f"{sheet}</head>"))


def test_p5_mjmls_own_reset_is_not_copied_onto_every_element() -> None:
    assert "mso-table-lspace" not in inline_css(SHELL).partition("<body")[2]
    assert len(inline_css(SHELL)) < 1.1 * len(SHELL)


def test_p7_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text(".p{content:'secret'}", encoding="utf-8")
    sheet = f"<style>/* nl-authored */@import url(file://{secret});.p{{color:#111111}}</style>"
    with pytest.raises(LayoutError):
        inline_css(SHELL.replace("</head>", f"{sheet}</head>"))
    link = f'<link rel="stylesheet" href="file://{secret}">'
    assert "'secret'" not in inline_css(SHELL.replace("</head>", f"{link}</head>"))


def rules() -> dict[str, str]:
    """Selector → declarations of the sheet that the kit writes into the elements."""
    sources = "".join((KIT / name).read_text(encoding="utf-8") for name in ("text.css", "theme.css"))
    plain = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", re.sub(r"\{\{[^}]*\}\}", "X", sources), flags=re.DOTALL)
    return dict(re.findall(r"^(\.[\w .]+)\{([^}]*)\}", plain, re.MULTILINE))


def properties(declarations: str) -> list[str]:
    return [one.partition(":")[0].strip() for one in declarations.split(";") if ":" in one]


def test_p8_p9_no_declaration_of_the_kit_is_dropped_or_merged_into_another() -> None:
    html = render(*BLOCKS).mail.html
    for selector, declarations in rules().items():
        names = properties(declarations)
        assert len(names) == len(set(names)), selector
        probe = through(
            '<p class="{}"><a>a</a></p>'.format(selector.split()[0].strip(".")), f"{selector}{{{declarations}}}"
        )
        kept = re.findall(r'style="([^"]*)"', probe)
        assert sorted(properties(kept[0])) == sorted(names), selector
    assert "{{" not in html


def test_p10_a_hard_space_stays_a_hard_space() -> None:
    assert "a\u00a0: b" in inline_css(SHELL)


def test_p11_a_token_survives_in_an_address() -> None:
    assert 'href="nl7x0001z"' in through('<p><a href="nl7x0001z">a</a></p>')


def test_p12_no_mark_of_ours_stays() -> None:
    assert "premailer" not in inline_css(SHELL)


def test_p13_an_author_cannot_trip_the_inliner_with_a_style() -> None:
    html = render_markdown('<p style="p">mot</p>', resolve=str, classes={"p": "p"}).html
    assert "style" not in html
    assert "mot" in through(html, "p{color:#b0381a}")


def test_p14_what_libxml_drops_is_noticed() -> None:
    with pytest.raises(LayoutError):
        through("<div>" * 300 + "perdu" + "</div>" * 300)


@pytest.mark.parametrize("selector", ["p:not(.a)", "p:first-of-type", "a:hover"])
def test_p15_l2_a_rule_that_would_stay_behind_is_refused(selector: str) -> None:
    with pytest.raises(LayoutError):
        through("<p>a</p>", f"{selector}{{color:#b0381a}}")


def test_l1_the_inliner_shortens_no_colour() -> None:
    assert 'style="color:#111111"' in through('<p class="p">a</p>', ".p{color:#111111}")
    assert not re.search(r'(?:style|color)="[^"]*#[0-9a-f]{3}\b(?![0-9a-f])', render().mail.html)


def templates() -> dict[str, str]:
    return {str(file): file.read_text(encoding="utf-8") for file in TEMPLATES.rglob("*.mjml")}


def test_l3_classes_of_sections_and_classes_of_words_are_not_the_same() -> None:
    sections = {name for source in templates().values() for name in re.findall(r'css-class="(\w+)"', source)}
    words = {name for selector in rules() for name in re.findall(r"\.(\w+)", selector)}
    assert sections
    assert words
    assert not sections & words


def test_l4_no_layout_gives_every_column_a_padding() -> None:
    for file, source in templates().items():
        for defaults in re.findall(r"<mj-attributes>.*?</mj-attributes>", source, re.DOTALL):
            assert "<mj-column" not in defaults, file


def test_l6_every_rule_that_is_drawn_changes_its_colour_in_outlook_com() -> None:
    drawn = {selector for selector, said in rules().items() if re.search(r"border(-\w+)?:[1-9]", said)}
    assert ".fol" in drawn
    dark = (KIT / "dark.css").read_text(encoding="utf-8")
    mended = {
        name for selectors, _ in re.findall(r'\("([^"]+)", "border-([\w-]+)"', dark) for name in selectors.split(",")
    }
    assert drawn <= mended
    assert "[data-ogsc] .fol" in render().mail.html


def test_every_trap_has_its_test() -> None:
    tests = [name for name in globals() if name.startswith("test_")]
    named = [trap.upper() for name in tests for trap in re.findall(r"(?<=_)([mpl]\d+)(?=_)", name)]
    known = [f"{letter}{number}" for letter, last in (("M", 26), ("P", 15), ("L", 6)) for number in range(1, last + 1)]
    assert sorted([*named, *REFUSED]) == sorted(known)
