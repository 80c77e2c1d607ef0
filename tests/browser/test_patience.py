"""Pages that stand before everybody is counted, in a browser: they complete themselves, and lose nothing meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from newsletter.i18n import speaking
from newsletter.project import Project
from newsletter.web.studio.app import make_studio
from tests.browser.conftest import Watched, barriers
from tests.web.conftest import TOKEN
from tests.web.holding import EVERYBODY, held
from tests.web.office import ISSUE, SEGMENT, make_office
from tests.web.served import served

pytestmark = pytest.mark.browser

ROAD = "nav.road li"


@pytest.fixture
def office(tmp_path: Path) -> Project:
    office = make_office(tmp_path / "projet", port=1)
    (office.folder / "segments.toml").write_text(SEGMENT, encoding="utf-8")
    issue = office.issue("156")
    for segment in ("coop", ""):
        office.approve(issue, by="Hélène Vasseur", readers=office.readership(issue, segment=segment))
    return Project.open(office.folder)


@pytest.fixture
def clerk(office: Project, watched: Watched) -> Iterator[Watched]:
    """Where somebody is added, which counts nobody; in a browser that does not wait."""
    watched.page.set_extra_http_headers({})
    with speaking("fr"), served(lambda port: make_studio(office, token=TOKEN, port=port)) as address:
        watched.page.goto(f"{address}/subscribers/new?token={TOKEN}")
        yield watched
        assert watched.errors == []
        assert watched.abroad == []


def _go(page: Page, path: str) -> None:
    page.goto(page.url.split("/subscribers")[0].split("/issues")[0] + f"/issues/{ISSUE}/{path}")


def _is_counting(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("On compte les lecteurs.")


def test_envoi_says_that_it_counts_then_everything(clerk: Watched) -> None:
    page = clerk.page
    with held(EVERYBODY) as let_go:
        _go(page, "mailing?when=now")
        _is_counting(page)
        expect(page.get_by_label("Pour confirmer")).to_be_disabled()
        expect(page.get_by_role("button", name="Envoyer maintenant")).to_be_disabled()
        assert barriers(page) == []
        let_go.set()
        expect(page.get_by_role("heading", level=1)).to_contain_text("part maintenant à 60 personnes")
    page.get_by_label("Pour confirmer").fill("60")
    expect(page.get_by_role("button", name="Envoyer maintenant")).to_be_enabled()


def test_another_choice_of_readers_says_that_it_counts_then_for_whom(clerk: Watched) -> None:
    page = clerk.page
    _go(page, "mailing?when=now")
    expect(page.get_by_role("heading", level=1)).to_contain_text("60 personnes")
    with held(EVERYBODY) as let_go:
        page.get_by_label("Liste ou segment").select_option("Coopératrices")
        _is_counting(page)
        expect(page.locator("[data-live=whom]")).to_contain_text("Coopératrices")
        let_go.set()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Coopératrices")
    assert "to=coop" in page.url


def test_bon_a_tirer_completes_itself_and_what_was_typed_meanwhile_stays(clerk: Watched) -> None:
    page = clerk.page
    with held(EVERYBODY) as let_go:
        _go(page, "approval")
        _is_counting(page)
        expect(page.get_by_role("button", name="Bon à tirer")).to_be_disabled()
        expect(page.get_by_role("button", name="Envoyer l’épreuve")).to_be_enabled()
        page.get_by_label("Au nom de").fill("Karim Benali")
        assert barriers(page) == []
        let_go.set()
        page.locator(".stamp:not(.lifted)").wait_for()
    expect(page.get_by_label("Au nom de")).to_have_value("Karim Benali")
    expect(page.get_by_role("button", name="Bon à tirer")).to_be_enabled()


@pytest.mark.parametrize("path", ["contents", "proof"])
def test_the_road_learns_late_whether_the_approval_holds(clerk: Watched, path: str) -> None:
    page = clerk.page
    with held(EVERYBODY) as let_go:
        _go(page, path)
        stage = page.locator(ROAD, has_text="Bon à tirer")
        expect(stage).to_have_class("counting")
        let_go.set()
        expect(page.locator(f"{ROAD} a", has_text="Bon à tirer").locator(".icon")).to_be_visible()
    expect(page.locator("iframe[data-measured]")).to_be_visible()
