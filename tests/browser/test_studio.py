import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Watched
from tests.web.paper import PaperProject

pytestmark = pytest.mark.browser

PROOF = "/issues/numero-157/proof"
FRAME = "iframe[data-measured]:not(.arriving)"
HOSTILE = """
<script>alert('script')</script>
<img src="x" onerror="alert('onerror')">
<svg onload="alert('svg')"></svg>
<iframe srcdoc="<script>parent.alert('srcdoc')</script>"></iframe>
<a href="javascript:alert('href')" id="trap">cliquez</a>
<form action="https://evil.example/"><button id="send">envoyez</button></form>
<meta http-equiv="refresh" content="0;url=https://evil.example/">
<link rel="stylesheet" href="https://evil.example/x.css">
<style>@import url(https://evil.example/y.css); body{background:url(https://evil.example/z.png)}</style>
"""


def test_the_proof_shows_the_mail_and_its_remarks_without_an_error_or_a_foreign_request(
    editor: Watched, studio: str
) -> None:
    page = editor.page
    page.goto(studio + PROOF)
    page.wait_for_selector(FRAME)
    assert page.frame_locator(FRAME).get_by_text("Rivière 79").count() == 1
    assert page.get_by_text("content/articles/rivieres.md:9").is_visible()
    picture = page.frame_locator(FRAME).locator("img")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 600
    assert editor.errors == []
    assert editor.abroad == []


def test_the_frame_is_as_tall_as_its_mail(editor: Watched, studio: str) -> None:
    page = editor.page
    for width in ("phone", "desktop"):
        page.goto(f"{studio}{PROOF}?width={width}")
        height = page.wait_for_selector(FRAME).bounding_box()["height"]  # type: ignore[index]
        body = page.frame_locator(FRAME).locator("body").bounding_box()
        assert body is not None
        assert 0 <= height - body["height"] <= 64


def test_a_saved_article_refreshes_the_frame_and_keeps_the_scroll(
    editor: Watched, studio: str, project: PaperProject
) -> None:
    page = editor.page
    page.goto(studio + PROOF)
    page.wait_for_selector(FRAME)
    page.locator("#desk").evaluate("desk => { desk.scrollTop = 1200 }")
    before = (project.folder / "content/articles/rivieres.md").read_text()
    project.write_article("rivieres.md", before.replace("AVANT-HIER", "Tout est neuf").replace("Rivière 79", "Nouveau"))
    page.frame_locator(FRAME).get_by_text("Nouveau").wait_for()
    page.locator(".arriving").wait_for(state="detached")
    assert page.locator("#desk").evaluate("desk => desk.scrollTop") == 1200
    assert page.get_by_text("content/articles/rivieres.md:9").count() == 0
    assert editor.errors == []


def test_a_broken_article_shows_its_error_and_the_last_good_rendering_stays(
    editor: Watched, studio: str, project: PaperProject
) -> None:
    page = editor.page
    page.goto(studio + PROOF)
    page.wait_for_selector(FRAME)
    before = (project.folder / "content/articles/rivieres.md").read_text()
    project.write_article("rivieres.md", "BROKEN")
    page.get_by_role("alert").wait_for()
    assert "content/articles/rivieres.md:4" in page.get_by_role("alert").inner_text()
    page.locator(".arriving").wait_for(state="detached")
    assert page.frame_locator("iframe").get_by_text("Rivière 79").count() == 1
    project.write_article("rivieres.md", before)
    page.get_by_role("alert").wait_for(state="detached")


@pytest.mark.parametrize("path", [PROOF, f"{PROOF}?view=text", f"{PROOF}?view=source", "/rehearsals/4"])
def test_a_hostile_article_never_runs_and_never_calls_home(
    editor: Watched, studio: str, project: PaperProject, path: str
) -> None:
    project.write_article("rivieres.md", HOSTILE)
    page = editor.page
    page.goto(studio + path, wait_until="load")
    if page.locator("iframe").count():
        frame = page.frame_locator("iframe")
        for trap in ("#trap", "#send"):
            if frame.locator(trap).count():
                frame.locator(trap).click(no_wait_after=True)
        page.wait_for_load_state("networkidle" if path == "/rehearsals/4" else "load")
    assert editor.dialogs == []
    assert [url for url in editor.abroad if editor.page.url.startswith(url)] == []
    assert page.url.startswith(studio)


def test_keys_change_the_width_and_fold_the_drawer(editor: Watched, studio: str) -> None:
    page = editor.page
    page.goto(studio + PROOF)
    page.keyboard.press("1")
    page.wait_for_url("**width=phone**")
    page.keyboard.press("b")
    page.wait_for_url("**drawer=folded**")
    assert page.locator(".remarks").count() == 0


def test_the_theme_is_chosen_and_remembered(editor: Watched) -> None:
    page = editor.page
    page.locator("[data-theme-switch]").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", PROOF, f"{PROOF}?view=text&drawer=folded", "/rehearsals/4"])
def test_no_page_has_a_serious_fault_for_those_who_see_or_hear_it_differently(
    editor: Watched, studio: str, path: str, theme: str, width: int
) -> None:
    page = editor.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(studio + path)
    found = Axe().run(page, options={"iframes": False}).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
