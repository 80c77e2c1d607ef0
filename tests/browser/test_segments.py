"""Segments, walked in a browser: made of a search, changed by two, chosen for a letter; by mouse and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from newsletter.i18n import speaking
from newsletter.model import MailingState
from newsletter.project import Project
from newsletter.web.studio.app import make_studio
from tests.browser.conftest import Watched, assert_nobody_is_kept_out, chord
from tests.fault_server import FaultServer
from tests.web.conftest import TOKEN
from tests.web.office import ISSUE, make_office
from tests.web.served import served

pytestmark = pytest.mark.browser

SEGMENTS = """
[coop]
title = "Coopératrices"
list = "members"
tags_any = ["coopératrice"]
[namur]
title = "Namurois et Namuroises"
list = "members"
fields = { ville = ["Namur", "Salzinnes"] }
"""


@pytest.fixture
def office(tmp_path: Path, server: FaultServer) -> Project:
    office = make_office(tmp_path / "projet", port=server.port)
    (office.folder / "segments.toml").write_text(SEGMENTS, encoding="utf-8")
    return office


@pytest.fixture
def address(office: Project) -> Iterator[str]:
    with speaking("fr"), served(lambda port: make_studio(office, token=TOKEN, port=port)) as address:
        yield address


@pytest.fixture
def clerk(watched: Watched, address: str) -> Iterator[Watched]:
    """No error in the console, and nothing that went further than this machine."""
    watched.page.goto(f"{address}/?token={TOKEN}")
    yield watched
    assert [error for error in watched.errors if "409" not in error and "422" not in error] == []
    assert watched.abroad == []


def _is_sound(page: Page) -> None:
    """At a desk and on the narrowest phone: nobody is kept out, and no field is wider than its window."""
    for width in (1024, 320):
        assert_nobody_is_kept_out(page, width=width)
        fields = page.locator("main :is(.input, .select, .button):visible").all()
        assert [box for one in fields if (box := one.bounding_box()) and box["x"] + box["width"] > width - 8] == []
    page.set_viewport_size({"width": 1440, "height": 900})


def _title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def test_a_segment_is_made_counted_changed_and_deleted_by_mouse(clerk: Watched, address: str, office: Project) -> None:
    page = clerk.page
    page.goto(f"{address}/subscribers")
    expect(page.get_by_role("link", name="Coopératrices 13")).to_be_visible()  # counted once the page stands
    _is_sound(page)
    page.get_by_role("link", name="Nouveau segment").click()
    page.get_by_label("Nom", exact=True).fill("Les écoles")
    page.get_by_role("group", name="Au moins une de celles-ci").get_by_label("école").check()
    page.get_by_role("button", name="Compter").click()
    expect(page.get_by_text("recevraient aujourd’hui une lettre à ce segment")).to_be_visible()
    _is_sound(page)
    page.get_by_role("button", name="Enregistrer le segment").click()
    _title(page, "du segment « Les écoles ».")
    assert office.segment("les-ecoles").tags_any == ("école",)
    page.get_by_role("link", name="Modifier le segment").click()
    page.get_by_label("Mots du nom ou de l’adresse").fill("personne-de-ce-nom")
    page.get_by_role("button", name="Enregistrer le segment").click()
    _title(page, "0 personne")
    page.get_by_role("link", name="Modifier le segment").click()
    page.get_by_role("link", name="Supprimer le segment").click()
    _is_sound(page)
    page.get_by_role("button", name="Supprimer le segment").click()
    expect(page.get_by_text("Personne n’a quitté la liste.")).to_be_visible()
    assert "les-ecoles" not in office.segments()


def test_a_search_becomes_a_segment_by_keyboard_alone(clerk: Watched, address: str, office: Project) -> None:
    page = clerk.page
    page.goto(f"{address}/subscribers")
    page.keyboard.press("/")
    page.keyboard.type("lam")
    page.keyboard.press("Enter")
    _title(page, "« lam »")
    _tab_to(page, "Garder cette recherche comme segment")
    page.keyboard.press("Enter")
    _title(page, "Nouveau segment")
    _tab_to(page, "Nom")
    page.keyboard.type("Lam…")
    page.keyboard.press("Enter")
    _title(page, "du segment « Lam… ».")
    assert office.segment("lam").words == "lam"


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus has this name."""
    for _press in range(60):
        page.keyboard.press("Tab")
        named = page.evaluate("() => (document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()")
        if named == name:
            return
    raise AssertionError(name)


