"""The section of reports in a real browser: by mouse, by keyboard, in every light and at every width."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.i18n import speaking
from newsletter.project import Project, create_project
from newsletter.web.studio.app import make_studio
from tests.browser.conftest import Theme, Watched, barriers
from tests.web.conftest import TOKEN
from tests.web.past import open_past
from tests.web.served import served

pytestmark = pytest.mark.browser

PAGES = ("/reports", "/reports?kind=rehearsals", "/reports/3", "/reports/1?sort=failed", "/reports/growth?span=all")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running studio on a project with a past, in French."""
    project = open_past(tmp_path_factory.mktemp("past"))
    with speaking("fr"), served(lambda port: make_studio(project, token=TOKEN, port=port)) as address:
        yield address


@pytest.fixture
def visitor(watched: Watched, address: str) -> Watched:
    watched.page.goto(f"{address}/?token={TOKEN}")
    return watched


def test_a_report_is_reached_by_mouse_and_its_tables_come_as_files(visitor: Watched, address: str) -> None:
    page = visitor.page
    page.get_by_role("link", name="Rapports").click()
    page.get_by_role("link", name="Ce que disent les rivières").click()
    page.wait_for_url("**/reports/2")
    assert page.get_by_role("heading", level=1).inner_text().startswith("388 courriels remis sur 414")
    assert page.get_by_role("img", name="Courriels acceptés par les serveurs, cumulés").is_visible()
    page.get_by_text("Les mêmes chiffres en tableau").click()
    assert page.get_by_role("columnheader", name="Après report").first.is_visible()
    page.get_by_role("link", name="Les plus refusés d’abord").click()
    page.wait_for_url("**sort=failed**")
    page.get_by_role("link", name="Habiter la lenteur").click()
    page.wait_for_url("**/reports/1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger (CSV)", exact=True).click()
    assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbfadresse;domaine")
    page.get_by_role("link", name="Tous les rapports").click()
    page.get_by_role("link", name="Croissance des listes").click()
    page.get_by_role("link", name="12 mois").click()
    page.wait_for_url("**span=12")
    assert page.locator(".chart.wide rect.joined").count() == 9, "the last twelve months, three of them empty"
    assert (visitor.errors, visitor.abroad) == ([], [])


def test_reports_are_walked_by_keyboard_alone(visitor: Watched, address: str) -> None:
    page = visitor.page
    page.keyboard.press("Control+k")
    page.keyboard.type("rapports")
    page.locator("#palette .chosen").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports")
    page.keyboard.press("F6")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/3")
    page.keyboard.press("j")
    page.wait_for_url("**/reports/2")
    page.keyboard.press("k")
    page.wait_for_url("**/reports/3")
    with page.expect_download():
        page.keyboard.press("d")
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("F6")
    assert page.evaluate("document.activeElement.getAttribute('aria-labelledby')") == "over-time"
    page.locator("summary", has_text="Les mêmes chiffres").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("region", name="Au fil de l’envoi").last.is_visible()
    assert visitor.errors == []


@pytest.mark.parametrize("path", PAGES)
def test_no_report_has_a_serious_fault_or_scrolls_sideways(visitor: Watched, address: str, path: str) -> None:
    page = visitor.page
    views: tuple[tuple[Theme, int], ...] = (("light", 1440), ("dark", 1024), ("light", 390), ("dark", 320))
    for theme, width in views:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address + path)
        for details in page.locator("details.as-table").all():
            details.evaluate("it => { it.open = true }")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert barriers(page) == []
        assert page.locator(".chart:visible").count() == page.locator("figure").count()
    assert (visitor.errors, visitor.abroad) == ([], [])


def test_words_of_a_picture_stay_within_it(visitor: Watched, address: str) -> None:
    page = visitor.page
    for width in (1440, 1024, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("/reports/3", "/reports/growth?span=all"):
            page.goto(address + path)
            for words in page.locator(".chart:visible text").all():
                box, frame = words.bounding_box(), page.locator(".chart:visible").bounding_box()
                assert box
                assert frame
                assert frame["x"] - 1 <= box["x"]
                assert box["x"] + box["width"] <= min(width, frame["x"] + frame["width"] + 24)


@pytest.mark.slow
def test_a_rehearsal_that_really_ran_has_its_report(watched: Watched, tmp_path: Path) -> None:
    create_project(tmp_path / "projet")
    project = Project.open(tmp_path / "projet")
    members = project.folder / "content/members.csv"
    project.import_subscribers(members, list_id="members", consent="Bulletin", dry_run=False)
    # A process of its own: a browser's event loop runs in this one.
    command = [sys.executable, "-m", "newsletter", "--project", str(project.folder), "send", "156", "--rehearsal"]
    subprocess.run([*command, "--yes"], check=True, capture_output=True)
    with speaking("fr"), served(lambda port: make_studio(project, token=TOKEN, port=port)) as address:
        page = watched.page
        page.goto(f"{address}/?token={TOKEN}")
        page.goto(f"{address}/mailings/1")
        page.get_by_role("link", name="Rapport", exact=True).click()
        page.wait_for_url("**/reports/1")
        assert page.get_by_role("heading", level=1).inner_text().startswith("60 courriels remis sur 60")
        assert page.get_by_text("tous les serveurs qui ont répondu ont accepté").is_visible()
        assert barriers(page) == []
    assert (watched.errors, watched.abroad) == ([], [])
