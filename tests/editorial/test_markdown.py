"""Markdown → safe HTML, text, links, pictures, headings."""

import html
import re
from urllib.parse import urljoin

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.markdown import Document, Link, Picture, first_paragraphs, render_markdown
from newsletter.editorial.sanitise import MAX_DEPTH, TAGS
from newsletter.errors import ContentError
from newsletter.i18n import speaking
from newsletter.model import Place
from tests.editorial.awkward import AWKWARD

SITE = "https://www.exemple.be/"

CALL = """\
**Le magazine *Rivages* recrute**

*Rivages* cherche un ou une journaliste.

**Missions**

* Gérer les comptes,&nbsp; et l'agenda
* Écrire ([www.exemple.be](http://www.exemple.be))

Écrivez à [emploi@exemple.be](mailto:emploi@exemple.be)
"""


def rendered(source: str, **options: object) -> Document:
    """The document, its addresses resolved on a site."""
    return render_markdown(source, resolve=lambda url: urljoin(SITE, url), **options)  # type: ignore[arg-type]


def letters(markup: str) -> str:
    """What a reader sees of some HTML, without blanks."""
    return "".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


def test_a_real_article_gives_html_text_and_links_from_one_parse() -> None:
    document = rendered(CALL, first_line=18, classes={"p": "p", "li": "li"})
    assert '<p class="p"><em>Rivages</em> cherche un ou une journaliste.</p>' in document.html
    assert '<li class="li">Gérer les comptes, et l’agenda</li>' in document.html
    assert "- Gérer les comptes, et l’agenda" in document.text
    assert document.links == (
        Link(url="http://www.exemple.be", text="www.exemple.be", line=25),
        Link(url="mailto:emploi@exemple.be", text="emploi@exemple.be", line=27),
    )


def test_relative_addresses_are_resolved_in_markdown_and_in_html() -> None:
    source = '[a](/a) ![i](/uploads/i.png)\n\n<a href="b">b</a> <img src="/j.png" width="50%" alt="">'
    document = rendered(source)
    assert [link.url for link in document.links] == [f"{SITE}a", f"{SITE}b"]
    assert document.images == (
        Picture(url=f"{SITE}uploads/i.png", alt="i", line=1),
        Picture(url=f"{SITE}j.png", alt="", line=3),
    )
    assert 'href="/' not in document.html and 'src="/' not in document.html and "width" not in document.html


def test_a_picture_the_author_did_not_describe_is_known() -> None:
    assert [image.alt for image in rendered("![](/a.png)\n\n<img src=/b.png>").images] == [None, None]
    assert rendered("![](/a.png)").html.count('alt=""') == 1


@pytest.mark.parametrize(
    ("source", "levels"),
    [("# a\n## b\n### c", [2, 3, 4]), ("### a\n##### b", [2, 4]), ("# a\n###### b", [2, 6])],
)
def test_headings_start_where_the_layout_says_and_end_at_six(source: str, levels: list[int]) -> None:
    assert [heading.level for heading in rendered(source).headings] == levels
    assert [heading.level for heading in rendered("# a\n###### b", top_heading=3).headings] == [3, 6]


def test_lines_are_those_of_the_file() -> None:
    document = rendered("# T\n\nun\n[l](/l)\n\n<div>\n<a href=/m>m</a>\n</div>\n\n- ![i](/i)", first_line=10)
    assert [link.line for link in document.links] == [13, 16]
    assert (document.headings[0].line, document.images[0].line) == (10, 19)


def test_absurd_numbers_in_html_are_no_numbers() -> None:
    huge = "9" * 5_000
    source = f'<ol start="{huge}"><li>a</li></ol>\n\n<p data-line="{huge}"><img src="/a" alt="b" width="{huge}"></p>'
    document = rendered(source)
    assert document.text == "1. a\n\n[b]"
    assert "width" not in document.html


