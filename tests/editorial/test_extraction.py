"""The sentences that a layout says to editors and readers reach the translators."""

from io import BytesIO

from newsletter.editorial.extraction import extract_sentences
from tests.editorial.launch_project import KIT


def sentences(source: bytes) -> list[str]:
    return [text for _line, _function, text, _comments in extract_sentences(BytesIO(source), (), (), {})]


def test_every_help_and_every_default_that_readers_see_is_gathered() -> None:
    source = b"""
help = "A layout."
width = 600
[parameters]
greeting = { type = "text", default = "Hello,", help = "First line." }
palette = { type = "choice", default = "summer", choices = ["summer"], help = "Accent." }
[blocks.quote]
help = "A sentence."
parameters.text = { type = "markdown", default = "Nothing.", help = "The words." }
"""
    expected = ["A layout.", "Hello,", "First line.", "Accent.", "A sentence.", "Nothing.", "The words."]
    assert sentences(source) == expected


def test_the_shipped_layout_has_sentences_to_translate() -> None:
    assert "Hello {{ first_name }}," in sentences((KIT / "kit.toml").read_bytes())
