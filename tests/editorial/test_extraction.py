"""The sentences that a layout says to editors and readers reach the translators."""

from io import BytesIO

from newsletter.editorial.extraction import extract_sentences
from tests.editorial.launch_project import KIT


def sentences(source: bytes) -> list[str]:
    return [text for _line, _function, text, _comments in extract_sentences(BytesIO(source), (), (), {})]


def test_every_label_help_choice_and_default_that_people_see_is_gathered() -> None:
    source = b"""
label = "Launch"
help = "A layout."
width = 600
[parameters]
greeting = { type = "text", default = "Hello,", help = "First line." }
palette = { type = "choice", default = "summer", choices = ["summer"], help = "Accent." }
[fonts]
label = "Helvetica"
[blocks.quote]
help = "A sentence."
parameters.text = { type = "markdown", default = "Nothing.", help = "The words." }
"""
    expected = [
        "Launch",
        "A layout.",
        "Hello,",
        "First line.",
        "summer",
        "Accent.",
        "A sentence.",
        "Nothing.",
        "The words.",
    ]
    assert sentences(source) == expected


def test_the_shipped_layout_has_sentences_to_translate() -> None:
    assert "Hello {{ first_name }}," in sentences((KIT / "kit.toml").read_bytes())
