from newsletter.editorial.markdown import Document, Removed
from newsletter.model import Level
from tests.editorial.checks.lamp import found, lamp


def test_what_was_taken_out_of_a_text_is_told_at_its_line() -> None:
    document = Document(html="", text="", removed=(Removed(tag="iframe", line=17),))
    [finding] = found(lamp(documents={"rivieres.md": document}), "element-removed")
    assert finding.level is Level.WARNING
    assert "<iframe>" in finding.message
    assert str(finding.place) == "content/articles/rivieres.md:17"
