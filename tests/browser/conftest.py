from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect, sync_playwright

from newsletter.i18n import speaking
from newsletter.web.studio.app import make_studio
from tests.browser.photographs import ARGUMENTS, CHROMIUM
from tests.web.conftest import TOKEN
from tests.web.paper import EML, PaperProject
from tests.web.served import served

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
#: Milliseconds: longer than a busy machine keeps a page from coming.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop running in this thread: no longer than the browser tests need it.
    if not CHROMIUM.exists():
        pytest.skip("no /usr/bin/chromium on this machine: browser tests left out")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def project(tmp_path: Path) -> PaperProject:
    from PIL import Image

    project = PaperProject(tmp_path)
    Image.new("RGB", (600, 300), "#7f9f8a").save(tmp_path / "content/uploads/rivieres.png")
    lines = "".join(f"<p>Rivière {number}, au fil de l’eau.</p>" for number in range(80))
    picture = '<img src="https://www.imagine-magazine.com/uploads/rivieres.png" alt="Une rivière" width="600">'
    project.write_article("rivieres.md", f"{picture}<p>AVANT-HIER</p>{lines}")
    project.write_issue("numero-157", "Ce que disent les rivières", "rivieres.md")
    project.rehearse(4, "camille.eml", EML)
    return project


@pytest.fixture
def studio(project: PaperProject) -> Iterator[str]:
    """Address of a running studio."""
    with speaking("fr"), served(lambda port: make_studio(project, token=TOKEN, port=port)) as address:
        yield address


class Watched:
    """A page whose console and requests are written down."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_extra_http_headers({"Prefer": "wait=60"})  # whole pages, however busy the machine
        self.console: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def errors(self) -> list[str]:
        return [line for line in self.console if line.startswith("error")]

    @property
    def abroad(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("http://127.0.0.1:", "data:"))]


def chord(page: Page, keys: str) -> None:
    """A shortcut, once the page listens to them."""
    page.wait_for_load_state()
    page.keyboard.press(keys)


def faults(page: Page, *, impact: tuple[str, ...] = ("minor", "moderate", "serious", "critical")) -> list[str]:
    """The rules that axe-core finds broken on this page, each with the first element that breaks it."""
    found = Axe().run(page, options={"iframes": False, "resultTypes": ["violations"]}).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found if rule["impact"] in impact]


def barriers(page: Page) -> list[str]:
    """The rules that are broken so that somebody is kept out, or nearly; contrast of less than 4.5 is one."""
    return faults(page, impact=("serious", "critical"))


def assert_nobody_is_kept_out(page: Page, *, width: int = 1440) -> None:
    """In light and in dark: no barrier, and nothing that is wider than its window."""
    page.set_viewport_size({"width": width, "height": 900})
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
        assert barriers(page) == [], (width, theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-BE")
    context.set_default_timeout(PATIENCE)
    yield Watched(context)
    context.close()


@pytest.fixture
def editor(watched: Watched, studio: str) -> Watched:
    """A browser that opened the printed address."""
    watched.page.goto(f"{studio}/?token={TOKEN}")
    return watched
