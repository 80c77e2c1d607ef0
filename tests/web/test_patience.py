"""A page stands a moment after it was asked for; what reads everybody comes when it has been counted."""

import asyncio
import re
from pathlib import Path

import pytest

from newsletter.errors import StoreError
from newsletter.project import Project
from newsletter.web.studio import patience
from newsletter.web.studio.patience import Patience, soon
from tests.web.asking import Asking
from tests.web.conftest import HOST, clerk_of
from tests.web.holding import EVERYBODY, held
from tests.web.office import ISSUE, SEGMENT, make_office

AT_ONCE = {"Prefer": ""}
COUNTING = "The readers are being counted."
REST = '<a data-rest href="">'
PAGES = ("contents", "proof", "approval", "approval?to=coop", "mailing", "mailing?to=coop")


@pytest.fixture
def office(tmp_path: Path) -> Project:
    """Approved for the whole list by Hélène, then for a segment by Karim; opened anew, it remembers nothing."""
    office = make_office(tmp_path / "projet", port=1, approved_by="Hélène Vasseur")
    (office.folder / "segments.toml").write_text(SEGMENT, encoding="utf-8")
    issue = office.issue("156")
    office.approve(issue, by="Karim Benali", readers=office.readership(issue, segment="coop"))
    return Project.open(office.folder)


def _main(page: str) -> str:
    """Of two pages that say the same: without what is drawn by lot for each."""
    return re.sub(r"ruler=\w+|data-ruler=\"\w+\"|Rendered at [\d:]+", "", page)


def test_the_first_page_does_not_wait_either_once_the_rooms_are_open(clerk: Asking) -> None:
    clerk.get("/places")
    with held(EVERYBODY):
        part = clerk.get("/", headers=AT_ONCE).text
    assert "The mailings are being read" not in part
    assert REST.replace("<a ", "<a hidden ") in part
    assert "the readers are being counted" in part
    assert "data-rest" not in clerk.get("/").text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_did_not_wait_becomes_the_page_that_does(clerk: Asking, office: Project, path: str) -> None:
    address = f"/issues/{ISSUE}/{path}"
    with held(EVERYBODY):
        part = clerk.get(address, headers=AT_ONCE)
    assert part.status_code == 200
    assert "data-rest" in part.text
    whole = clerk.get(address)
    assert "data-rest" not in whole.text
    assert COUNTING not in whole.text
    assert _main(whole.text) == _main(clerk_of(Project.open(office.folder)).get(address).text)


def test_the_page_of_a_mailing_does_not_wait_either(clerk: Asking, office: Project) -> None:
    mailing = office.create_mailing(office.plan(office.issue("156"), rehearsal=True))
    with held(EVERYBODY):
        part = clerk_of(Project.open(office.folder)).get(f"/mailings/{mailing.id}", headers=AT_ONCE)
    assert "data-rest" in part.text


def test_nothing_can_leave_or_be_approved_before_its_readers_are_counted(clerk: Asking) -> None:
    with held(EVERYBODY):
        envoi = clerk.get(f"/issues/{ISSUE}/mailing", headers=AT_ONCE).text
        approval = clerk.get(f"/issues/{ISSUE}/approval", headers=AT_ONCE).text
    assert COUNTING in envoi
    assert REST in envoi
    (send,) = re.findall(r"<button[^>]*>(?:(?!</button>).)*Plan the mailing", envoi, re.S)
    assert " disabled" in send
    assert re.search(r'<input[^>]*id="typed"[^>]* disabled', envoi)
    assert COUNTING in approval
    assert 'name="seen" value=""' in approval
    assert re.search(r"<button[^>]* disabled>Approved to print", approval)
    assert "Send the proof</button>" in approval
    assert not re.search(r"<button[^>]* disabled>Send the proof", approval)


