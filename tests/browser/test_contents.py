"""Sommaire in a browser, in French, by mouse and by keyboard, on a real project."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from newsletter.i18n import speaking
from newsletter.model import Issue
from newsletter.project import Project
from newsletter.web.studio.app import make_studio
from tests.browser.conftest import Watched, assert_nobody_is_kept_out
from tests.web.conftest import TOKEN
from tests.web.rivers import ROOT, SETTINGS
from tests.web.served import served

pytestmark = pytest.mark.browser

FRAME = "iframe[data-measured]:not(.arriving)"
ARTICLES = {
    "rivieres": ("Ce que disent les rivières", "Dossier", "Un cours d’eau peut-il porter plainte ?"),
    "haies": ("Ce que sait la haie", "Reportage", "Une haie boit l’orage."),
    "castor": ("Le retour discret du castor", "Reportage", "Il bâtit la nuit."),
    "graines": ("Graines de main en main", "Idées", "Une graine se prête."),
}
#: A layout of one block with a parameter of every type.
SHOWCASE = """
label = "Vitrine"
help = "Every control."
kit = "kit"
kit_blocks = ["text", "lead", "card"]
[blocks.shelf]
help = "Every control."
[blocks.shelf.parameters]
line = { type = "text", label = "Ligne", help = "One line." }
words = { type = "markdown", label = "Mots", help = "Paragraphs." }
size = { type = "number", label = "Taille", help = "A number." }
loud = { type = "boolean", label = "Fort", default = false, help = "Loud." }
day = { type = "date", label = "Jour", help = "A day." }
tint = { type = "colour", label = "Teinte", help = "A colour." }
link = { type = "url", label = "Adresse", help = "An address." }
picture = { type = "image", label = "Photo", help = "A picture." }
side = { type = "choice", choices = ["left", "right"], label = "Côté", help = "A side." }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    showcase = shutil.copytree(tmp_path / "templates/launch", tmp_path / "templates/showcase")
    (showcase / "layout.toml").write_text(SHOWCASE)
    (showcase / "blocks").mkdir()
    words = "{{ block.line }} {{ block.size }} {{ block.tint }} {{ block.side }}"
    (showcase / "blocks/shelf.mjml").write_text(
        f"<mj-section><mj-column><mj-text>{words}</mj-text></mj-column></mj-section>"
    )
    (showcase / "blocks/shelf.txt").write_text(words)
    (tmp_path / "newsletter.toml").write_text(SETTINGS)
    for name in ("articles", "issues", "uploads"):
        (tmp_path / "content" / name).mkdir(parents=True)
    for day, (name, (title, category, words)) in enumerate(ARTICLES.items(), 1):
        text = f"---\ntitle: {title}\ndate: 2023-10-0{day}\ncat: {category}\ndescription: {words}\n---\n\n{words}\n"
        (tmp_path / f"content/articles/{name}.md").write_text(text)
    Image.new("RGB", (600, 400), "#7f9f8a").save(tmp_path / "content/uploads/meandre.jpg")
    return tmp_path


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    project = Project.open(folder)
    with speaking("fr"), served(lambda port: make_studio(project, token=TOKEN, port=port)) as address:
        yield address


@pytest.fixture
def editor(watched: Watched, address: str) -> Watched:
    watched.page.goto(f"{address}/?token={TOKEN}")
    return watched


@pytest.fixture
def page(editor: Watched, address: str, folder: Path) -> Page:
    """Sommaire of an issue with its four articles."""
    project = Project.open(folder)
    planned = project.today()
    selection = project.choose(planned, drafting=True)
    path = project.new_issue("Rivières", selection, planned=planned, list_id="members", layout="launch")
    editor.page.goto(f"{address}/issues/{path.stem}/contents")
    return editor.page


def read(folder: Path) -> Issue:
    return Project.open(folder).issues()[-1]


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(re.compile("Enregistré à"))


