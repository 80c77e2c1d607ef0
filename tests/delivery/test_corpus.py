"""Letters frozen as they leave are sound, and are made today byte for byte."""

import pytest

from tests.delivery.frozen import FOLDER, letters
from tests.message_linter import lint_message

NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))
MADE = letters()


@pytest.mark.parametrize("name", NAMES)
def test_a_frozen_letter_has_no_fault(name: str) -> None:
    assert lint_message((FOLDER / f"{name}.eml").read_bytes()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_is_made_as_it_was_frozen(name: str) -> None:
    assert MADE[name] == (FOLDER / f"{name}.eml").read_bytes()


def test_the_corpus_is_whole() -> None:
    assert sorted(MADE) == NAMES
