import pytest

from newsletter.web.studio.charts import shares


def test_a_bar_is_full_and_every_outcome_is_seen() -> None:
    found = shares([("sent", 99_999), ("failed", 1), ("skipped", 0)], width=240, least=2)
    assert [share.key for share in found] == ["sent", "failed"]
    assert found[1].width > 1.9
    assert sum(share.width for share in found) == pytest.approx(240, abs=0.2)


def test_nothing_is_no_bar() -> None:
    assert shares([], width=240, least=2) == shares([("sent", 0)], width=240, least=2) == []
