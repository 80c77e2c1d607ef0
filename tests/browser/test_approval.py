import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from newsletter.i18n import speaking
from newsletter.project import Project
from newsletter.web.studio.app import make_studio
from tests.browser.conftest import Theme, Watched, faults
from tests.fault_server import FaultServer
from tests.web.conftest import TOKEN
from tests.web.office import ISSUE, make_office, rewrite
from tests.web.served import served

pytestmark = pytest.mark.browser

PAGE = f"/issues/{ISSUE}/approval"


@pytest.fixture
def office(tmp_path: Path, server: FaultServer) -> Project:
    return make_office(tmp_path / "projet", port=server.port)


@pytest.fixture
def clerk(office: Project, watched: Watched) -> Iterator[Watched]:
    """At the page of the bon à tirer."""
    with speaking("fr"), served(lambda port: make_studio(office, token=TOKEN, port=port)) as address:
        watched.page.goto(f"{address}/?token={TOKEN}")
        watched.page.goto(address + PAGE)
        yield watched
        assert watched.errors == []
        assert watched.abroad == []


def _send_proof(page: Page) -> None:
    page.get_by_label("À", exact=True).fill("lea@example.org")
    page.get_by_role("button", name="Envoyer l’épreuve").click()
    page.get_by_text("Épreuve 1 partie à 1 personne.").wait_for()


def test_a_proof_is_sent_and_the_letter_approved_by_keyboard_alone(clerk: Watched, server: FaultServer) -> None:
    page = clerk.page
    page.get_by_label("À", exact=True).focus()
    page.keyboard.type("lea@example.org, nora@example.org")
    page.keyboard.press("Enter")
    page.get_by_text("Épreuve 1 partie à 2 personnes.").wait_for()
    assert len(server.accepted) == 2
    page.get_by_label("Au nom de").focus()
    page.keyboard.type("Hélène Vasseur")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Bon à tirer donné par Hélène Vasseur.").wait_for()
    assert page.locator(".stamp:not(.lifted)").is_visible()


def test_an_edit_in_any_editor_strikes_the_stamp_at_once_and_shows_what_changed(
    clerk: Watched, office: Project
) -> None:
    page = clerk.page
    page.get_by_label("Au nom de").fill("Hélène Vasseur")
    with page.expect_response("**/events"):  # from then on the page hears of every saved file
        page.get_by_role("button", name="Bon à tirer").click()
    rewrite(office, "C’est peut-être vous", "C’est sûrement vous")
    page.locator(".stamp.lifted").wait_for()
    expect(page.locator(".diff del")).to_have_text(re.compile("peut-être$"))
    expect(page.locator(".diff ins")).to_have_text(re.compile("sûrement$"))
    page.get_by_label("J’ai relu les retouches").check()
    page.get_by_role("button", name="Bon à tirer").click()
    page.locator(".stamp:not(.lifted)").wait_for()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1024, "dark"), (390, "light"), (320, "light")])
def test_the_page_is_sound_and_never_wider_than_its_window(
    clerk: Watched, office: Project, width: int, scheme: Theme
) -> None:
    page = clerk.page
    _send_proof(page)
    office.save_proofreaders("Relecture", ["lea@example.org"])
    office.approve(office.issue("156"), by="Hélène Vasseur")
    rewrite(office, r"^subject:.*$", "subject: Rivières")
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.reload()
    page.locator("summary").click()
    assert faults(clerk.page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    link = page.get_by_role("link", name="Revoir l’épreuve 1").bounding_box()
    assert link
    assert link["x"] + link["width"] <= width


def test_people_are_offered_while_one_types_and_the_addresses_before_stay(clerk: Watched, office: Project) -> None:
    office.save_proofreaders("Relecture", ["lea@redaction.example"])
    field = clerk.page.get_by_label("À", exact=True)
    field.press_sequentially("nora@example.org, lea@")
    offered = clerk.page.locator("#proofreaders option")
    offered.first.wait_for(state="attached")
    expect(offered.first).to_have_attribute("value", "nora@example.org, lea@redaction.example")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1024, "dark"), (390, "light")])
def test_a_proof_beside_the_present_letter_is_sound_and_walked_by_keyboard(
    clerk: Watched, office: Project, width: int, scheme: Theme
) -> None:
    page = clerk.page
    _send_proof(page)
    rewrite(office, "C’est peut-être vous", "C’est sûrement vous")
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.reload()
    page.get_by_role("link", name="Revoir l’épreuve 1").click()
    page.get_by_text("1 endroit diffère").wait_for()
    page.locator("iframe[data-measured]").nth(1).wait_for()
    assert faults(clerk.page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("j")
    page.get_by_text("Différence 1 sur 1").wait_for()
    expect(page.locator(".hero")).not_to_be_in_viewport()
    now = page.frame_locator("iframe[title=Maintenant]:not(.arriving)")
    assert now.locator("ins.nl-come").inner_text() == "sûrement"
