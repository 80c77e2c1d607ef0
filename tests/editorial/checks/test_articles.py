import datetime as dt
from dataclasses import replace

import pytest

from newsletter.model import Block, Level
from tests.editorial.checks.lamp import ISSUE, found, lamp


def test_an_article_that_changed_since_it_was_taken_is_remarked() -> None:
    [finding] = found(lamp(article={"sha256": "cd" * 32}), "article-changed")
    assert finding.level is Level.WARNING


def test_a_block_written_by_hand_has_no_fingerprint_to_compare() -> None:
    block = Block(kind="lead", article="rivieres.md")
    assert not found(lamp(article={"sha256": "cd" * 32}, issue={"blocks": (block,)}), "article-changed")


@pytest.mark.parametrize(("days", "told"), [(-90, True), (0, True), (30, False)])
def test_an_article_of_an_earlier_issue_is_remarked(days: int, told: bool) -> None:
    other = replace(ISSUE, id="autre", date=ISSUE.date + dt.timedelta(days=days))
    assert bool(found(lamp(other_issues=[other]), "article-already-sent")) is told


def test_the_issue_itself_is_no_other_issue() -> None:
    assert not found(lamp(other_issues=[ISSUE]), "article-already-sent")


def test_the_same_article_twice_is_remarked_at_the_second_block() -> None:
    blocks = (Block(kind="lead", article="rivieres.md", line=14), Block(kind="card", article="rivieres.md", line=20))
    [finding] = found(lamp(issue={"blocks": blocks}), "article-twice")
    assert finding.place is not None
    assert finding.place.line == 20


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [({"draft": True}, "article-draft", 5), ({"published": False}, "article-unpublished", 6)],
)
def test_what_the_site_does_not_show_is_an_error(change: dict[str, bool], code: str, line: int) -> None:
    [finding] = found(lamp(article=change), code)
    assert finding.level is Level.ERROR
    assert finding.place is not None
    assert finding.place.line == line