def held_back(page: Page, pattern: str) -> list[Route]:
    """What is asked for from now on, and comes when somebody lets it continue."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:  # Playwright marks the function that it is given: a method of a list has no room
        waiting.append(route)

    page.route(pattern, hold)
    return waiting


def titles(page: Page) -> list[str]:
    return [link.inner_text().split("\n")[0] for link in page.locator("ol > [data-block] .t").all()]


def test_from_an_empty_project_to_a_composed_issue(editor: Watched, folder: Path) -> None:
    page = editor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Quatre articles attendent leur première lettre.")
    page.get_by_role("link", name="Composer le premier numéro").click()
    page.get_by_label("Titre de la lettre").fill("Ce que disent les rivières")
    page.get_by_role("button", name="Composer").click()
    page.wait_for_url("**/contents")
    expect(page.locator("ol > [data-block]")).to_have_count(4)
    page.get_by_label("Objet", exact=True).fill("La parole est aux rivières")
    page.get_by_label("Aperçu dans la boîte de réception").fill("Huit journalistes au fil de l’eau.")
    page.get_by_label("Aperçu dans la boîte de réception").blur()
    saved(page)
    page.frame_locator(FRAME).get_by_text("Une haie boit l’orage.").first.wait_for()
    page.locator(".editorial .t").click()
    page.get_by_label("Vos mots, en Markdown").fill("Il a plu, *enfin*.\n\nNous sommes restés au bord.")
    page.frame_locator(FRAME).get_by_text("Nous sommes restés au bord.").wait_for()
    issue = read(folder)
    assert (issue.subject, issue.preheader) == ("La parole est aux rivières", "Huit journalistes au fil de l’eau.")
    assert issue.body == "Il a plu, *enfin*.\n\nNous sommes restés au bord."
    assert editor.errors == []
    assert editor.abroad == []


def test_blocks_are_moved_by_the_mouse(page: Page, folder: Path, editor: Watched) -> None:
    before = titles(page)
    grip = page.locator('[data-block="0"] [data-grip]').bounding_box()
    last = page.locator('[data-block="2"]').bounding_box()
    assert grip and last
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, last["y"] + last["height"] - 4, steps=8)
    expect(page.locator(".falls-before")).to_have_count(1)
    page.mouse.up()
    expect(page.locator("#block-2")).to_contain_text(before[0])
    assert titles(page) == [before[1], before[2], before[0], before[3]]
    assert [block.article for block in read(folder).blocks][2] == "graines.md"
    assert editor.errors == []


def test_blocks_are_walked_moved_removed_and_given_back_by_the_keyboard(page: Page, folder: Path) -> None:
    before = titles(page)
    page.locator("#block-0").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#block-1")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#block-0")).to_contain_text(before[1])
    expect(page.locator("#block-0")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("ol > [data-block]")).to_have_count(3)
    expect(page.locator(".toast")).to_contain_text(
        f"Bloc « {before[1]} » retiré.".replace(" »", "\u202f»").replace("« ", "«\u202f")
    )
    page.locator(".toast button").click()
    expect(page.locator("ol > [data-block]")).to_have_count(4)
    page.locator("#block-0").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#block-0")).to_contain_text(before[0])
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("#block-0")).to_contain_text(before[1])
    page.locator("#block-0").focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-block="0"].open')).to_have_count(1)
    assert "block=1" in page.url


def test_articles_are_searched_and_taken(page: Page, folder: Path) -> None:
    page.locator("#block-3").focus()
    page.keyboard.press("Delete")
    expect(page.locator("ol > [data-block]")).to_have_count(3)
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("castore")
    expect(page.locator("[data-nothing]")).to_have_text(re.compile("Rien pour.*castore.*Essayez.*castor"))
    page.locator("#search").fill("rivieres")
    expect(page.locator("article.article:visible")).to_have_count(1)
    expect(page.get_by_text("1 sur 4", exact=True)).to_be_visible()
    expect(page.get_by_text("4 articles")).to_be_hidden()
    assert "q=rivieres" in page.url
    page.keyboard.press("Enter")
    expect(page.locator("ol > [data-block]")).to_have_count(4)
    assert read(folder).blocks[-1].article == "rivieres.md"


def test_every_kind_of_parameter_has_its_control(page: Page, folder: Path, editor: Watched) -> None:
    page.get_by_label("Maquette").select_option("showcase")
    saved(page)
    page.keyboard.press("Escape")
    page.locator("#add-menu summary").click()
    page.locator('[data-add="shelf"]').click()
    expect(page.locator('[data-block="4"].open')).to_have_count(1)
    block = page.locator('[data-block="4"]')
    page.locator("#more-4 summary").click()
    block.get_by_label("Ligne", exact=True).fill("Une ligne")
    block.get_by_label("Mots", exact=True).fill("Un.\n\nDeux.")
    block.get_by_label("Taille", exact=True).fill("12")
    block.get_by_label("Taille", exact=True).blur()
    block.get_by_label("Loud.").check()
    block.get_by_label("Jour", exact=True).fill("2023-11-04")
    block.get_by_label("Teinte", exact=True).fill("#b5523b")
    block.get_by_label("Adresse", exact=True).fill("/boutique")
    block.get_by_label("Adresse", exact=True).blur()
    block.get_by_text("right", exact=True).click()
    page.locator('[data-parameter="picture"] [data-pick]').click()
    page.locator('[data-picture="/uploads/meandre.jpg"]').click()
    expect(page.locator('[data-parameter="picture"]')).to_contain_text("meandre.jpg", timeout=20_000)
    block.get_by_label("Taille", exact=True).fill("douze")
    block.get_by_label("Taille", exact=True).blur()
    expect(page.locator('[data-parameter="size"] .mistake')).not_to_be_empty()
    expect(block.get_by_label("Taille", exact=True)).to_have_value("douze")
    said = dict(read(folder).blocks[4].parameters)
    assert said.pop("day").isoformat() == "2023-11-04"
    assert said.pop("words").strip() == "Un.\n\nDeux."
    assert said == {
        "line": "Une ligne",
        "size": 12,
        "loud": True,
        "tint": "#b5523b",
        "link": "/boutique",
        "picture": "/uploads/meandre.jpg",
        "side": "right",
    }


def test_a_picture_is_brought_from_this_computer_and_the_kind_changes(page: Page, folder: Path, tmp_path: Path) -> None:
    page.locator("#block-1").click()
    page.locator("#kind-1").select_option("lead")
    expect(page.locator("#kind-1")).to_have_value("lead")
    Image.new("RGB", (30, 20), "#b5523b").save(tmp_path / "Été.png")
    page.locator('[data-at="1"][data-parameter="image"] [data-pick]').click()
    page.locator("[data-upload]").set_input_files(tmp_path / "Été.png")
    expect(page.locator('[data-at="1"][data-parameter="image"]')).to_contain_text("ete.png")
    block = read(folder).blocks[1]
    assert (block.kind, block.parameters["image"]) == ("lead", "/uploads/ete.png")


def test_two_tabs_keep_both_words(page: Page, folder: Path) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    other = page.context.new_page()
    other.goto(page.url)
    other.route("**/edits", hold)  # its save leaves before the first tab's, and arrives after
    other.get_by_label("Objet", exact=True).fill("Onglet deux")
    with other.expect_request("**/edits"):
        other.get_by_label("Objet", exact=True).blur()
    page.get_by_label("Objet", exact=True).fill("Onglet un")
    page.get_by_label("Objet", exact=True).blur()
    saved(page)
    expect(page.locator(".issue span")).to_have_text("Onglet un")
    held[0].continue_()
    notice = other.locator("[data-conflict] .notice")
    expect(notice.locator("[data-mine]")).to_have_text("Onglet deux")
    expect(notice.locator("[data-theirs]")).to_have_text("Onglet un")
    expect(other.get_by_label("Objet", exact=True)).to_have_value("Onglet deux")
    assert read(folder).subject == "Onglet un"


def test_a_file_that_breaks_shows_its_error_and_keeps_the_page(page: Page, folder: Path) -> None:
    file = folder / read(folder).file
    before = file.read_text()
    file.write_text(before.replace("subject:", "subject: a\nsubject:"))
    expect(page.locator("[data-broken]")).to_contain_text(file.name)
    expect(page.get_by_label("Objet", exact=True)).to_have_value("Rivières")
    file.write_text(before)
    expect(page.locator("[data-broken]")).to_have_count(0)


def test_a_file_changed_by_an_editor_shows_both_and_overwrites_nothing(page: Page, folder: Path) -> None:
    subject = page.get_by_label("Objet", exact=True)
    file = folder / read(folder).file
    subject.focus()
    page.keyboard.type("Ici : ")
    file.write_text(file.read_text().replace("subject: Rivières", "subject: Écoutez les rivières"))
    notice = page.locator("[data-conflict] .notice")
    expect(notice).to_contain_text("Le fichier du numéro a changé ailleurs à")
    expect(notice.locator("[data-mine]")).to_contain_text("Ici :")
    expect(notice.locator("[data-theirs]")).to_have_text("Écoutez les rivières")
    assert read(folder).subject == "Écoutez les rivières"
    notice.get_by_role("button", name="Voir toutes les différences").click()
    expect(page.locator("#differences ins")).to_contain_text("Écoutez les rivières")
    page.locator("#differences button").click()
    mine = subject.input_value()
    notice.get_by_role("button", name="Garder ici").click()
    expect(notice).to_have_count(0)
    assert read(folder).subject == mine
    file.write_text(file.read_text().replace("layout: launch", "layout: launch # relu"))
    expect(page.locator("[data-conflict]")).to_contain_text("Le fichier du numéro a changé ailleurs.")


def test_what_is_on_disk_can_be_taken(page: Page, folder: Path) -> None:
    file = folder / read(folder).file
    page.get_by_label("Objet", exact=True).focus()
    page.keyboard.type("Ici : ")
    file.write_text(file.read_text().replace("subject: Rivières", "subject: Écoutez les rivières"))
    page.get_by_role("button", name="Prendre le fichier").click()
    expect(page.get_by_label("Objet", exact=True)).to_have_value("Écoutez les rivières")
    assert read(folder).subject == "Écoutez les rivières"


def test_an_issue_is_duplicated_and_put_away(page: Page, folder: Path, address: str) -> None:
    page.goto(address)
    page.locator(".current .menu summary").click()
    page.get_by_role("button", name="Dupliquer").click()
    expect(page.locator("ol > [data-block]")).to_have_count(4)
    page.goto(address)
    page.locator(".shelf .menu summary").first.click()
    page.locator(".shelf").get_by_role("button", name="Mettre aux archives").click()
    page.get_by_role("link", name="Archives (1)").click()
    expect(page.get_by_role("heading", name="Archives")).to_be_visible()
    expect(page.locator(".shelf li")).to_have_count(1)
    page.locator(".shelf .menu summary").click()
    page.get_by_role("button", name="Ressortir des archives").click()
    told = page.get_by_role("status").filter(has_text="est ressorti des archives")
    told.get_by_role("button", name="Défaire").click()
    expect(page.get_by_role("status").filter(has_text="est aux archives")).to_be_visible()
    expect(page.get_by_role("link", name="Archives (1)")).to_be_visible()


def test_the_keyboard_map_opens_and_ctrl_k_goes_to_an_issue(page: Page, address: str) -> None:
    page.locator("body").press("?")
    expect(page.locator("#keys")).to_contain_text("déplacer le bloc")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("rivi")
    page.keyboard.press("Enter")
    page.wait_for_url("**/proof")


def test_ctrl_k_looks_for_whoever_is_no_issue_and_no_page(page: Page, address: str) -> None:
    page.keyboard.press("Control+k")
    page.locator("#palette li").first.wait_for()
    expect(page.locator("#palette [data-search]")).to_be_hidden()
    page.locator("#palette input").fill("Anouk & co")
    expect(page.locator("#palette .chosen")).to_have_text("Chercher «\u202fAnouk & co\u202f» parmi les abonnés")
    assert page.locator("#palette .chosen a").evaluate("link => link.search") == "?words=Anouk+%26+co"


def test_nothing_is_typed_before_the_page_can_keep_it(page: Page, folder: Path) -> None:
    waiting = held_back(page, "**/static/contents.js")
    with page.expect_request("**/static/contents.js"):
        page.reload(wait_until="commit")
    subject = page.get_by_label("Objet", exact=True)
    subject.focus()
    expect(subject).not_to_be_focused()
    waiting.pop().continue_()
    subject.click()
    page.keyboard.type(" parlent")
    saved(page)
    assert read(folder).subject == "Rivières parlent"


def test_escape_closes_a_menu_and_gives_the_focus_back(page: Page, address: str) -> None:
    page.locator("#add-menu summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#add-menu > div")).to_be_hidden()
    expect(page.locator("#add-menu summary")).to_be_focused()


def test_a_hand_quicker_than_the_list_of_ctrl_k_arrives_all_the_same(page: Page, address: str) -> None:
    waiting = held_back(page, "**/places")
    with page.expect_request("**/places"):
        page.keyboard.press("Control+k")
    page.keyboard.type("rivi")
    page.keyboard.press("Enter")
    waiting.pop().continue_()
    page.wait_for_url("**/proof")


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_no_view_keeps_anybody_out(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in (f"{page.url}?block=1", f"{page.url}?block=editorial", f"{address}/issues/new"):
        page.goto(path)
        assert_nobody_is_kept_out(page, width=width)
