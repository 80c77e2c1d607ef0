"""Every shipped layout in a real browser: narrow and wide, light and dark, without pictures, without style sheets."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.editorial.letters import LETTERS, ROOT, preview_letter

pytestmark = pytest.mark.browser

WIDTHS = (320, 375, 600, 1280)
UPLOADS = ROOT / "content" / "uploads"

Show = Callable[..., Page]


@pytest.fixture(scope="module", params=LETTERS)
def html(request: pytest.FixtureRequest) -> str:
    return preview_letter(request.param).html


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Opens a letter as a mail program would: nothing but the sample's own pictures is ever loaded."""
    contexts = []

    def opened(html: str, *, theme: str = "light", pictures: bool = True) -> Page:
        contexts.append(browser.new_context(viewport={"width": WIDTHS[0], "height": 900}, color_scheme=theme))
        page = contexts[-1].new_page()
        page.route("**/*", lambda route: route.abort())
        if pictures:
            pattern = "**/uploads/*"
            page.route(pattern, lambda route: route.fulfill(path=UPLOADS / route.request.url.rpartition("/")[2]))
        page.set_content(html, wait_until="load")
        return page

    yield opened
    for context in contexts:
        context.close()


def grave(page: Page) -> list[str]:
    """What axe-core finds serious or critical, contrast of less than 4.5 included."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def assert_sound(page: Page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert grave(page) == []
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    assert grave(page) == []


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
    assert grave(page) == []


def test_two_cards_stand_side_by_side_on_a_wide_screen_and_stack_on_a_narrow_one(show: Show) -> None:
    page = show(preview_letter("monthly").html)
    lefts = "pictures => pictures.slice(1, 3).map(it => Math.round(it.getBoundingClientRect().left))"
    one, other = page.eval_on_selector_all("img", lefts)
    assert one == other
    page.set_viewport_size({"width": 700, "height": 900})
    one, other = page.eval_on_selector_all("img", lefts)
    assert one < other
