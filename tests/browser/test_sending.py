import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from newsletter.i18n import speaking
from newsletter.model import MailingState
from newsletter.project import Project
from newsletter.web.studio.app import make_studio
from tests.browser.conftest import Watched, barriers
from tests.fault_server import FaultServer
from tests.web.conftest import TOKEN
from tests.web.office import ISSUE, make_office
from tests.web.served import served

pytestmark = pytest.mark.browser

PEOPLE = 60
#: Seconds before each answer of a server that leaves one the time to look.
SLOW = 0.25


@pytest.fixture
def office(tmp_path: Path, server: FaultServer) -> Project:
    return make_office(tmp_path / "projet", port=server.port, approved_by="Hélène Vasseur")


def _studio(office: Project) -> AbstractContextManager[str]:
    return served(lambda port: make_studio(office, token=TOKEN, port=port))


@pytest.fixture
def clerk(office: Project, watched: Watched) -> Iterator[Watched]:
    """In front of the page that sends, « Maintenant » chosen."""
    with speaking("fr"), _studio(office) as address:
        _open(watched.page, address)
        yield watched
        assert watched.errors == []
        assert watched.abroad == []


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/?token={TOKEN}")
    page.goto(f"{address}/issues/{ISSUE}/mailing?when=now")


def _send(page: Page) -> None:
    page.get_by_label("Pour confirmer").fill(str(PEOPLE))
    page.get_by_role("button", name="Envoyer maintenant").click()
    page.wait_for_url("**/mailings/1")


def _title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def _sender() -> int:
    """Process that sends for the studio of this test."""
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("errand ")]
    return int(names[-1].removeprefix("errand "))


def test_a_mailing_is_paused_and_resumed_and_outlives_the_studio(
    watched: Watched, office: Project, server: FaultServer
) -> None:
    page, server.delay = watched.page, SLOW
    with speaking("fr"), _studio(office) as address:
        _open(page, address)
        _send(page)
        _pause_and_resume(page, server)
        page.goto("about:blank")
    with speaking("fr"), _studio(office) as another:
        page.goto(f"{another}/?token={TOKEN}")
        page.goto(f"{another}/mailings/1")
        page.get_by_role("button", name="Mettre en pause").wait_for()
        assert barriers(page) == []
        server.delay = 0
        _title(page, "C’est fini")
        expect(page.get_by_text("Annuler l’envoi…")).to_have_count(0)
        page.goto("about:blank")
    assert office.counts(office.mailing("1")).sent == len(set(server.recipients)) == len(server.accepted) == PEOPLE
    assert (watched.errors, watched.abroad) == ([], [])


def _pause_and_resume(page: Page, server: FaultServer) -> None:
    pause = page.get_by_role("button", name="Mettre en pause")
    pause.wait_for()
    assert server.wait_for(3)
    page.keyboard.press("p")
    _title(page, "en pause")
    page.get_by_role("button", name="Reprendre").click()
    pause.wait_for()


def test_a_sender_that_is_killed_is_told_of_and_taken_up(clerk: Watched, office: Project, server: FaultServer) -> None:
    page, server.delay = clerk.page, SLOW
    _send(page)
    page.get_by_role("button", name="Mettre en pause").wait_for()
    assert server.wait_for(3)
    os.kill(_sender(), signal.SIGKILL)
    _title(page, "interrompu")
    server.delay = 0
    page.get_by_role("button", name="Reprendre").click()
    decide = page.get_by_role("button", name="Tout laisser")
    _title(page, "C’est fini")
    if office.counts(office.mailing("1")).uncertain:
        assert barriers(page) == []
        page.get_by_role("link", name="Incertains").click()
        expect(page.locator("tbody tr")).to_have_count(office.counts(office.mailing("1")).uncertain)
        page.get_by_role("link", name="Revenir à l’envoi").click()
        decide.click()
    expect(decide).to_have_count(0)
    assert office.counts(office.mailing("1")).sent == PEOPLE
    assert len(set(server.recipients)) == len(server.accepted)


def test_a_mailing_is_given_up_with_the_word_and_the_page_follows(
    clerk: Watched, office: Project, server: FaultServer
) -> None:
    page, server.delay = clerk.page, SLOW
    _send(page)
    page.get_by_role("button", name="Mettre en pause").wait_for()
    assert server.wait_for(3)
    page.get_by_text("Annuler l’envoi…").click()
    page.get_by_label("Écrivez").fill("annuler")
    page.get_by_role("button", name="Annuler pour de bon").click()
    _title(page, "ne recevront pas")
    expect(page.get_by_text("Annuler l’envoi…")).to_have_count(0)
    assert office.mailing("1").state is MailingState.CANCELLED
    assert 3 <= len(server.accepted) < PEOPLE


def test_a_day_and_an_hour_are_said_as_soon_as_they_are_chosen(clerk: Watched) -> None:
    page = clerk.page
    page.get_by_label("Pour confirmer").fill(str(PEOPLE))
    page.get_by_label("Un jour, à une heure").check()
    expect(page.get_by_label("Jour et heure")).to_have_value(re.compile("T08:00$"))
    page.get_by_label("Jour et heure").fill("2099-12-01T08:30")
    page.get_by_label("Jour et heure").blur()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2099")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("button", name="Programmer l’envoi")).to_be_enabled()
    expect(page.get_by_label("Pour confirmer")).to_have_value(str(PEOPLE))
    expect(page.get_by_role("button", name="Voir")).to_have_count(0)
    assert "at=2099-12-01T08" in page.url