def test_an_approval_by_somebody_who_did_not_see_the_count_is_refused(clerk: Asking, office: Project) -> None:
    given = len(office.deliveries.approvals(ISSUE))
    answer = clerk.post(f"/issues/{ISSUE}/approval", data={"seen": "", "by": "Karim"}, headers={"Origin": HOST})
    assert answer.status_code == 422
    assert "still being counted" in answer.text
    assert len(office.deliveries.approvals(ISSUE)) == given


def test_what_is_known_without_counting_stands_at_once(clerk: Asking) -> None:
    with held(EVERYBODY):
        page = clerk.get(f"/issues/{ISSUE}/approval", headers=AT_ONCE).text
    assert "Approvals given" in page
    assert "Karim Benali" in page
    assert "Hélène Vasseur" in page
    assert "it holds" not in page
    assert clerk.get(f"/issues/{ISSUE}/approval").text.count("it holds") == 2


def test_whoever_changes_something_waits(clerk: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOMENT", 0)
    monkeypatch.setattr(patience, "LITTLE", 0)
    address = f"/issues/{ISSUE}/mailing"
    assert "data-rest" in clerk.get(address, headers=AT_ONCE).text
    answer = clerk.post(address, data={"typed": "3", "when": "now"}, headers=AT_ONCE | {"Origin": HOST})
    assert answer.status_code == 422
    assert "You typed 3; there are 60." in answer.text
    assert "data-rest" not in answer.text


@pytest.mark.parametrize("prefer", [b"", b"wait=60"])
def test_a_mistake_that_comes_in_time_is_told(monkeypatch: pytest.MonkeyPatch, prefer: bytes) -> None:
    monkeypatch.setattr(patience, "MOMENT", 60)

    def fail() -> None:
        raise StoreError("the disk is gone")

    async def page(*_said: object) -> None:
        soon(fail)

    request = {"type": "http", "method": "GET", "headers": [(b"prefer", prefer)]}
    with pytest.raises(StoreError, match="disk"):
        asyncio.run(Patience(page)(request, page, page))


def test_the_list_of_people_stands_before_its_segments_are_counted(clerk: Asking) -> None:
    sizes = r"Coopératrices(?:&nbsp;<span>(\d+)</span>)?</a>"
    with held("json_each"):
        first = clerk.get("/subscribers", headers=AT_ONCE).text
    assert re.findall(sizes, first) == [""]
    assert "data-rest" in first
    again = clerk.get("/subscribers").text
    assert re.findall(sizes, again) != [""]
    assert "data-rest" not in again


def test_whoever_is_looked_for_is_shown_before_they_are_counted(clerk: Asking) -> None:
    address = "/subscribers?words=a"
    with held("count("):
        part = clerk.get(address, headers=AT_ONCE).text
    assert COUNTING in part
    assert re.search(r"Confirmed</a>", part)
    people = re.findall(r'href="/subscribers/(\d+)"', part)
    whole = clerk.get(address).text
    assert "data-rest" not in whole
    assert re.findall(r'href="/subscribers/(\d+)"', whole) == people != []
    assert re.search(r"\d+ people fit", whole)


def test_the_form_of_a_segment_stands_before_its_people_are_counted(clerk: Asking) -> None:
    with held("FILTER (WHERE"):
        part = clerk.get("/segments/coop/change", headers=AT_ONCE).text
    assert COUNTING in part
    assert 'value="Coopératrices"' in part
    whole = clerk.get("/segments/coop/change").text
    assert "data-rest" not in whole
    assert re.search(r"\d+ people would get a letter", whole)
    assert whole.count('data-live="count"') == part.count('data-live="count"') == 1


def test_the_form_of_a_new_segment_stands_before_its_words_are_known(clerk: Asking) -> None:
    with held("json_each"):
        part = clerk.get("/segments/new", headers=AT_ONCE).text
    assert "data-rest" in part
    assert 'value="rédaction"' not in part
    whole = clerk.get("/segments/new").text
    assert "data-rest" not in whole
    assert 'value="rédaction"' in whole
    assert re.findall('data-live="([a-z]+)"', part) == re.findall('data-live="([a-z]+)"', whole)