def test_an_address_that_the_site_cannot_resolve_is_an_error_on_its_line() -> None:
    def resolve(url: str) -> str:
        return urljoin(SITE, url.replace("crochet", "["))

    with pytest.raises(ContentError) as caught:
        render_markdown("un\n\n[x](//crochet)", resolve=resolve, file="content/articles/a.md", first_line=3)
    assert caught.value.where == Place(file="content/articles/a.md", line=5)
    assert "//crochet" in caught.value.message


def test_table_alignment_is_an_attribute() -> None:
    document = rendered("| a | b |\n|:--|--:|\n| c | d |")
    assert '<td align="left">c</td>' in document.html
    assert '<td align="right">d</td>' in document.html
    assert "style" not in document.html


def test_authors_cannot_set_classes_or_styles() -> None:
    document = rendered('<p class="x" style="p" id="y" data-premailer="ignore">a</p>', classes={"p": "p"})
    assert document.html == '<p class="p">a</p>'


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "a <script>alert(1)</script> b",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        '<img src="data:image/png;base64,AAAA" alt="x">',
        "![x](data:image/png;base64,AAAA)",
        '<img src=x onerror="alert(1)">',
        "<svg onload=alert(1)><b>x</b></svg>",
        '<iframe src="https://a.be"></iframe>',
        '<p style="background:url(https://a.be/pixel)">x</p>',
        "<style>p{color:red}</style>",
        '<form action="https://a.be"><input name="x"></form>',
        "<!--[if mso]><b>x</b><![endif]-->",
        "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></math>",
    ],
)
def test_nothing_active_reaches_a_letter(source: str) -> None:
    document = rendered(source)
    for forbidden in ("<script", "<svg", "<iframe", "<style", "<form", "<!--", "onerror=", "onload=", "style="):
        assert forbidden not in document.html
    assert not re.search(r'(href|src)="(javascript|data):', document.html)
    assert "alert(1)</script" not in document.text


def test_what_was_taken_out_is_told_with_its_line() -> None:
    document = rendered("a\n\n<iframe src=x></iframe>\n\n![vue](data:image/png;base64,AAAA)", first_line=5)
    assert [(removed.tag, removed.line) for removed in document.removed] == [("iframe", 7), ("img", 9)]
    assert "vue" in document.html and "vue" in document.text


@pytest.mark.parametrize(
    "typed",
    ["{{ subscriber.email }}", "{% include 'x' %}", "%%first_name%%", "{{7*7}}", "<mj-text>", "</mj-raw>", "{# a #}"],
)
def test_template_syntax_in_an_article_stays_literal(typed: str) -> None:
    for source in (f"avant {typed} après", f"{typed}\n", f"**{typed}**"):
        document = rendered(source)
        assert typed in document.text
        assert typed in html.unescape(document.html)
        assert "<mj-" not in document.html and "</mj-" not in document.html


def test_controls_and_direction_marks_are_removed_even_as_entities() -> None:
    document = rendered("a\x00b\x1b\u202ec&#8238;d&#x2066;<b>&#8238;e</b> ![&#8238;f](/f)")
    assert document.text == "abcde [f]"
    assert "\u202e" not in document.html


def test_typography_is_set_on_text_and_never_on_code_or_addresses() -> None:
    document = rendered("Qui ? *Imagine*! `a ? b` <https://a.be/?a=b!> [l'eau](/a'b?c)\n\n    x ? y\n\n![Qui ?](/a)")
    assert "Qui\u202f? Imagine\u202f! a ? b https://a.be/?a=b! l’eau" in document.text
    assert "    x ? y" in document.text
    assert document.images[0].alt == "Qui\u202f?"
    assert "https://www.exemple.be/a'b?c" in html.unescape(document.html)


def test_another_language_gets_no_french_space() -> None:
    assert rendered("Who? *Us*!", language="en").text == "Who? Us!"


