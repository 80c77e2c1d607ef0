"""From a remark to its remedy: the block leaves the issue and comes back, or Sommaire opens where it is mended."""

import re
from pathlib import Path

import pytest

from newsletter.model import Finding, Issue, Level
from newsletter.project import Project
from newsletter.web.studio.remedies import remedy
from tests.web.asking import Asking
from tests.web.conftest import HOST
from tests.web.office import ISSUE, make_office, rewrite

OURS = {"Origin": HOST}
PROOF = f"/issues/{ISSUE}/proof"


@pytest.fixture
def office(tmp_path: Path) -> Project:
    """An issue that leaves after a call in it has closed."""
    office = make_office(tmp_path / "projet", port=1)
    rewrite(office, "^date: .*$", "date: 2023-12-01")
    return office


def removal(page: str) -> dict[str, str]:
    """What the first « Remove the block » of the page would send."""
    form = page.partition(f'action="{PROOF}/removal"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def test_a_block_whose_call_has_closed_leaves_by_one_click_and_comes_back_by_another(
    clerk: Asking, office: Project
) -> None:
    before = office.issue_text(ISSUE)
    page = clerk.get(f"{PROOF}?light=dark&block=2").text
    sent = removal(page)
    gone = office.issue(ISSUE).blocks[int(sent["block"])]
    answer = clerk.post(f"{PROOF}/removal", data=sent | {"back": "?light=dark&block=2"}, headers=OURS)
    assert answer.headers["location"] == f"{PROOF}?light=dark&done=removed"
    assert gone not in office.issue(ISSUE).blocks
    after = clerk.get(answer.headers["location"]).text
    assert "The block has left the issue." in after
    assert "done=" not in after.partition("<main")[2]
    form = after.partition(f'action="{PROOF}/steps"')[2].partition("</form>")[0]
    undo = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert clerk.post(f"{PROOF}/steps", data=undo, headers=OURS).headers["location"].endswith("done=undone")
    assert office.issue_text(ISSUE) == before


def test_a_click_meant_for_another_version_removes_nothing(clerk: Asking, office: Project) -> None:
    sent = removal(clerk.get(PROOF).text)
    rewrite(office, "^subject:.*$", "subject: Entre-temps")
    before = office.issue_text(ISSUE)
    answer = clerk.post(f"{PROOF}/removal", data=sent, headers=OURS)
    assert office.issue_text(ISSUE) == before
    assert "The file had changed" in clerk.get(answer.headers["location"]).text


def test_nothing_is_undone_that_was_not_done(clerk: Asking) -> None:
    page = clerk.get(PROOF).text
    assert len(re.findall(r'aria-label="(?:Undo|Redo)[^>]+ disabled', page)) == 2
    (version, *_others) = re.findall(r'name="version" value="(\w+)"', page)
    answer = clerk.post(f"{PROOF}/steps", data={"step": "-1", "version": version}, headers=OURS)
    assert answer.status_code == 500
    assert "nothing to undo" in answer.text


@pytest.mark.parametrize(
    ("code", "block", "address"),
    [
        ("subject-long", None, "#subject"),
        ("preheader-missing", None, "#preheader"),
        ("editorial-unwritten", None, "?block=editorial#body"),
        ("image-missing", 1, "?block=2#block-1"),
        ("link-empty", 0, "?block=1#block-0"),
        ("article-draft", 1, ""),
    ],
)
def test_a_remedy_leads_where_it_is_mended(office: Project, code: str, block: int | None, address: str) -> None:
    finding = Finding(code=code, level=Level.ERROR, message="", block=block)
    found = remedy(office.issue(ISSUE), finding)
    assert found
    assert found.address == (address and f"/issues/{ISSUE}/contents{address}")


@pytest.mark.parametrize("block", [None, 99])
def test_what_no_block_says_has_no_button(office: Project, block: int | None) -> None:
    issue: Issue = office.issue(ISSUE)
    assert remedy(issue, Finding(code="size-near-limit", level=Level.WARNING, message="", block=block)) is None
