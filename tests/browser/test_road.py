"""The whole road, as somebody walks it who never opened a terminal: from an empty project to a mailbox of letters."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from newsletter.i18n import speaking
from newsletter.model import MailingState, Readership
from newsletter.project import Project, create_project
from newsletter.web.studio.app import make_studio
from tests.browser.conftest import Watched, chord
from tests.fault_server import FaultServer
from tests.web.conftest import TOKEN
from tests.web.served import served

pytestmark = pytest.mark.browser

TITLE, WORDS = "Ce que disent les rivières", "Nous sommes restés au bord."
PEOPLE = "Courriel;Prénom\r\nanouk@example.org;Anouk\r\nsans arobase;Personne\r\nelias@example.org;Élias\r\n"
CONSENT, NAME = "Bulletin d’adhésion de 2023, case « lettre » cochée", "Hélène Vasseur"
#: As many presses of Tab as the longest page has places to stop at.
_STOPS = 150


@pytest.fixture
def project(tmp_path: Path, server: FaultServer) -> Project:
    """The sample's articles and layouts: no issue, nobody on the list."""
    folder = tmp_path / "projet"
    create_project(folder)
    for issue in (folder / "content/issues").iterdir():
        issue.unlink()
    settings = folder / "newsletter.toml"
    settings.write_text(settings.read_text().replace("port = 1025", f"port = {server.port}"))
    return Project.open(folder)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "Adhérents.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    return file


@pytest.fixture
def walker(watched: Watched, project: Project) -> Iterator[Watched]:
    """In front of an empty project; at the end nothing was wrong, and nothing went further than this machine."""
    with speaking("fr"), served(lambda port: make_studio(project, token=TOKEN, port=port)) as address:
        # Choosing a file is taken over from now on: told at the last moment, a busy browser opens its own window.
        watched.page.on("filechooser", lambda chooser: None)
        watched.page.goto(f"{address}/?token={TOKEN}")
        yield watched
        assert watched.errors == []
        assert watched.abroad == []


class Keys:
    """Walks with the keyboard alone: what Tab does not reach is not there."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, place: Locator) -> None:
        """Press Tab until the focus is on it."""
        expect(place).to_have_count(1)
        for _stop in range(_STOPS):
            if place.evaluate("it => it === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {place}")

    def press(self, place: Locator) -> None:
        """Reach a link or a button, and press it."""
        self.reach(place)
        self.page.keyboard.press("Enter")

    def write(self, label: str, words: str) -> None:
        """Reach a field and write into it, in the place of what it holds."""
        self.reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(words)


def _arrived(page: Page, project: Project, server: FaultServer) -> None:
    """The letters of the rehearsal are there, the proof alone went to the server, and no mailing is open."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 courriels reçus")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Aucun n’a quitté cet ordinateur")
    page.frame_locator("iframe").get_by_text(WORDS).wait_for()
    assert server.recipients == ["lea@example.org"]
    mailing = project.mailing("last")
    assert (mailing.rehearsal, mailing.state) == (True, MailingState.FINISHED)
    assert project.standing(project.render(project.issue(mailing.issue)).mail, Readership.whole("members")).holds


def test_the_whole_road_by_mouse(walker: Watched, project: Project, server: FaultServer, people: Path) -> None:
    page = walker.page
    page.get_by_role("link", name="Composer le premier numéro").click()
    page.get_by_label("Titre de la lettre").fill(TITLE)
    page.get_by_role("button", name="Composer").click()
    page.wait_for_url("**/contents")
    page.get_by_label("Aperçu dans la boîte de réception").fill("Au fil de l’eau.")
    page.locator(".editorial .t").click()
    page.get_by_label("Vos mots, en Markdown").fill(WORDS)
    page.frame_locator("iframe:not(.arriving)").get_by_text(WORDS).wait_for()
    page.get_by_role("link", name="Épreuve").first.click()
    page.frame_locator("iframe:not(.arriving)").get_by_text(WORDS).wait_for()

    page.get_by_role("link", name="Imagine", exact=True).click()
    page.get_by_role("link", name="Abonnés").click()
    page.get_by_role("link", name="Importer un fichier").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Fichier (CSV)").click()
    chooser.value.set_files(people)
    page.get_by_role("button", name="Voir ce que cela ferait").click()
    expect(page.get_by_role("heading", name="1 ligne refusée")).to_be_visible()
    page.get_by_label("D’où vient l’accord").fill(CONSENT)
    page.get_by_role("button", name="Importer 2 personnes").click()

    page.get_by_role("link", name="Imagine", exact=True).click()
    page.get_by_role("link", name="Ouvrir l’épreuve").click()
    page.get_by_role("link", name="Bon à tirer").click()
    page.get_by_label("À", exact=True).fill("lea@example.org")
    page.get_by_role("button", name="Envoyer l’épreuve").click()
    page.get_by_text("Épreuve 1 partie à 1 personne.").wait_for()
    page.get_by_label("Au nom de").fill(NAME)
    page.get_by_role("button", name="Bon à tirer").click()
    page.get_by_role("link", name="Préparer l’envoi").click()
    page.get_by_role("button", name="Répéter").click()
    page.get_by_role("link", name="Feuilleter la boîte").click()
    _arrived(page, project, server)


def test_the_whole_road_by_keyboard(walker: Watched, project: Project, server: FaultServer, people: Path) -> None:
    page, keys = walker.page, Keys(walker.page)
    keys.press(page.get_by_role("link", name="Composer le premier numéro"))
    page.get_by_label("Titre de la lettre").wait_for()
    keys.write("Titre de la lettre : son objet", TITLE)
    page.keyboard.press("Enter")
    page.get_by_label("Objet", exact=True).wait_for()
    keys.write("Aperçu dans la boîte de réception", "Au fil de l’eau.")
    keys.press(page.locator(".editorial .t"))
    page.get_by_label("Vos mots, en Markdown").wait_for()
    keys.write("Vos mots, en Markdown", WORDS)
    page.frame_locator("iframe:not(.arriving)").get_by_text(WORDS).wait_for()
    chord(page, "Alt+2")
    page.wait_for_url("**/proof")
    page.frame_locator("iframe:not(.arriving)").get_by_text(WORDS).wait_for()

    chord(page, "Control+k")
    page.keyboard.type("abon")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Importer un fichier").wait_for()
    chord(page, "i")
    keys.reach(page.get_by_label("Fichier (CSV)"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(people)
    keys.press(page.get_by_role("button", name="Voir ce que cela ferait"))
    page.get_by_role("button", name="Importer 2 personnes").wait_for()
    keys.reach(page.get_by_label("D’où vient l’accord"))
    page.keyboard.insert_text(CONSENT)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="2 personnes importées").wait_for()

    chord(page, "Control+k")
    page.keyboard.type("rivi")
    page.keyboard.press("Enter")
    page.wait_for_url("**/proof")
    chord(page, "Alt+3")
    page.wait_for_url("**/approval")
    keys.write("À", "lea@example.org")
    page.keyboard.press("Enter")
    page.get_by_text("Épreuve 1 partie à 1 personne.").wait_for()
    keys.write("Au nom de", NAME)
    page.keyboard.press("Enter")
    keys.press(page.get_by_role("link", name="Préparer l’envoi"))
    keys.press(page.get_by_role("button", name="Répéter"))
    mailbox = page.get_by_role("link", name="Feuilleter la boîte")
    mailbox.wait_for()
    keys.press(mailbox)
    _arrived(page, project, server)
