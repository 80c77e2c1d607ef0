"""Every shipped layout in a real browser: narrow and wide, light and dark, without pictures, without style sheets."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import barriers
from tests.browser.photographs import WIDTHS, faces, open_letter
from tests.editorial.letters import LETTERS, preview_letter

pytestmark = pytest.mark.browser

Show = Callable[..., Page]


@pytest.fixture(scope="module", params=LETTERS)
def html(request: pytest.FixtureRequest) -> str:
    return preview_letter(request.param).html


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Opens letters, and closes them after the test."""
    pages: list[Page] = []

    def opened(html: str, **how: Any) -> Page:
        pages.append(open_letter(browser, html, **how))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


def assert_sound(page: Page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert barriers(page) == []
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    assert barriers(page) == []


@pytest.mark.parametrize("pictures", [True, False], ids=["pictures", "blocked"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_letter_is_readable_at_every_width(html: str, show: Show, theme: str, pictures: bool) -> None:
    assert_sound(show(html, theme=theme, pictures=pictures))


def test_a_letter_without_its_style_sheets_is_one_sound_column(html: str, show: Show) -> None:
    page = show(re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL))
    assert_sound(page)
    page.set_viewport_size({"width": 700, "height": 900})
    widths = page.eval_on_selector_all("img", "pictures => pictures.map(it => it.getBoundingClientRect().width)")
    assert min(widths) > 500


def test_outlook_com_gets_the_same_dark_letter(html: str, show: Show) -> None:
    """It marks the body, and applies none of the reader's own preference."""
    page = show(re.sub(r"<body", "<body data-ogsc data-ogsb", html, count=1))
    wanted = "getComputedStyle(document.querySelector('h1')).color"
    assert page.evaluate(wanted) == show(html, theme="dark").evaluate(wanted)
    assert barriers(page) == []


def test_two_cards_stand_side_by_side_on_a_wide_screen_and_stack_on_a_narrow_one(show: Show) -> None:
    page = show(preview_letter("monthly").html)
    lefts = "pictures => pictures.slice(1, 3).map(it => Math.round(it.getBoundingClientRect().left))"
    one, other = page.eval_on_selector_all("img", lefts)
    assert one == other
    page.set_viewport_size({"width": 700, "height": 900})
    one, other = page.eval_on_selector_all("img", lefts)
    assert one < other


#: Words of which a letter stands on one line and the next on another, where no hyphen or sign parts them.
CUT_WORDS = """() => {
  const cut = [], range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode())
    for (const word of node.data.matchAll(/[\\p{L}\\p{N}]{2,}/gu)) {
      range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].filter(it => it.width > 0).map(it => Math.round(it.bottom)));
      const element = node.parentElement;
      if (lines.size > 1 && element.checkVisibility() && !element.closest(".dc > p:first-child")) cut.push(word[0]);
    }
  return cut;
}"""


def test_no_word_is_cut_on_the_narrowest_screen(html: str, show: Show) -> None:
    page = show(html)
    page.add_style_tag(content=faces())
    page.evaluate("document.fonts.ready")
    assert page.evaluate(CUT_WORDS) == []
    page.set_viewport_size({"width": 150, "height": 900})
    assert page.evaluate(CUT_WORDS) != []


#: Words of a link that say nothing of where it leads.
EMPTY_WORDS = re.compile(r"(?i)\s*(ici|cliquez ici|lire( la suite)?|en savoir plus|suite|plus|lien|voir|https?:.*)\s*")


def test_links_say_where_they_lead_and_the_same_words_lead_to_one_place(html: str, show: Show) -> None:
    links = show(html).eval_on_selector_all(
        "a[href]", "links => links.map(it => [it.innerText.trim() || it.querySelector('img')?.alt || '', it.href])"
    )
    places: dict[str, set[str]] = {}
    for words, place in links:
        places.setdefault(words, set()).add(place)
    assert len(places) > 5
    assert [words for words in places if EMPTY_WORDS.fullmatch(words) or not words] == []
    assert [words for words, there in places.items() if len(there) > 1] == []
