import pytest

from newsletter.model import Level, MergeField
from tests.editorial.checks.lamp import found, lamp


def test_an_issue_without_subject_is_an_error_at_its_line() -> None:
    [finding] = found(lamp(issue={"subject": "  "}), "subject-missing")
    assert finding.level is Level.ERROR
    assert str(finding.place) == "content/issues/2023-10-11-numero-157.md:2"


def test_a_subject_of_sixty_characters_is_not_too_long() -> None:
    assert not found(lamp(issue={"subject": "x" * 60}), "subject-long")
    assert found(lamp(issue={"subject": "x" * 61}), "subject-long")


def test_the_length_of_a_merge_field_is_that_of_its_fallback() -> None:
    field = MergeField(token="nlq7f3k0e9x0009z" * 3, name="first_name", fallback="vous")
    changed = {"subject": f"{field.token}, venez", "fields": (field,)}
    assert not found(lamp(mail=changed), "subject-long")


@pytest.mark.parametrize(("subject", "shouted"), [("DERNIERS JOURS", True), ("ONU", False), ("À l’ONU", False)])
def test_a_shouted_subject_is_remarked_and_an_acronym_is_not(subject: str, shouted: bool) -> None:
    assert bool(found(lamp(issue={"subject": subject}), "subject-capitals")) is shouted
