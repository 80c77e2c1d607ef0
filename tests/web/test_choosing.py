"""The pages let one choose whom a letter is for; what is approved, rehearsed and sent is that choice."""

import re
from pathlib import Path

import pytest

from newsletter.project import Project
from tests.web.asking import Asking
from tests.web.conftest import HOST
from tests.web.office import ISSUE, make_office, rewrite

OURS = {"Origin": HOST}
SEGMENTS = """
[namur]
title = "Namur <b>"
list = "members"
fields.ville = ["Namur", "Salzinnes"]

[coop]
title = "Coopératrices"
list = "members"
tags_any = ["coopératrice", "coopérateur"]
"""


@pytest.fixture
def office(tmp_path: Path) -> Project:
    office = make_office(tmp_path / "projet", port=1, approved_by="Hélène Vasseur")
    (office.folder / "segments.toml").write_text(SEGMENTS, encoding="utf-8")
    return office


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def test_the_account_and_the_words_follow_the_choice(clerk: Asking, office: Project) -> None:
    whole = clerk.get(f"/issues/{ISSUE}/mailing").text
    assert "60 people of the list" in whole
    page = clerk.get(f"/issues/{ISSUE}/mailing?to=namur&without=coop").text
    readers = office.readership(office.issue("156"), segment="namur", without=["coop"])
    account = office.account(office.issue("156"), readers)
    assert account.people > 0
    assert account.without[0] > 0
    assert f"− {account.outside}" in page
    assert "In “Coopératrices”" in page
    assert "ville is Namur or Salzinnes" in page
    assert "The approval is missing for the segment “Namur" in page
    assert "Namur &lt;b&gt;" in page
    assert "Namur <b>" not in page


def test_what_is_approved_for_a_segment_is_sent_to_that_segment(clerk: Asking, office: Project) -> None:
    before = clerk.get(f"/issues/{ISSUE}/approval?to=namur").text
    form = {"by": "Léa", "to": "namur", "seen": seen(before), "reread": "true"}
    answer = clerk.post(f"/issues/{ISSUE}/approval", data=form, headers=OURS)
    assert answer.headers["location"].endswith("/approval?to=namur")
    readers = office.readership(office.issue("156"), segment="namur")
    people = office.account(office.issue("156"), readers).people
    assert f"{people} people of “Namur &lt;b&gt;”" in clerk.get(f"/issues/{ISSUE}/mailing?to=namur").text
    for where, typed in (({"to": "namur"}, 60), ({"to": "nobody"}, people)):
        data = {"when": "soon", "typed": str(typed), **where}
        assert clerk.post(f"/issues/{ISSUE}/mailing", data=data, headers=OURS).status_code == 422
    assert office.mailings() == []
    data = {"when": "at", "at": "2036-12-01T08:00", "typed": str(people), "to": "namur"}
    plan = office.plan(office.issue("156"), readers=readers)
    office.create_mailing(plan)
    assert clerk.post(f"/issues/{ISSUE}/mailing", data=data, headers=OURS).status_code == 422
    mailing = office.mailing("last")
    assert (mailing.readership, mailing.account and mailing.account.people) == (readers, people)
    assert "Namur &lt;b&gt;" in clerk.get(f"/mailings/{mailing.id}").text


def test_a_mistake_in_the_file_is_said_and_the_list_can_still_be_seen(clerk: Asking, office: Project) -> None:
    (office.folder / "segments.toml").write_text('[odd]\nlist = "membres"\n', encoding="utf-8")
    page = clerk.get(f"/issues/{ISSUE}/mailing")
    assert "segments.toml:2" in page.text
    assert "60" in page.text


def _road(page: str) -> dict[str, str]:
    """Stage → its address and its words."""
    found = re.findall(r'title="([^"]*)">\s*<a href="/issues/[^/]+/(\w+)([^"]*)"', page)
    return {stage: f"{query} {words}" for words, stage, query in found}


def test_the_road_knows_an_approval_for_a_segment_and_leads_to_it(clerk: Asking, office: Project) -> None:
    issue = office.issue("156")
    office.approve(issue, by="Léa", readers=office.readership(issue, segment="namur", without=["coop"]))
    road = _road(clerk.get(f"/issues/{ISSUE}/proof").text)
    query = "?to=namur&amp;without=coop"
    assert road["approval"] == f"{query} for the segment “Namur &lt;b&gt;”: by Léa"
    assert road["mailing"].startswith(f"{query} ")
    for page in ("approval", "mailing"):
        assert _road(clerk.get(f"/issues/{ISSUE}/{page}?to=coop").text)["mailing"].startswith("?to=coop ")
        assert _road(clerk.get(f"/issues/{ISSUE}/{page}").text)["mailing"].startswith(" ")
    (office.folder / "segments.toml").write_text("", encoding="utf-8")
    assert "“namur”: lifted: no segment namur" in _road(clerk.get(f"/issues/{ISSUE}/proof").text)["approval"]


def test_the_file_of_segments_is_watched(office: Project) -> None:
    assert office.folder / "segments.toml" in office.watch_paths()


def test_a_choice_that_cannot_be_read_is_not_a_letter_to_everybody(clerk: Asking) -> None:
    button = re.compile(r"<button class=\"button primary big\"( disabled)?>")
    for query, disabled in (("", None), ("?to=namur", " disabled"), ("?to=nimporte", " disabled")):
        found = button.search(clerk.get(f"/issues/{ISSUE}/mailing{query}").text)
        assert found
        assert found[1] == disabled, query
    approving = re.compile(r"<button[^>]*>Approved to print")
    for query, is_open in (("?to=namur", True), ("?to=nimporte", False)):
        (found,) = approving.findall(clerk.get(f"/issues/{ISSUE}/approval{query}").text)
        assert ("disabled" not in found) is is_open, query


def test_an_approval_for_other_readers_is_said_to_be_theirs_and_not_to_be_lifted(
    clerk: Asking, office: Project
) -> None:
    office.approve(office.issue("156"), by="Léa")
    page = clerk.get(f"/issues/{ISSUE}/approval?to=coop&without=namur").text
    missing = "The approval is missing for the segment “Coopératrices”, except Namur &lt;b&gt; (segment)."
    for said in (missing, "The one given by Léa is for the whole list.", "the same, to the character"):
        assert said in page
    assert 'class="void"' not in page
    assert "I have read the changes" not in page
    assert missing in clerk.get(f"/issues/{ISSUE}/mailing?to=coop&without=namur").text
    form = {"by": "Nora", "to": "coop", "seen": seen(page)}
    assert clerk.post(f"/issues/{ISSUE}/approval", data=form, headers=OURS).status_code == 422, "others were excluded"
    assert clerk.post(f"/issues/{ISSUE}/approval", data=form | {"without": "namur"}, headers=OURS).status_code == 303
    assert "Approved by Nora." in clerk.get(f"/issues/{ISSUE}/approval?to=coop&without=namur").text
    assert "Approved by Léa." in clerk.get(f"/issues/{ISSUE}/approval").text


def test_a_text_changed_since_an_approval_for_others_is_read_first(clerk: Asking, office: Project) -> None:
    office.approve(office.issue("156"), by="Léa")
    rewrite(office, "^subject:.*$", "subject: Tout autre chose")
    page = clerk.get(f"/issues/{ISSUE}/approval?to=coop").text
    assert "changes to read" in page
    assert 'class="void"' in page
    form = {"by": "Nora", "to": "coop", "seen": seen(page)}
    assert "Read the changes first" in clerk.post(f"/issues/{ISSUE}/approval", data=form, headers=OURS).text
