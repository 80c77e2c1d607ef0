import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched, assert_nobody_is_kept_out
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
    for width in (390, 820):
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
    expect(page.get_by_text("content/articles/rivieres.md:9")).to_have_count(0)
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
    page.wait_for_url("**width=390**")
    page.keyboard.press("b")
    page.wait_for_url("**drawer=folded**")
    page.locator(".remarks").wait_for(state="hidden")


def test_the_theme_is_chosen_and_remembered(editor: Watched) -> None:
    page = editor.page
    page.locator("[data-theme-switch]").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        PROOF,
        f"{PROOF}?view=text&drawer=folded",
        f"{PROOF}?view=speech&drawer=weight",
        f"{PROOF}?view=editions&drawer=links",
        "/rehearsals/4",
    ],
)
def test_no_page_keeps_out_those_who_see_or_hear_it_differently(
    editor: Watched, studio: str, path: str, width: int
) -> None:
    editor.page.set_viewport_size({"width": width, "height": 900})
    editor.page.goto(studio + path)
    assert_nobody_is_kept_out(editor.page, width=width)


LIGHT = """<style>@media (prefers-color-scheme: dark){#night{color:rgb(1, 2, 3)}}</style><p id="night">La nuit</p>"""


def test_the_light_and_the_pictures_change_by_key_and_the_scroll_stays(
    editor: Watched, studio: str, project: PaperProject
) -> None:
    path = project.folder / "content/articles/rivieres.md"
    project.write_article("rivieres.md", LIGHT + path.read_text())
    page = editor.page
    page.goto(studio + PROOF)
    page.wait_for_selector(FRAME)
    page.locator("#desk").evaluate("desk => { desk.scrollTop = 1200 }")
    page.keyboard.press("c")
    page.locator("iframe[src*='light=dark']:not(.arriving)").wait_for()
    assert _colour(editor) == "rgb(1, 2, 3)"
    page.keyboard.press("c")
    page.locator("iframe[src*='light=forced']:not(.arriving)").wait_for()
    assert "invert" in page.frame_locator(FRAME).locator("html").evaluate("it => getComputedStyle(it).filter")
    page.keyboard.press("i")
    page.locator("iframe[src*='images=off']:not(.arriving)").wait_for()
    assert page.frame_locator(FRAME).locator("img").evaluate("image => image.naturalWidth") == 0
    assert page.locator("#desk").evaluate("desk => desk.scrollTop") == 1200
    assert (editor.errors, editor.abroad) == ([], [])


def _colour(editor: Watched) -> str:
    night = editor.page.frame_locator("iframe:not(.arriving)").locator("#night")
    return str(night.evaluate("it => getComputedStyle(it).color"))


def test_the_edge_is_dragged_and_pushed_and_the_width_stays_in_the_address(editor: Watched, studio: str) -> None:
    page = editor.page
    page.goto(f"{studio}{PROOF}?width=500")
    page.wait_for_selector(FRAME)
    edge = page.get_by_role("slider")
    edge.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**width=510**")
    box = edge.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 9, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 29, box["y"] + 100)
    page.mouse.up()
    page.wait_for_url("**width=550**")
    assert page.locator(FRAME).evaluate("frame => frame.clientWidth") == 550
    assert editor.errors == []


def test_a_remark_leads_to_its_block_by_keyboard(editor: Watched, studio: str, project: PaperProject) -> None:
    long = "<p>Au fil de l’eau.</p>" * 60
    project.write_article("etoiles.md", "<p>AVANT-HIER</p>")
    project.write_article("rivieres.md", long)
    project.write_issue("numero-157", "Rivières", "rivieres.md", "etoiles.md")
    page = editor.page
    page.goto(studio + PROOF)
    page.wait_for_selector(FRAME)
    # Asked for before the studio heard of the files, the page still shows the remark that was there.
    page.wait_for_selector('[data-finding][href*="block=2"]')
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**block=2**")
    block = page.frame_locator("iframe[data-top]:not(.arriving)").locator("#nl-block")
    block.wait_for()
    assert block.inner_text().startswith("Etoiles")
    page.wait_for_function("document.querySelector('#desk').scrollTop > 1000")
    assert (editor.errors, editor.abroad) == ([], [])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("view=speech", "Rivière 79"),
        ("drawer=links", "Target"),
        ("drawer=weight", "rivieres.png"),
        ("view=file&file=content/articles/rivieres.md&line=1", "AVANT-HIER"),
        ("view=text&reader=anouk@example.org", "Bonjour Anouk"),
    ],
)
def test_every_view_opens_without_an_error_or_a_foreign_request(
    editor: Watched, studio: str, query: str, words: str
) -> None:
    page = editor.page
    page.goto(f"{studio}{PROOF}?{query}&lang=en")
    page.get_by_text(words).first.wait_for()
    assert (editor.errors, editor.abroad) == ([], [])


