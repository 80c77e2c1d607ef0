"""Photographs of every shipped layout, and the references they are held against: `make references` writes those again.

The letters are set in the Liberation fonts (Debian's fonts-liberation), so that what else a machine has does not
matter; what is left between two machines is how a browser smooths its edges.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.editorial.letters import LETTERS, ROOT, preview_letter

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
UPLOADS = ROOT / "content" / "uploads"
#: What the layouts ask for → what the photographs are set in.
FONTS = {"Georgia": "Liberation Serif", "Helvetica": "Liberation Sans"}
_STYLES = (
    ("", 400, "normal"),
    (" Bold", 700, "normal"),
    (" Italic", 400, "italic"),
    (" Bold Italic", 700, "italic"),
)
FONT_FILE = Path("/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf")
REFERENCES = Path(__file__).parent / "references"
WIDTHS = (320, 375, 600, 1280)
#: Pixels of the letter, in a row and in a column, that are one pixel of a reference.
REDUCTION = 4
_COLOURS = 128


@dataclass(frozen=True)
class View:
    """How a letter is looked at."""

    width: int
    theme: str
    pictures: bool

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}{'' if self.pictures else '-blocked'}"


VIEWS = (
    *(View(*view) for view in product(WIDTHS, ("light", "dark"), (True,))),
    View(375, "light", False),
    View(375, "dark", False),
)


def open_letter(browser: Browser, html: str, *, theme: str = "light", pictures: bool = True) -> Page:
    """A letter as a mail program would show it: nothing but the sample's own pictures is ever loaded.

    Whoever opens it closes its context.
    """
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.route("**/*", lambda route: route.abort())
    if pictures:
        pattern = "**/uploads/*"
        page.route(pattern, lambda route: route.fulfill(path=UPLOADS / route.request.url.rpartition("/")[2]))
    page.set_content(html, wait_until="load")
    return page


def photograph(browser: Browser, html: str, views: Iterable[View] = VIEWS) -> Iterator[tuple[View, Image.Image]]:
    """The whole letter in each view, as wide as it scrolls, reduced."""
    for (theme, pictures), group in groupby(sorted(views, key=_mode), key=_mode):
        page = open_letter(browser, html, theme=theme, pictures=pictures)
        page.add_style_tag(content=faces())
        page.evaluate("document.fonts.ready")
        for view in group:
            page.set_viewport_size({"width": view.width, "height": 900})
            width = page.evaluate("document.documentElement.scrollWidth")
            page.set_viewport_size({"width": max(view.width, width), "height": 900})
            yield view, _reduced(page.screenshot(full_page=True))
        page.context.close()


def _mode(view: View) -> tuple[str, bool]:
    return view.theme, view.pictures


def _reduced(screenshot: bytes) -> Image.Image:
    """What a reference keeps of a photograph: each pixel is the mean of a square."""
    return Image.open(io.BytesIO(screenshot)).convert("RGB").reduce(REDUCTION)


def reference(layout: str, view: View | None = None) -> Path:
    """The file of a reference: the photograph of a view, else the text part."""
    return REFERENCES / (f"{layout}-{view}.png" if view else f"{layout}.txt")


def main() -> None:
    """Write every reference again: look at each of them before it is committed."""
    REFERENCES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for layout in LETTERS:
            letter = preview_letter(layout)
            reference(layout).write_text(letter.text, encoding="utf-8")
            for view, picture in photograph(browser, letter.html):
                palette = picture.quantize(_COLOURS, dither=Image.Dither.NONE)
                palette.save(reference(layout, view), optimize=True)
        browser.close()


def faces() -> str:
    """The two fonts, under the names that the layouts ask for."""
    return "".join(
        f"@font-face{{font-family:{name};font-weight:{weight};font-style:{style};src:local('{font}{suffix}')}}"
        for name, font in FONTS.items()
        for suffix, weight, style in _STYLES
    )


if __name__ == "__main__":
    main()
