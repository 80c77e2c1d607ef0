"""Abonnés, as somebody keeps the list in a browser."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from newsletter.i18n import speaking
from newsletter.model import SubscriptionStatus
from newsletter.project import Project
from newsletter.web.studio.app import make_studio
from tests.browser.conftest import Watched, assert_nobody_is_kept_out
from tests.web.conftest import TOKEN
from tests.web.desk import open_desk
from tests.web.served import served

pytestmark = pytest.mark.browser

#: One who left, one who is known under another name, two new ones, and two mistakes.
TABLE = (
    "Contact;Petit nom;Parts\r\nanouk@example.org;Anouk;2\r\nzoe@example.org;Zoé;1\r\nelias@example.org;Élias;3\r\n"
    "lou.example.org;Lou;1\r\nnora@example.org;Nora;1\r\nNORA@example.org;Encore;1\r\n"
)
CONSENT = "Bulletin d’adhésion de 2023"


@pytest.fixture
def desk(tmp_path: Path) -> Project:
    """Anouk has left, Élias is there without a name, and a few others."""
    desk = open_desk(tmp_path)
    for name in ("anouk", "elias", "bruno", "carla"):
        first = "" if name == "elias" else name.capitalize()
        desk.add_subscriber(f"{name}@example.org", list_id="members", consent=CONSENT, first_name=first)
    person = desk.audience.find("anouk@example.org")
    assert person
    desk.leave(desk.subscriptions(person.id)[0], detail="hand")
    return desk


@pytest.fixture
def editor(watched: Watched, desk: Project) -> Iterator[Watched]:
    """At the list of subscribers; no error, and nothing that went further than this machine."""
    with speaking("fr"), served(lambda port: make_studio(desk, token=TOKEN, port=port)) as address:
        watched.page.goto(f"{address}/?token={TOKEN}")
        watched.page.goto(f"{address}/subscribers")
        yield watched
        assert [error for error in watched.errors if "422" not in error] == []  # what could not be done is an answer
        assert watched.abroad == []


def test_a_file_is_imported_with_its_columns_chosen_and_nobody_is_subscribed_again(
    editor: Watched, desk: Project, tmp_path: Path
) -> None:
    page = editor.page
    file = tmp_path / "Export bureau.csv"
    file.write_text(TABLE, encoding="utf-8")
    page.get_by_role("link", name="Importer un fichier").click()
    page.get_by_label("Fichier (CSV)").set_input_files(file)
    assert_nobody_is_kept_out(page)
    page.get_by_role("button", name="Voir ce que cela ferait").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("rien n’est encore écrit")
    page.get_by_label("Contact").select_option("email")
    page.get_by_label("Petit nom").select_option("first_name")
    page.get_by_label("Parts").select_option("")
    page.get_by_role("button", name="Refaire à blanc avec ces colonnes").click()
    refused = page.get_by_role("table").filter(has_text="lou.example.org")
    expect(refused).to_contain_text("lou.example.org")
    expect(refused.locator("tbody tr")).to_have_count(2)
    assert [number.inner_text() for number in page.locator(".tally dd").all()] == ["2", "1", "0", "1", "2"]
    alone = page.get_by_role("table", name="1 personne n’est pas réabonnée")
    expect(alone.locator("tbody tr")).to_contain_text("anouk@example.orgdésabonnement de cette liste, le")
    assert_nobody_is_kept_out(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Les télécharger").click()
    assert "lou.example.org" in download.value.path().read_text(encoding="utf-8-sig")
    assert desk.audience.find("zoe@example.org") is None
    page.get_by_label("D’où vient l’accord").fill(CONSENT)
    page.get_by_role("button", name="Importer 3 personnes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("3 personnes importées")
    assert_nobody_is_kept_out(page)
    gone = desk.audience.find("anouk@example.org")
    known = desk.audience.find("elias@example.org")
    assert gone
    assert known
    assert known.first_name == "Élias"
    assert desk.subscriptions(gone.id)[0].status is SubscriptionStatus.UNSUBSCRIBED


def test_somebody_is_found_kept_as_a_file_and_erased_by_keyboard(editor: Watched, desk: Project) -> None:
    page = editor.page
    page.keyboard.press("/")
    page.keyboard.type("carl")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 personne")
    assert_nobody_is_kept_out(page)
    person = page.get_by_role("link", name="Carla")
    person.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Carla")
    assert_nobody_is_kept_out(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tout ce qui la concerne").press("Enter")
    assert json.loads(download.value.path().read_text())["email"] == "carla@example.org"
    page.get_by_role("link", name="Effacer…").press("Enter")
    page.get_by_label("Pour confirmer").fill("carla")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Vous avez écrit")).to_be_visible()
    assert_nobody_is_kept_out(page)
    page.get_by_label("Pour confirmer").fill("carla@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/subscribers?done=erased")
    assert desk.audience.find("carla@example.org") is None


@pytest.mark.parametrize(("words", "people"), [("Télécharger ces 3 personnes", 3), ("Télécharger toute la liste", 4)])
def test_a_list_is_downloaded_as_it_is_shown_or_whole(editor: Watched, words: str, people: int) -> None:
    with editor.page.expect_download() as download:
        editor.page.get_by_role("link", name=words).click()
    assert download.value.suggested_filename == "members.csv"
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 1 + people
