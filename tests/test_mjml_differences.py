"""Two engines are held against each other by what a reader may see, not by how they write it."""

import re

import pytest

from newsletter.editorial.mjml import mjml_to_html
from tests.mjml_differences import EXPLAINED, differences

PAGE = mjml_to_html(
    """<mjml lang="fr" dir="ltr"><mj-head><mj-style>.p{color:#b0381a}</mj-style></mj-head><mj-body css-class="page">
<mj-section><mj-column width="33.333333%"><mj-text><p class="p">Un fleuve, deux rives</p></mj-text></mj-column>
<mj-column><mj-image src="https://a.be/a.png" alt="" width="200px" /><mj-button href="https://a.be/">Lire</mj-button>
</mj-column></mj-section><mj-section background-color="#1b4b45"></mj-section></mj-body></mjml>"""
)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("Un fleuve", "Un ruisseau"),
        ("Un fleuve, deux", "deux Un fleuve,"),
        ("width:200px", "width:100px"),
        ('width="200"', 'width="100%"'),
        ("https://a.be/a.png", "https://a.be/b.png"),
        ("#1b4b45", "#1b4b46"),
        ("color:#b0381a", "color:#b03811"),
        ("<p class", "<h2 class"),
        ("</p>", "</p><br>"),
        ('class="p"', 'class="q"'),
        ("<!--[if mso | IE]>", "<!--[if mso]>"),
        ("(min-width:480px)", "(min-width:600px)"),
        ('lang="fr"', 'lang="und"'),
        ('<meta name="viewport"', '<meta name="window"'),
    ],
)
def test_a_difference_that_a_reader_may_see_is_found(here: str, there: str) -> None:
    assert here in PAGE
    assert differences(PAGE, PAGE.replace(here, there, 1))


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (' alt=""', ""),
        ("<td", '<td class="" style=""'),
        ("<td", '<td vertical-align="middle"'),
        ("33.333333", "33.33333"),
        ("33-333333", "33-33333"),
        ("<!--[if mso | IE]>", "<!--[if mso | IE]> <![endif]-->\n<!--[if mso | IE]>"),
        ("</style>", '</style>\n<style type="text/css"></style>'),
        ("><t", ">\n  <t"),
        (": ", ":"),
        (' align="center" border="0"', ' border="0"  align="center"'),
    ],
)
def test_another_way_of_writing_the_same_is_no_difference(here: str, there: str) -> None:
    assert differences(PAGE, PAGE.replace(here, there)) == []


def test_short_colours_are_those_that_are_written_out_afterwards() -> None:
    assert differences('<p style="color:#abc">a</p>', '<p style="color:#aabbcc">a</p>') == []
    assert differences("<p>&#224;</p>", "<p>&#222244;</p>")


def test_every_explanation_gives_its_reason_and_leaves_words_alone() -> None:
    for habit, instead, reason in EXPLAINED:
        assert len(reason) > 20
        assert re.sub(habit, instead, "Un fleuve, 33.3 rives & des mots") == "Un fleuve, 33.3 rives & des mots"
