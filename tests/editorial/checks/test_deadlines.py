import datetime as dt

import pytest

from newsletter.i18n import speaking
from newsletter.model import Block, Level
from tests.editorial.checks.lamp import found, lamp


def test_an_expired_call_says_since_how_many_days_and_where() -> None:
    body = "Bonjour.\n\nCandidature à envoyer avant le 25 août, sans faute.\n"
    words = "avant le 25 août"
    with speaking("en"):
        changes = {"deadline": dt.date(2023, 8, 25), "deadline_words": words, "body": body, "lines": {}}
        [finding] = found(lamp(article=changes), "deadline-expired")
    assert finding.level is Level.ERROR
    assert "47 days" in finding.message
    assert str(finding.place) == "content/articles/rivieres.md:11"
    assert finding.block == 0


def test_a_deadline_is_compared_with_the_issues_day_and_never_with_today() -> None:
    changes = {"deadline": dt.date(2023, 8, 25)}
    assert not found(lamp(article=changes, issue={"date": dt.date(2023, 8, 1)}), "deadline-expired")


@pytest.mark.parametrize(("days", "close"), [(0, True), (3, True), (4, False)])
def test_a_deadline_within_three_days_is_remarked(days: int, close: bool) -> None:
    deadline = dt.date(2023, 10, 11) + dt.timedelta(days=days)
    assert bool(found(lamp(article={"deadline": deadline}), "deadline-close")) is close


@pytest.mark.parametrize("written", ["2023-12-01", dt.date(2023, 12, 1), dt.datetime(2023, 12, 1, 12)])
def test_the_issues_own_deadline_wins_over_the_articles(written: object) -> None:
    block = Block(kind="call", article="rivieres.md", parameters={"deadline": written}, line=30)
    inspection = lamp(article={"deadline": dt.date(2023, 8, 25)}, issue={"blocks": (block,)})
    assert not found(inspection, "deadline-expired")


def test_an_expired_deadline_of_the_issue_is_shown_at_its_block() -> None:
    block = Block(kind="call", parameters={"deadline": "2023-10-01"}, line=30)
    [finding] = found(lamp(issue={"blocks": (block,)}), "deadline-expired")
    assert finding.place is not None
    assert (finding.place.line, finding.place.field) == (30, "deadline")


def test_a_front_matter_deadline_is_shown_at_its_line() -> None:
    [finding] = found(lamp(article={"deadline": dt.date(2023, 10, 10)}), "deadline-expired")
    assert str(finding.place) == "content/articles/rivieres.md:7"
