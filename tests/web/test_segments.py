"""Segments made of a search: counted, kept, shown, changed and deleted; mistakes said in the page."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from newsletter.model import DeliveryState
from newsletter.project import Orders, Project
from tests.web.asking import Asking
from tests.web.conftest import HOST
from tests.web.office import ISSUE, make_office

OURS = {"Origin": HOST}
HOSTILE = "<script>alert(1)</script>"
NAMUR: dict[str, object] = {
    "list": "members",
    "title": "Namurois",
    "field": "ville",
    "how": "is",
    "texts": "Namur\r\nSalzinnes\r\n",
}
BY_HAND = """
# Written by hand.
[coop]
title = "Coopératrices"
list = "members"
tags_any = ["coopératrice"]
"""


@pytest.fixture
def office(tmp_path: Path) -> Project:
    office = make_office(tmp_path / "projet", port=1)
    (office.folder / "segments.toml").write_text(BY_HAND, encoding="utf-8")
    return office


def keep(clerk: Asking, typed: Mapping[str, object], *, act: str = "save") -> tuple[int, str]:
    """Status, and the page or the address that follows."""
    answer = clerk.post("/segments", data={**typed, "act": act}, headers=OURS)
    return answer.status_code, answer.headers.get("location", answer.text)


def emails(page: str) -> list[str]:
    return re.findall(r"[\w.+-]+@[\w.-]+\.\w+", page.partition("<tbody>")[2].partition("</tbody>")[0])


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_segment_is_counted_before_it_is_kept(clerk: Asking, office: Project) -> None:
    expected = office.segment_size(office.make_segment("x", {"list": "members", "fields": {"ville": ["Namur"]}}))
    assert 0 < expected < 60
    status, page = keep(clerk, NAMUR | {"texts": "Namur"}, act="count")
    assert status == 200
    assert f"{expected} people would get a letter" in page
    assert 'value="Namurois"' in page
    assert list(office.segments()) == ["coop"]


def test_a_segment_that_is_kept_filters_the_list_and_says_its_rule(clerk: Asking, office: Project) -> None:
    status, address = keep(clerk, NAMUR)
    assert (status, address) == (303, "/subscribers?list=members&segment=namurois&done=kept")
    segment = office.segment("namurois")
    assert segment.fields == {"ville": ("Namur", "Salzinnes")}
    assert "# Written by hand." in (office.folder / "segments.toml").read_text(encoding="utf-8")
    page = clerk.get(address).text
    people = emails(page)
    assert len(people) == office.segment_size(segment)
    assert {office.person(email)["fields"]["ville"] for email in people} == {"Namur", "Salzinnes"}
    assert "ville is Namur or Salzinnes" in page
    assert "The segment is saved." in page
    assert f"Namurois&nbsp;<span>{len(people)}</span>" in page
    assert len(emails(clerk.get("/subscribers?list=members").text)) == office.audience.audience_size("members").mailable


def test_words_and_standing_go_on_within_a_segment(clerk: Asking, office: Project) -> None:
    first, *_others = emails(clerk.get("/subscribers?list=members&segment=coop").text)
    page = clerk.get("/subscribers", params={"list": "members", "segment": "coop", "words": first}).text
    assert emails(page) == [first]
    assert "&amp;segment=coop" in page.partition('class="tabs"')[2]
    office.suppress(first)
    assert emails(clerk.get("/subscribers?segment=coop&standing=suppressed").text) == [first]


def test_a_search_begins_a_segment(clerk: Asking) -> None:
    page = clerk.get("/subscribers", params={"list": "members", "words": "ana", "segment": "coop"}).text
    found = re.search(r'class="keep" href="([^"]+)"', page)
    assert found
    form = clerk.get(found[1].replace("&amp;", "&")).text
    assert 'name="words" maxlength="200" autocomplete="off" value="ana"' in form
    assert 'name="tags_any" value="coopératrice" checked' in form
    assert 'name="was" value=""' in form


def test_a_segment_is_changed_under_its_name(clerk: Asking, office: Project) -> None:
    form = clerk.get("/segments/coop/change").text
    assert 'name="tags_any" value="coopératrice" checked' in form
    everything = {
        "list": "members",
        "was": "coop",
        "version": version_in(form),
        "title": "Les coops",
        "tags_none": ["coopérateur"],
        "domains": "@Example.org, example.net",
        "since": "2020-01-31",
        "before": "2030-01-01",
        "not_sent": [ISSUE],
        "field": ["first_name", "ville"],
        "how": ["filled", "empty"],
        "texts": ["", ""],
    }
    assert keep(clerk, everything)[0] == 303
    segment = office.segment("coop")
    assert segment.title == "Les coops"
    assert not segment.tags_any
    assert segment.domains == ("example.org", "example.net")
    assert segment.fields == {"first_name": True, "ville": False}
    assert segment.not_sent == (ISSUE,)
    shown = clerk.get("/segments/coop/change").text
    for said in ('value="2020-01-31"', 'value="example.org example.net"', f'name="not_sent" value="{ISSUE}" checked'):
        assert said in shown
    assert keep(clerk, everything | {"title": "Again", "version": version_in(shown)})[0] == 303
    assert office.segment("coop").conditions == segment.conditions


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": " "}, "Give the segment a name."),
        ({"title": "Coop"}, "There is a segment “Coop” already"),
        ({"title": "Members"}, "“members” cannot name a segment"),
        ({"texts": " \r\n"}, "Write what the field “ville” must be"),
        ({"field": ""}, "Choose the field that must be “Namur"),
        ({"field": "vile"}, "has a field vile"),
        ({"field": ["ville", "ville"], "how": ["is", "empty"], "texts": ["Namur", ""]}, "is there twice"),
        ({"since": "yesterday"}, "“yesterday” is not a day"),
        ({"domains": "not a domain!"}, "not"),
        ({"tags_none": ["cooperatrice"]}, "nobody on its list has the tag cooperatrice"),
        ({"sent": ["numero-0"]}, "no issue numero-0"),
        ({"field": [], "how": [], "texts": []}, "Choose at least one condition"),
    ],
)
def test_a_mistake_is_said_in_the_page_and_nothing_is_kept(
    clerk: Asking, office: Project, wrong: Mapping[str, object], words: str
) -> None:
    status, page = keep(clerk, {**NAMUR, **wrong})
    assert status == 422
    assert 'role="alert"' in page
    assert words in page.partition('role="alert"')[2].partition("<h1")[0]
    assert list(office.segments()) == ["coop"]


def test_a_segment_of_tags_nobody_has_any_more_can_be_mended(clerk: Asking, office: Project) -> None:
    path = office.folder / "segments.toml"
    path.write_text(BY_HAND.replace("coopératrice", "ancienne"), encoding="utf-8")
    assert "nobody on its list has the tag ancienne" in clerk.get("/subscribers?segment=coop").text
    form = clerk.get("/segments/coop/change").text
    assert 'value="ancienne" checked' in form
    assert keep(clerk, NAMUR | {"was": "coop", "version": version_in(form)})[0] == 303
    assert emails(clerk.get("/subscribers?segment=coop").text)


def test_a_segment_is_deleted_once_it_is_confirmed(clerk: Asking, office: Project) -> None:
    asked = clerk.get("/segments/coop/forget").text
    assert "Delete the segment “Coopératrices”?" in asked
    assert list(office.segments()) == ["coop"]
    answer = clerk.post("/segments/coop/forget", data={"version": version_in(asked)}, headers=OURS)
    assert answer.status_code == 303
    assert "Nobody left the list." in clerk.get(answer.headers["location"]).text
    assert not office.segments()
    assert clerk.get("/segments/coop/change").status_code == 404
    assert office.audience.audience_size("members").mailable > 0


def test_a_name_and_a_text_are_never_markup(clerk: Asking, office: Project) -> None:
    status, address = keep(clerk, NAMUR | {"title": HOSTILE, "texts": f"</textarea>{HOSTILE}"})
    assert status == 303
    (_coop, name) = office.segments()
    for path in (address, f"/segments/{name}/change", f"/segments/{name}/forget"):
        page = clerk.get(path).text
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page


def test_an_unreadable_file_or_a_stranger_leaves_the_whole_list(clerk: Asking, office: Project) -> None:
    page = clerk.get("/subscribers?segment=cop").text
    assert "No segment cop in segments.toml." in page
    assert emails(page)
    (office.folder / "segments.toml").write_text("[coop\n", encoding="utf-8")
    page = clerk.get("/subscribers").text
    assert "segments.toml" in page
    assert emails(page)
    assert keep(clerk, NAMUR)[0] == 422
    assert (office.folder / "segments.toml").read_text(encoding="utf-8") == "[coop\n"


@pytest.mark.parametrize("path", ["/segments", "/segments/coop/forget"])
def test_another_site_changes_no_segment(clerk: Asking, office: Project, path: str) -> None:
    for headers in ({}, {"Origin": "https://evil.example"}):
        assert clerk.post(path, data=NAMUR | {"act": "save"}, headers=headers).status_code == 403
    assert list(office.segments()) == ["coop"]


def test_two_people_who_change_one_segment_are_shown_both_and_nothing_is_lost(clerk: Asking, office: Project) -> None:
    shown = version_in(clerk.get("/segments/coop/change").text)
    mine = NAMUR | {"was": "coop", "version": shown, "title": "Les miens", "texts": "Namur"}
    theirs = mine | {"title": "Les leurs", "texts": "Salzinnes"}
    assert keep(clerk, theirs)[0] == 303
    status, page = keep(clerk, mine)
    assert status == 409
    notice = page.partition('role="alert"')[2].partition("<form")[0]
    for said in ("Somebody changed this segment", "Les miens", "ville is Namur", "Les leurs", "ville is Salzinnes"):
        assert said in notice
    assert 'value="Les miens"' in page.partition("<form")[2]
    assert office.segment("coop").title == "Les leurs"
    assert keep(clerk, mine)[0] == 409, "asking again is no choice"
    (now,) = re.findall(r'name="over" value="(\w+)"', notice)
    assert keep(clerk, mine | {"over": now}, act="")[0] == 303
    assert office.segment("coop").title == "Les miens"


def test_a_segment_deleted_meanwhile_is_not_written_again_by_accident(clerk: Asking, office: Project) -> None:
    mine = NAMUR | {"was": "coop", "version": version_in(clerk.get("/segments/coop/change").text)}
    asked = version_in(clerk.get("/segments/coop/forget").text)
    assert clerk.post("/segments/coop/forget", data={"version": asked}, headers=OURS).status_code == 303
    status, page = keep(clerk, mine)
    assert status == 409
    assert "Somebody deleted this segment" in page
    assert not office.segments()


def test_a_segment_changed_meanwhile_is_not_deleted_unread(clerk: Asking, office: Project) -> None:
    asked = version_in(clerk.get("/segments/coop/forget").text)
    path = office.folder / "segments.toml"
    path.write_text(BY_HAND.replace("coopératrice", "coopérateur"), encoding="utf-8")
    answer = clerk.post("/segments/coop/forget", data={"version": asked}, headers=OURS)
    assert answer.status_code == 409
    assert "changed on disk" in answer.text
    assert "tagged coopérateur" in answer.text
    assert list(office.segments()) == ["coop"]


def test_a_view_is_downloaded_as_it_is_shown(clerk: Asking, office: Project) -> None:
    keep(clerk, NAMUR)
    shown = clerk.get("/subscribers?segment=namurois&words=a")
    wanted = emails(shown.text)
    everybody = list(office.audience.members("members"))
    assert 0 < len(wanted) < len(everybody)
    (export, whole) = re.findall(r'href="(/subscribers/export[^"]+)"', shown.text)
    assert f"Download these {len(wanted)} people" in shown.text
    answer = clerk.get(export.replace("&amp;", "&"))
    rows = answer.text.splitlines()[1:]
    assert sorted(row.partition(";")[0] for row in rows) == sorted(wanted)
    assert 'filename="members-namurois.csv"' in answer.headers["content-disposition"]
    gone = wanted[0]
    person = office.audience.find(gone)
    assert person
    office.leave(office.subscriptions(person.id)[0], detail="hand")
    left = clerk.get("/subscribers/export.csv?list=members&standing=unsubscribed").text.splitlines()[1:]
    assert [row.partition(";")[0] for row in left] == [gone]
    assert len(clerk.get(whole.replace("&amp;", "&")).text.splitlines()) == len(everybody) + 1


@pytest.mark.parametrize("query", ["segment=nobody", "segment=coop&list=all"])
def test_a_segment_that_there_is_not_is_no_export_of_everybody(clerk: Asking, query: str) -> None:
    assert clerk.get(f"/subscribers/export.csv?{query}").status_code == 404


def test_the_history_of_a_person_names_the_segment_that_a_letter_was_for(clerk: Asking, office: Project) -> None:
    issue = office.issue("156")
    office.approve(issue, by="Léa", readers=(readers := office.readership(issue, segment="coop")))
    mailing = office.create_mailing(office.plan(issue, readers=readers), orders=Orders(this_machine=True))
    (first, *_others) = office.outcomes(mailing, DeliveryState.QUEUED, most=1)
    person = office.audience.find(first.email)
    assert person
    assert "segment “Coopératrices”" in clerk.get(f"/subscribers/{person.id}").text
    assert office.person(first.email)["letters"][0]["segment"] == "Coopératrices"
