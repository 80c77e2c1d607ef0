"""Merge fields in the editor's words."""

import re

import pytest

from newsletter.editorial.fields import Fields
from newsletter.editorial.inline import inline_css
from newsletter.editorial.markdown import render_markdown
from newsletter.editorial.mjml import mjml_to_html
from newsletter.errors import ContentError
from newsletter.i18n import speaking
from newsletter.model import MergeField, Place

KNOWN = ("first_name", "last_name")
BODY = Place(file="content/issues/157.md", line=12)


def merged(text: str, fields: Fields, **values: str) -> str:
    """The text as one reader gets it."""
    for field in fields.used(text):
        value = values.get(field.name) or field.fallback
        text = text.replace(field.token, field.prefix + value if value else "")
    return text


def test_a_field_becomes_a_token_of_letters_and_digits() -> None:
    fields = Fields()
    opened = fields.open("Bonjour {{ first_name | vous }}, ça va ?", known=KNOWN, place=BODY)
    token = fields.used(opened)[0].token
    assert re.fullmatch(r"nl[a-z2-7]{10}\d{4}z", token)
    assert opened == f"Bonjour {token}, ça va ?"
    assert fields.used(opened) == (MergeField(token=token, name="first_name", fallback="vous"),)


@pytest.mark.parametrize(
    ("typed", "with_name", "without"),
    [
        ("Bonjour {{ first_name }}, merci", "Bonjour Hélène, merci", "Bonjour, merci"),
        ("Bonjour {{first_name|à vous}} !", "Bonjour Hélène !", "Bonjour à vous !"),
        ("Bonjour {{ first_name | }}.", "Bonjour Hélène.", "Bonjour."),
        ("{{ first_name }}, bonjour", "Hélène, bonjour", ", bonjour"),
        ("Bonjour {{ first_name }} {{ last_name }}.", "Bonjour Hélène.", "Bonjour."),
    ],
)
def test_an_empty_value_takes_the_space_before_it_along(typed: str, with_name: str, without: str) -> None:
    fields = Fields()
    opened = fields.open(typed, known=KNOWN, place=BODY)
    assert merged(opened, fields, first_name="Hélène") == with_name
    assert merged(opened, fields) == without


@pytest.mark.parametrize("mark", ["- ", "1. ", "# ", "> ", "| a | "])
def test_the_space_of_a_markdown_mark_is_not_taken(mark: str) -> None:
    fields = Fields()
    opened = fields.open(mark + "{{ first_name }}", known=KNOWN, place=BODY)
    assert opened.startswith(mark + "nl")
    assert fields.used(opened)[0].prefix == ""


def test_an_unknown_field_names_its_line_and_the_nearest_one() -> None:
    with speaking("en"), pytest.raises(ContentError) as caught:
        Fields().open("Bonjour\n\n{{ firstname }}", known=KNOWN, place=BODY)
    assert caught.value.where == Place(file="content/issues/157.md", line=14)
    assert "firstname" in caught.value.message
    assert "{{ first_name }}" in str(caught.value.hint)


@pytest.mark.parametrize("typed", ["a\n{{ first_name", "a\n{{ first_name }", "a\n{{ first_name | x\n}}"])
def test_a_field_that_is_not_closed_is_an_error_with_its_line(typed: str) -> None:
    with pytest.raises(ContentError) as caught:
        Fields().open(typed, known=KNOWN, place=BODY)
    assert caught.value.where == Place(file="content/issues/157.md", line=13)


@pytest.mark.parametrize("typed", ["{{ }}", "{{ 7*7 }}", "{{ subscriber.email }}", "{{ config }}"])
def test_nothing_but_a_declared_name_is_a_field(typed: str) -> None:
    with pytest.raises(ContentError):
        Fields().open(typed, known=KNOWN, place=BODY)


def test_only_the_fields_that_appear_are_used() -> None:
    fields = Fields()
    web, leave = fields.token("web_url"), fields.token("unsubscribe_url")
    assert [field.name for field in fields.used("<p>", f"text {leave}", "subject")] == ["unsubscribe_url"]
    assert web != leave
    assert fields.token("web_url") == web


def test_a_token_survives_every_stage() -> None:
    fields = Fields()
    name, url = fields.token("first_name"), fields.token("unsubscribe_url")
    document = render_markdown(f"**Bonjour {name}!** [adieu]({url})", resolve=lambda address: address)
    page = f'<mjml lang="fr"><mj-head><mj-style>/* nl-authored */ a{{color:#b0381a}}</mj-style></mj-head><mj-body>\
<mj-section><mj-column><mj-image src="{url}" alt="{name}" href="https://a.be/{url}?x={name}" /><mj-text>{document.html}\
</mj-text></mj-column></mj-section></mj-body></mjml>'
    html = inline_css(mjml_to_html(page))
    assert (html.count(name), html.count(url)) == (3, 3)
    assert f'href="{url}"' in html
    assert f"Bonjour {name}\u202f!" in document.text
    assert url in document.text


def test_a_fallback_is_typeset_like_the_rest() -> None:
    fields = Fields(language="fr")
    opened = fields.open("{{ first_name | l'ami de l'eau }}", known=KNOWN, place=BODY)
    assert fields.used(opened)[0].fallback == "l’ami de l’eau"
