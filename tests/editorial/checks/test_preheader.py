import pytest

from newsletter.model import Level
from tests.editorial.checks.lamp import found, lamp


def test_an_issue_without_preheader_is_an_error() -> None:
    [finding] = found(lamp(issue={"preheader": ""}), "preheader-missing")
    assert finding.level is Level.ERROR


@pytest.mark.parametrize(
    ("length", "codes"),
    [(39, ["preheader-short"]), (40, []), (130, []), (131, ["preheader-long"])],
)
def test_a_preheader_has_forty_to_a_hundred_and_thirty_characters(length: int, codes: list[str]) -> None:
    inspection = lamp(issue={"preheader": "x" * length})
    assert [code for code in ("preheader-short", "preheader-long") if found(inspection, code)] == codes


def test_a_preheader_that_repeats_the_subject_is_remarked() -> None:
    same = "La parole est aux rivières, et à qui les écoute"
    assert found(lamp(issue={"subject": same, "preheader": same.upper()}), "preheader-repeats-subject")
