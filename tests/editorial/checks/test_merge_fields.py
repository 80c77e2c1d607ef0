import pytest

from newsletter.model import Level
from tests.editorial.checks.lamp import found, lamp, with_body


@pytest.mark.parametrize("braces", ["{{ prenom }}", "{% if member %}", "{{prenom}}"])
def test_braces_that_nobody_fills_in_are_an_error_at_their_line(braces: str) -> None:
    body = f"Chers amis,\n\nBonjour {braces} !\n"
    inspection = lamp(html=with_body(braces), issue={"body": body, "body_line": 40})
    [finding] = found(inspection, "unresolved-field")
    assert finding.level is Level.ERROR
    assert str(finding.place) == "content/issues/2023-10-11-numero-157.md:42"


def test_braces_in_the_subject_are_placed_at_the_subject() -> None:
    [finding] = found(lamp(issue={"subject": "Bonjour {{ nom }}"}), "unresolved-field")
    assert finding.place is not None
    assert finding.place.field == "subject"


def test_braces_of_the_layout_are_an_error_of_the_layout() -> None:
    [finding] = found(lamp(html=with_body("<mj-text>")), "unresolved-field")
    assert finding.place is not None
    assert finding.place.field == "layout"


def test_an_article_may_speak_of_braces() -> None:
    inspection = lamp(html=with_body("<p>{{&nbsp;config }}</p>"), article={"body": "Le gabarit {{ config }} dit…\n"})
    assert not found(inspection, "unresolved-field")
    [finding] = found(inspection, "braces-in-article")
    assert finding.level is Level.WARNING
    assert str(finding.place) == "content/articles/rivieres.md:9"


def test_a_token_that_no_field_declares_is_an_error() -> None:
    assert found(lamp(html=with_body("nlq7f3k0e9x000999z")), "unresolved-field")


def test_the_same_braces_in_html_and_text_are_told_once() -> None:
    changes = {"text": "{{ nom }} nlq7f3k0e9x0001z"}
    assert len(found(lamp(html=with_body("{{ nom }}"), mail=changes), "unresolved-field")) == 1