def test_the_first_paragraph_is_the_first_that_is_not_a_heading() -> None:
    source = "# Titre\n\n![i](/i)\n\n" + CALL + "\n[réf]: /x\n"
    first = first_paragraphs(source, resolve=lambda url: url, classes={"p": "d"}, first_line=3)
    assert first.html == '<p class="d"><em>Rivages</em> cherche un ou une journaliste.</p>'
    two = first_paragraphs(source, resolve=lambda url: url, paragraphs=2)
    assert two.text.startswith("Rivages cherche") and two.text.endswith("emploi@exemple.be")
    assert first_paragraphs("# T", resolve=lambda url: url) == Document(html="", text="")


@pytest.mark.parametrize(
    "source",
    [
        ">" * (MAX_DEPTH + 1) + " x",
        "- " * 500 + "x",
        "*" * 1000 + "x" + "*" * 1000,
        "<div>" * 10_000,
        "<b>" * 60_000,
        "".join(f"<b id=x{number}>" for number in range(49)) + "\n\n<p>x" * 30_000,
        "<div>\n\n" * 20_000,
        "x" * 100_001,
        "x" * 500_000,
        "mot " * 125_000,
    ],
)
def test_an_absurd_text_is_a_clear_error_with_its_place(source: str) -> None:
    with speaking("en"), pytest.raises(ContentError) as caught:
        rendered(source, file="content/articles/a.md", first_line=9)
    assert caught.value.where == Place(file="content/articles/a.md", line=9)
    assert caught.value.hint


@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_text_is_rendered_or_refused_where_it_stands(name: str) -> None:
    text = AWKWARD[name]
    if text.refused is None:
        assert rendered(text.source).text.strip() or text.says_nothing
        return
    with pytest.raises(ContentError) as caught:
        rendered(text.source, file="content/articles/a.md", first_line=9)
    assert caught.value.where == Place(file="content/articles/a.md", line=text.refused)
    assert caught.value.hint


def test_a_word_of_ten_thousand_characters_is_kept_whole() -> None:
    word = "mot" * 3_334
    document = rendered(word)
    assert word in document.html and word in document.text


@pytest.mark.parametrize("depth", [10, MAX_DEPTH])
def test_what_is_nested_within_reason_is_rendered_whole(depth: int) -> None:
    tables = "<table><tr><td>" * depth + "fond" + "</td></tr></table>" * depth
    assert rendered(tables).text == "fond"
    assert "fond" in rendered(tables).html


TAGS_TYPED = ["<b>", "</b>", "<table>", "<td>", "<ul>", "<li>", "<p>", "</p>", "<a href=/x>", "</a>", "<br>"]
MARKS = ["- ", "> ", "1. ", "**", "*", "_", "`", "[", "](/x)", "![", "|", "|-|-|\n", "# ", "\n", "\n\n"]
PIECES = st.sampled_from([*TAGS_TYPED, *MARKS, "&lt;", "&#8238;", "\u00a0", "é", "mot", " "])


@given(st.lists(PIECES | st.text(max_size=8), max_size=30).map("".join))
def test_any_text_gives_allowed_elements_only_and_html_says_what_text_says(source: str) -> None:
    document = rendered(source)
    assert set(re.findall(r"</?([a-zA-Z][\w-]*)", re.sub(r'"[^"]*"', "", document.html))) <= TAGS
    again = nh3.clean(document.html, tags=set(TAGS), attributes={"*": {"href", "src", "alt"}}, link_rel=None)
    assert letters(again) == letters(document.html)
    said = iter("".join(document.text.split()))
    assert all(letter in said for letter in letters(document.html)), "the text says all the HTML says, in its order"


@given(st.text())
def test_any_plain_words_are_escaped_exactly_once(words: str) -> None:
    literal = "".join(
        f"\\{character}" if character in "\\`*_{}[]()#+-.!<>&|~:/\"'=^$%,;?@" else character for character in words
    )
    document = rendered(f"x{literal}x", language="nl")
    assert letters(document.html) == letters(html.escape(document.text))
