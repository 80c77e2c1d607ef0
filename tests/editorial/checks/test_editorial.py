import pytest

from newsletter.editorial.compose import PLACEHOLDER
from newsletter.i18n import _, speaking
from tests.editorial.checks.lamp import found, lamp


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_editorial_still_to_be_written_is_an_error_in_any_language(language: str) -> None:
    with speaking(language):
        body = _(PLACEHOLDER)
    [finding] = found(lamp(issue={"body": body, "body_line": 12}), "editorial-unwritten")
    assert str(finding.place).endswith(":12")


def test_an_editorial_of_ones_own_or_none_is_not_remarked() -> None:
    assert not found(lamp(issue={"body": "Bonjour à vous."}), "editorial-unwritten")
    assert not found(lamp(issue={"body": ""}), "editorial-unwritten")
