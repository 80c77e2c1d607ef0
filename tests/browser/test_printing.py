"""What comes out of the printer."""

import pytest

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/", "/issues/numero-157/proof"])
def test_a_page_is_printed_in_dark_ink_without_what_one_clicks(editor: Watched, studio: str, path: str) -> None:
    page = editor.page
    page.goto(f"{studio}{path}")
    page.locator("[data-theme-switch]").click()
    page.locator('html[data-theme="dark"]').wait_for()
    page.emulate_media(media="print")
    for tool in (".tools", "main form"):
        assert not any(one.is_visible() for one in page.locator(tool).all())
    assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(31, 29, 26)"
    assert page.locator("h1").first.bounding_box()
