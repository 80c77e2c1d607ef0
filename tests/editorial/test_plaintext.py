"""The plain-text part."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.markdown import render_markdown
from newsletter.editorial.plaintext import underline, wrap

LONG = "https://www.exemple.be/articles/" + "tres-long-" * 12


def text_of(source: str) -> str:
    """The plain text of some Markdown, addresses left as they are."""
    return render_markdown(source, resolve=lambda url: url).text


def test_lines_are_72_characters_at_most() -> None:
    lines = text_of("Un mot, puis un autre. " * 40).split("\n")
    assert max(map(len, lines)) <= 72
    assert len(lines) > 5


def test_a_long_address_is_never_broken() -> None:
    assert LONG in wrap(f"Voir ici : {LONG} et ensuite").split("\n")
    assert f"[1] {LONG}" in text_of(f"[ici]({LONG})").split("\n")


def test_hard_spaces_are_not_breaking_points() -> None:
    assert wrap("aaaa bbbb\u00a0cccc\u202f!", width=10) == "aaaa\nbbbb\u00a0cccc\u202f!"


def test_wrapping_keeps_line_ends_and_hangs_on_its_first_margin() -> None:
    assert wrap("un deux trois\nfin", width=10, first="- ", indent="  ") == "- un deux\n  trois\n  fin"
    assert wrap("", indent="  ") == ""


def test_a_heading_is_underlined() -> None:
    assert text_of("# L’eau\n\nTexte") == "L’eau\n-----\n\nTexte"
    assert underline("L’eau", sign="=") == "L’eau\n====="


def test_links_are_numbered_once_per_address_and_listed_at_the_end() -> None:
    text = text_of("[un](https://a.be/1), [deux](https://a.be/2), [encore](https://a.be/1)")
    assert text == "un [1], deux [2], encore [1]\n\n[1] https://a.be/1\n[2] https://a.be/2"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<https://a.be/x>", "https://a.be/x"),
        ("[www.a.be](http://www.a.be/)", "www.a.be"),
        ("[a@b.be](mailto:a@b.be)", "a@b.be"),
        ("[Écrivez-nous](mailto:a@b.be?subject=Bonjour)", "Écrivez-nous (a@b.be)"),
        ("[Téléphone](tel:+3241234567)", "Téléphone (+3241234567)"),
    ],
)
def test_an_address_that_is_said_already_is_not_listed(source: str, text: str) -> None:
    assert text_of(source) == text


def test_lists_hang_on_their_markers() -> None:
    source = """
- un
- deux, qui est bien plus long que le premier et continue donc à la ligne suivante
  1. a
  2. b
"""
    assert text_of(source) == textwrap.dedent("""\
        - un
        - deux, qui est bien plus long que le premier et continue donc à la
          ligne suivante
          1. a
          2. b""")


def test_items_of_several_paragraphs_stand_apart() -> None:
    assert text_of("4. un\n\n   suite\n5. deux") == "4. un\n\n   suite\n\n5. deux"


def test_a_table_is_a_line_for_each_row() -> None:
    assert text_of("| a | b |\n|---|---|\n| c *d* | [e](https://x.be/) |") == "a | b\nc d | e [1]\n\n[1] https://x.be/"


def test_a_picture_is_its_alternative_text() -> None:
    assert text_of("![Une mare](/a.png)") == "[Une mare]"
    assert text_of("avant ![](/a.png) après") == "avant après"


def test_quotations_code_rules_and_breaks_are_kept() -> None:
    source = "> un\n>\n> > deux\n\n    a  =  1\n\n---\n\nune  \nligne"
    assert text_of(source) == "> un\n\n> > deux\n\n    a  =  1\n\n* * *\n\nune\nligne"


def test_hand_written_html_says_its_words() -> None:
    source = "<div>un<br>deux <p>trois</p> quatre</div>\n\n<ul>perdu<li>item</li></ul>\n\n<b>a<p>b</p></b>"
    assert text_of(source).split() == ["un", "deux", "trois", "quatre", "perdu", "item", "a", "b"]


def test_a_table_in_a_table_is_said_once() -> None:
    source = "<table><tr><td>un<table><tr><td>deux</td></tr></table></td></tr></table>"
    assert text_of(source).split() == ["un", "deux"]


@given(st.text(alphabet=st.sampled_from("abc d\n\u00a0\u202fé-")), st.integers(min_value=8, max_value=40))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    assert wrap(text, width=width, indent="  ").split() == text.split()
