"""The logo in a real browser: one at a time, the light one unless the reader's program is dark and says so."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from newsletter.project import Project
from tests.editorial.pictures import encoded, logo

pytestmark = pytest.mark.browser


@pytest.fixture
def html(sample_project: Path) -> str:
    """The launch letter, its two logos in the message."""
    for name in ("logo.png", "logo-nuit.png"):
        width = 400 if name == "logo.png" else 401
        (sample_project / "content/uploads" / name).write_bytes(encoded(logo(width), "PNG"))
    settings = sample_project / "newsletter.toml"
    said = 'logo = "/uploads/logo.png"\nlogo_dark = "/uploads/logo-nuit.png"\nlogo_inline = true\n'
    settings.write_text(settings.read_text("utf-8").replace("[parameters]\n", f"[parameters]\n{said}"), "utf-8")
    project = Project.open(sample_project)
    return project.proofread(project.issue("156")).preview.html


def shown(page: Page) -> list[str]:
    """Class and width of each logo that takes room."""
    return page.evaluate(
        "[...document.querySelectorAll('.lo, .ld')].filter(it => it.getClientRects().length)"
        ".map(it => `${it.className} ${it.clientWidth} ${it.naturalWidth > 0}`)"
    )


@pytest.mark.parametrize(("theme", "expected"), [("light", "lo"), ("dark", "ld")])
def test_one_logo_is_shown_and_it_is_the_one_of_the_theme(
    browser: Browser, html: str, theme: str, expected: str
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.route("**/*", lambda route: route.abort())
    page.set_content(html, wait_until="load")
    assert shown(page) == [f"{expected} 200 true"]
    context.close()


def test_outlook_com_in_the_dark_shows_the_dark_one(browser: Browser, html: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.route("**/*", lambda route: route.abort())
    page.set_content(html, wait_until="load")
    page.evaluate("document.body.firstElementChild.setAttribute('data-ogsc', '')")
    assert shown(page) == ["ld 200 true"]
    context.close()


def test_without_style_sheets_the_light_one_is_shown(browser: Browser, html: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.route("**/*", lambda route: route.abort())
    page.set_content(html, wait_until="load")
    page.evaluate("document.querySelectorAll('style').forEach(it => it.remove())")
    assert shown(page) == ["lo 200 true"]
    context.close()
