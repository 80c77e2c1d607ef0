"""Every shipped layout looks as its references do, and what would be ugly is seen."""

import re

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.likeness import differences
from tests.browser.photographs import ARGUMENTS, CHROMIUM, FONT_FILE, VIEWS, View, photograph, reference
from tests.editorial.letters import LETTERS, preview_letter

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True, scope="module")
def _set_in_the_same_fonts() -> None:
    if not FONT_FILE.exists():
        pytest.skip("no Liberation fonts on this machine: letters are not held against their photographs")


PHONE = View(375, "light", True)
DARK = View(375, "dark", True)


def kept(layout: str, view: View) -> Image.Image:
    return Image.open(reference(layout, view)).convert("RGB")


def told(browser: Browser, html: str, view: View, layout: str = "appeal") -> list[str]:
    """How a letter differs from a reference."""
    [(_view, taken)] = photograph(browser, html, [view])
    return differences(taken, kept(layout, view))


def changed(html: str, pattern: str, replacement: str = "") -> str:
    """The letter with one thing changed that must be there."""
    after = re.sub(pattern, replacement, html, flags=re.DOTALL)
    assert after != html
    return after


@pytest.fixture(scope="module")
def appeal() -> str:
    return preview_letter("appeal").html


@pytest.mark.parametrize("layout", LETTERS)
def test_a_letter_looks_as_its_references_do(browser: Browser, layout: str) -> None:
    taken = dict(photograph(browser, preview_letter(layout).html))
    told = {str(view): differences(picture, kept(layout, view)) for view, picture in taken.items()}
    assert taken.keys() == set(VIEWS)
    assert {view: said for view, said in told.items() if said} == {}


def test_a_missing_block_is_seen(browser: Browser, appeal: str) -> None:
    assert told(browser, changed(appeal, r"<h1.*?</h1>"), PHONE)
    assert told(browser, changed(appeal, r"<tr>\s*<th[^>]*>Tarif.*?</tr>"), PHONE)


def test_a_wrong_colour_is_seen(browser: Browser, appeal: str) -> None:
    assert told(browser, appeal.replace("#b0381a", "#1a38b0"), PHONE)
    assert told(browser, appeal.replace("#f2ecdd", "#dde2f2"), PHONE)


def test_a_letter_that_scrolls_sideways_is_seen(browser: Browser, appeal: str) -> None:
    [said] = told(browser, changed(appeal, "</body>", '<div style="width:500px;height:1px"></div></body>'), PHONE)
    assert "sideways" in said


def test_a_lost_dark_mode_is_seen(browser: Browser, appeal: str) -> None:
    assert told(browser, appeal.replace("prefers-color-scheme:dark", "prefers-color-scheme:none"), DARK)


def test_pictures_that_do_not_come_are_seen(browser: Browser, appeal: str) -> None:
    assert told(browser, appeal.replace("/uploads/", "/nowhere/"), PHONE)


def test_words_that_lose_their_place_are_seen(browser: Browser, appeal: str) -> None:
    assert told(browser, changed(appeal, r"Ce que vous( |&#160;|\xa0)ferez", "&#160;"), PHONE)


def test_a_machine_that_smooths_letters_otherwise_is_not_seen(browser: Browser, appeal: str) -> None:
    flags = [*ARGUMENTS, "--disable-lcd-text", "--disable-font-subpixel-positioning"]
    other = browser.browser_type.launch(executable_path=str(CHROMIUM), args=flags)
    [(_view, here)] = photograph(browser, appeal, [PHONE])
    [(_view, there)] = photograph(other, appeal, [PHONE])
    other.close()
    assert here.tobytes() != there.tobytes()
    assert differences(there, kept("appeal", PHONE)) == []