def test_of_two_who_change_one_segment_the_second_chooses(clerk: Watched, address: str, office: Project) -> None:
    page, other = clerk.page, clerk.page.context.new_page()
    for tab, title in ((page, "Les miens"), (other, "Les leurs")):
        tab.goto(f"{address}/segments/namur/change")
        tab.get_by_label("Nom", exact=True).fill(title)
    other.get_by_role("button", name="Enregistrer le segment").click()
    other.wait_for_url("**/subscribers?*")
    page.get_by_role("button", name="Enregistrer le segment").click()
    both = page.get_by_role("alert")
    for words in ("Quelqu’un a changé ce segment", "Les miens", "Les leurs"):
        expect(both).to_contain_text(words)
    _is_sound(page)
    with page.expect_response("**/segments") as answer:
        page.get_by_label("Nom", exact=True).press("Enter")
    assert answer.value.status == 409
    assert office.segment("namur").title == "Les leurs"
    page.get_by_role("button", name="Garder ici").click()
    _title(page, "Les miens")
    assert office.segment("namur").title == "Les miens"


def test_a_letter_is_approved_for_a_segment_minus_another_and_planned_by_mouse(
    clerk: Watched, address: str, office: Project
) -> None:
    page = clerk.page
    office.approve(office.issue("156"), by="Léa")
    page.goto(f"{address}/issues/{ISSUE}/mailing")
    _title(page, "60 personnes")
    page.get_by_label("Liste ou segment").select_option("namur")
    _title(page, "Il manque le bon à tirer pour le segment « Namurois et Namuroises ».")
    page.get_by_text("Écarter…").click()
    page.get_by_label("Coopératrices (segment)").check()
    expect(page.get_by_role("row", name="Dans « Coopératrices »")).to_contain_text("− 1")
    expect(page.get_by_role("row", name="Recevront la lettre")).to_contain_text("2")
    _is_sound(page)
    page.get_by_role("link", name="Aller au bon à tirer").click()
    _title(page, "Celui que Léa a donné vaut pour la liste entière.")
    expect(page.get_by_role("img", name="pour la liste entière")).to_be_visible()
    _is_sound(page)
    page.get_by_label("Au nom de").fill("Hélène Vasseur")
    page.get_by_role("button", name="Bon à tirer").click()
    _title(page, "Bon à tirer donné par Hélène Vasseur.")
    page.get_by_role("link", name="Préparer l’envoi").click()
    _title(page, "2 personnes")
    page.get_by_label("Pour confirmer").fill("2")
    page.get_by_role("button", name="Programmer l’envoi").click()
    page.wait_for_url("**/mailings/1")
    _is_sound(page)
    page.get_by_role("button", name="Annuler le départ").click()
    _title(page, "Le départ est annulé.")
    _is_sound(page)
    mailing = office.mailing("last")
    assert mailing.state is MailingState.CANCELLED
    assert (mailing.readership.of.name, [one.name for one in mailing.readership.without]) == ("namur", ["coop"])


def test_readers_are_chosen_and_approved_by_keyboard_alone(clerk: Watched, address: str, office: Project) -> None:
    page = clerk.page
    page.goto(f"{address}/issues/{ISSUE}/approval")
    _tab_to(page, "Pour qui")
    page.keyboard.type("Namurois")
    expect(page.get_by_text("Vaut pour ce texte exact et ces 3 personnes.")).to_be_visible()
    page.get_by_label("Au nom de").focus()
    page.keyboard.type("Nora Diallo")
    page.keyboard.press("Enter")
    _title(page, "Bon à tirer donné par Nora Diallo.")
    chord(page, "Alt+4")
    page.wait_for_url("**/mailing**")
    _title(page, "3 personnes")
    page.get_by_text("Écarter…").focus()
    page.keyboard.press("Enter")
    _tab_to(page, "Coopératrices (segment)")
    page.keyboard.press("Space")
    _title(page, "Il manque le bon à tirer pour le segment « Namurois et Namuroises », sauf Coopératrices (segment).")
    assert not office.mailings()
