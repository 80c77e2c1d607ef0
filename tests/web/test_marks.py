from newsletter.web.studio.marks import Mark, compare, mark, outline
from tests.web.paper import PaperBlock, PaperPreview

HTML = "<html><head></head><body><p>Un</p><p>Deux</p></body></html>"
FIRST, SECOND = PaperBlock(0, 4, 6, 9), PaperBlock(1, 6, 8, 11)


def test_the_outlined_block_is_the_one_that_was_asked_for() -> None:
    assert 'nl-error" id="nl-block"><p>Deux</p></div></body>' in outline(HTML, [FIRST, SECOND], number=1, kind="error")
    assert outline(HTML, [FIRST], number=1, kind="error") == HTML


def test_blocks_of_one_row_are_marked_once() -> None:
    assert mark(HTML, [Mark(4, 8, "only"), Mark(4, 8, "only")]).count("<div") == 1


def test_a_stretch_beyond_the_end_is_left_alone() -> None:
    assert "<div" not in mark(HTML, [Mark(4, 400, "only")])


def test_editions_are_tinted_where_they_differ() -> None:
    other = HTML.replace("Un", "Une").replace("<p>Deux</p>", "")
    one, two = compare([(_preview(HTML), [FIRST, SECOND]), (_preview(other), [FIRST])])
    assert 'nl-changed" ><p>Un</p>' in one
    assert 'nl-only" ><p>Deux</p>' in one
    assert 'nl-changed" ><p>Une</p>' in two
    assert 'nl-only"' not in two


def _preview(html: str) -> PaperPreview:
    return PaperPreview("", "", html, "", len(html))