def test_two_editions_stand_side_by_side_and_differences_are_tinted(
    editor: Watched, studio: str, project: PaperProject
) -> None:
    project.write_article("etoiles.md", "<p>MEMBRES</p>")
    project.write_issue("numero-157", "Rivières", "rivieres.md", "etoiles.md")
    page = editor.page
    page.goto(f"{studio}{PROOF}?view=editions")
    page.locator("iframe[data-measured]").nth(1).wait_for()
    members, everyone = page.frame_locator("iframe >> nth=0"), page.frame_locator("iframe >> nth=1")
    expect(members.locator(".nl-only")).to_contain_text(re.compile("^Etoiles"))
    expect(everyone.locator(".nl-mark")).to_have_count(0)
    assert (editor.errors, editor.abroad) == ([], [])


def test_what_cannot_be_undone_looks_like_it(editor: Watched, studio: str) -> None:
    page = editor.page
    page.goto(studio + PROOF)
    undo = page.locator(".steps button").first
    expect(undo).to_be_disabled()
    expect(undo).to_have_css("opacity", "0.5")
    expect(undo).to_have_css("cursor", "default")


def test_a_remark_is_ignored_with_a_reason(editor: Watched, studio: str) -> None:
    page = editor.page
    page.goto(f"{studio}{PROOF}?lang=en")
    page.get_by_text("Ignore…").click()
    page.get_by_label("Why ignore it in this issue?").fill("voulu")
    page.get_by_role("button", name="Ignore in this issue").click()
    page.get_by_role("heading", name=re.compile("Ignored in this issue|Ignoré pour ce numéro")).wait_for()
    assert page.get_by_role("button", name=re.compile("Restore|Rétablir")).is_visible()
    assert editor.errors == []


def test_the_drawer_is_as_tall_as_one_drags_it_between_its_bounds_and_the_next_time_too(
    editor: Watched, studio: str
) -> None:
    page = editor.page
    page.goto(studio + PROOF)
    drawer, grip = page.locator("#drawer"), page.get_by_role("separator", name="Hauteur du tiroir")
    place = grip.bounding_box()
    assert place
    page.mouse.move(place["x"] + 300, place["y"] + 5)
    page.mouse.down()
    page.mouse.move(place["x"] + 300, 10)
    page.mouse.up()
    expect(drawer).to_have_css("height", "450px")
    grip.press("ArrowDown")
    expect(drawer).to_have_css("height", "430px")
    expect(grip).to_have_attribute("aria-valuenow", "430")
    page.reload()
    expect(drawer).to_have_css("height", "430px")
    grip.press("Home")
    expect(drawer).to_have_css("height", "220px")
    page.keyboard.press("b")
    expect(drawer).to_have_css("height", "47px")
    assert editor.errors == []


def test_the_lines_of_each_inbox_are_cut_at_its_own_width(editor: Watched, studio: str) -> None:
    page = editor.page
    page.goto(studio + PROOF)
    for client, width in (("gmail", "302px"), ("outlook", "268px"), ("apple", "342px")):
        row = page.locator(f"aside .{client}")
        expect(row.locator(".subject")).to_have_css("width", width)
        expect(row.locator(".subject")).to_have_css("text-overflow", "ellipsis")
        expect(row.locator(".preheader")).to_have_css("-webkit-line-clamp", "2" if client == "apple" else "1")
