"""Take the pictures of the documentation: `docs/screenshots.py [PROJECT] [--only NAME]` writes docs/pictures/*.png.

Needs Debian's Chromium and the development requirements. Shows the first rehearsal and
the first proof of the last issue, if the project has them; writes two segments into a project that has none. Ours
show the project of `make demo`, and a proof that said « sûrement » where its letter says « peut-être ».
"""

import argparse
import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from newsletter.editorial.issues import read_issue
from newsletter.i18n import set_language
from newsletter.project import Project
from newsletter.web.listening import open_socket
from newsletter.web.serving import make_server
from newsletter.web.studio.app import make_studio

PICTURES = Path(__file__).parent / "pictures"
GALLERY = Path(__file__).parent / "gallery"
CHROMIUM = "/usr/bin/chromium"
TOKEN = "pictures"
#: Name → width, height, theme.
VIEWS = {"1440": (1440, 900, "light"), "1440-dark": (1440, 900, "dark"), "390": (390, 844, "light")}
#: The gallery: layouts, each with the issue that shows it.
LAYOUTS = ("launch", "monthly", "appeal")
#: Name in the gallery → width, theme, whether pictures are shown.
LETTERS = {
    "700": (700, "light", True),
    "375-sombre": (375, "dark", True),
    "375-sans-images": (375, "light", False),
}
SEGMENTS = """
[cooperatrices]
title = "Coopératrices"
list = "members"
tags_any = ["coopératrice"]

[namur]
title = "Namurois et Namuroises"
list = "members"
fields = { ville = ["Namur", "Salzinnes"] }
"""
#: Enough for a document; a picture in git stays small.
COLOURS = 128


def main() -> None:
    """Every page of the studio in every view, then the letter alone, then the gallery of layouts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="?", type=Path, default=Path())
    parser.add_argument("--only", metavar="NAME", help="this page of the studio, and nothing else")
    wanted = parser.parse_args()
    project = Project.open(wanted.project)
    if not any(mailing.rehearsal for mailing in project.mailings()):
        parser.error("pictures are taken of a project with people and a rehearsal: that of make demo")
    set_language("fr")
    _make_segments(project)
    pages = {name: path for name, path in _pages(project).items() if wanted.only in (None, name)}
    PICTURES.mkdir(exist_ok=True)
    with _studio(project) as address, sync_playwright() as playwright:
        # Chromium's own widgets, the day of a date among them, speak its language and not the page's (chromium-l10n).
        french = {"args": ["--no-sandbox", "--disable-gpu", "--lang=fr"], "env": {**os.environ, "LANGUAGE": "fr"}}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, **french)
        for view in VIEWS:
            _take_studio(browser, address, pages, view)
        if wanted.only:
            return
        _take_letter(browser, project)
        for layout in LAYOUTS:
            _take_layout(browser, project, layout)
        browser.close()


@contextmanager
def _studio(project: Project) -> Iterator[str]:
    listener = open_socket(0)
    port = listener.getsockname()[1]
    app = make_studio(project, token=TOKEN, port=port)
    server = make_server(app, on_stop=app.state.wire.close)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def _make_segments(project: Project) -> None:
    """So that Abonnés shows some."""
    file = project.folder / "segments.toml"
    if not file.exists():
        file.write_text(SEGMENTS, encoding="utf-8")


def _pages(project: Project) -> dict[str, str]:
    last = project.issues()[-1].id
    pages = {
        "accueil": "/",
        "nouveau-numero": "/issues/new",
        "sommaire": f"/issues/{last}/contents",
        "epreuve": f"/issues/{last}/proof",
        "epreuve-telephone": f"/issues/{last}/proof?width=390",
        "epreuve-sombre-force": f"/issues/{last}/proof?width=390&light=forced&block=2&drawer=weight",
        "deux-editions": f"/issues/{last}/proof?view=editions",
        "lecture-vocale": f"/issues/{last}/proof?view=speech&drawer=links",
        "texte": f"/issues/{last}/proof?view=text",
        "bon-a-tirer": f"/issues/{last}/approval",
        "envoi": f"/issues/{last}/mailing",
        "abonnes": "/subscribers",
        "abonnes-segment": "/subscribers?segment=namur",
        "segment": "/segments/namur/change",
        "une-personne": "/subscribers/1",
        "importation": "/imports/new",
        "rapports": "/reports?kind=rehearsals",
        "croissance": "/reports/growth",
    }
    if project.proofs(project.issue(last)):
        pages["epreuve-revue"] = f"/issues/{last}/proofs/1?place=1"
    rehearsal = next((mailing.id for mailing in project.mailings() if mailing.rehearsal), None)
    return pages | (
        {
            "repetition": f"/rehearsals/{rehearsal}",
            "envoi-en-cours": f"/mailings/{rehearsal}",
            "rapport": f"/reports/{rehearsal}",
        }
        if rehearsal
        else {}
    )


def _take_studio(browser: Browser, address: str, pages: dict[str, str], view: str) -> None:
    width, height, theme = VIEWS[view]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme, locale="fr-BE")
    page.goto(f"{address}/?token={TOKEN}")
    page.goto(f"{address}/?whole=true")
    for name, path in pages.items():
        page.goto(address + path)
        _settle(page)
        _keep(page, f"{name}-{view}")
    page.close()


def _keep(page: Page, name: str, *, whole: bool = False, colours: int = COLOURS) -> None:
    from PIL import Image

    picture = Image.open(io.BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    picture.quantize(colours, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


def _settle(page: Page) -> None:
    """Wait until the frame, where there is one, is as tall as its mail and its pictures are there."""
    page.locator("[data-rest]").first.wait_for(state="detached")
    frame = page.locator("iframe[data-ruler]")
    if frame.count() and frame.first.is_visible():  # a narrow Sommaire hides it
        page.wait_for_selector("iframe[data-measured]")
        for inner in page.frames[1:]:
            for picture in inner.locator("img").all():
                picture.evaluate("image => image.decode().catch(() => null)")


def _take_letter(browser: Browser, project: Project) -> None:
    """The whole letter, as a wide and as a narrow mail program shows it, from the files of this machine."""
    html = project.proofread(project.issues()[-1]).preview.html
    for name, width in (("lettre", 700), ("lettre-telephone", 390)):
        page = _letter_page(browser, project, {"viewport": {"width": width, "height": 900}})
        page.set_content(html, wait_until="load")
        _keep(page, name, whole=True)
        if width == 700:
            page.set_viewport_size({"width": width, "height": 1000})
            _keep(page, f"{name}-ouverture")
        page.close()


def _take_layout(browser: Browser, project: Project, layout: str) -> None:
    """One layout of the gallery, in every view."""
    issue = read_issue(GALLERY / f"{layout}.md", root=project.folder)
    html = project.proofread(issue).preview.html
    for name, (width, theme, pictures) in LETTERS.items():
        view = {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
        page = _letter_page(browser, project, view, pictures=pictures)
        page.set_content(html, wait_until="load")
        _keep(page, f"maquette-{layout}-{name}", whole=True, colours=48)
        page.close()


def _letter_page(browser: Browser, project: Project, view: dict[str, Any], *, pictures: bool = True) -> Page:
    """A page that reaches nothing but the project's own pictures."""
    uploads = project.folder / project.settings.content.uploads
    page = browser.new_page(**view)
    page.route("**/*", lambda route: route.abort())
    if pictures:
        page.route(
            f"{project.settings.site.url}/uploads/**",
            lambda route: route.fulfill(path=uploads / route.request.url.rpartition("/uploads/")[2]),
        )
    return page


if __name__ == "__main__":
    main()
