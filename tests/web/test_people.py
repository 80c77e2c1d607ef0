"""Subscribers in the studio: found, read, added, taken off, erased; every word of theirs escaped."""

import json
from pathlib import Path

import pytest

from newsletter.project import Project
from tests.web.asking import Asking
from tests.web.conftest import HOST, clerk_of
from tests.web.desk import open_desk

OURS = {"Origin": HOST}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def desk(tmp_path: Path) -> Project:
    project = open_desk(tmp_path)
    for first, last, email in (("Anouk", "Renard", "anouk@example.org"), ("Élias", "Fontaine", "elias@example.net")):
        project.add_subscriber(email, list_id="members", consent="Assembly 2023", first_name=first, last_name=last)
    return project


@pytest.fixture
def editor(desk: Project) -> Asking:
    return clerk_of(desk)


def number_of(desk: Project, email: str) -> int:
    person = desk.audience.find(email)
    assert person
    return person.id


@pytest.mark.parametrize("words", ["anouk", "Ren", "NOUK@EX", "renard anouk", "élias", "elias", "example.net"])
def test_somebody_is_found_by_a_few_letters_of_name_or_address(editor: Asking, words: str) -> None:
    page = editor.get("/subscribers", params={"words": words}).text
    assert "1 person fits" in page
    assert ("Anouk" in page) is ("Fontaine" not in page)


@pytest.mark.parametrize("words", ["nobody", "a%k", "an_uk", "\\", "x' OR 1=1 --"])
def test_signs_of_the_database_are_only_letters(editor: Asking, words: str) -> None:
    assert "Nobody here for" in editor.get("/subscribers", params={"words": words}).text


def test_each_standing_has_its_people(editor: Asking, desk: Project) -> None:
    desk.suppress("elias@example.net")
    page = editor.get("/subscribers?standing=suppressed").text
    assert "elias@example.net" in page
    assert "anouk@example.org" not in page
    assert "elias@example.net" not in editor.get("/subscribers").text


def test_a_list_is_leafed_through(editor: Asking, desk: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.web.studio.people_view.PAGE", 1)
    first, second = (editor.get(f"/subscribers?page={page}").text for page in (1, 2))
    assert "elias@example.net" in first
    assert "anouk@example.org" in second
    assert "2 of 2" in second


def test_what_a_person_says_is_never_markup(editor: Asking, desk: Project) -> None:
    desk.add_subscriber(
        "x@example.org", list_id="members", consent=HOSTILE, first_name=HOSTILE, last_name='"><img src=x>'
    )
    number = number_of(desk, "x@example.org")
    for path in ("/subscribers", f"/subscribers/{number}", f"/subscribers/{number}/erase"):
        page = editor.get(path).text
        assert HOSTILE not in page
        assert "<img src=x>" not in page
        assert "&lt;script&gt;" in page


def test_a_person_is_added_with_the_proof_and_refused_without(editor: Asking, desk: Project) -> None:
    typed = {"list": "members", "email": "lou@example.org", "first_name": "Lou"}
    refused = editor.post("/subscribers", data=typed, headers=OURS)
    assert refused.status_code == 422
    assert 'value="lou@example.org"' in refused.text
    assert desk.audience.find("lou@example.org") is None
    taken = editor.post("/subscribers", data=typed | {"consent": "Asked by telephone"}, headers=OURS)
    assert taken.status_code == 303
    assert "Asked by telephone" in editor.get(taken.headers["location"]).text


def test_an_address_that_looks_misspelt_is_asked_about_once_and_taken_when_it_is_said_again(
    editor: Asking, desk: Project
) -> None:
    typed = {"list": "members", "email": "lou@hotmial.fr", "consent": "Asked by telephone"}
    asks = editor.post("/subscribers", data=typed, headers=OURS)
    assert asks.status_code == 200
    assert "Did they mean hotmail.fr?" in asks.text
    assert desk.audience.find("lou@hotmial.fr") is None
    again = typed | {"asked": "lou@hotmial.fr"}
    assert (
        "Did they mean gmail.com?"
        in editor.post("/subscribers", data=again | {"email": "l@gmial.com"}, headers=OURS).text
    )
    assert editor.post("/subscribers", data=again, headers=OURS).status_code == 303
    assert desk.audience.find("lou@hotmial.fr")


def test_what_is_wrong_with_an_address_stands_at_its_field(editor: Asking) -> None:
    typed = {"list": "members", "email": "sans arobase", "consent": "Asked by telephone"}
    refused = editor.post("/subscribers", data=typed, headers=OURS)
    assert refused.status_code == 422
    assert '<span class="mistake" id="email-mistake" role="alert">There is no @.</span>' in refused.text
    assert 'class="notice"' not in refused.text


def test_the_history_of_somebody_added_by_hand_speaks_of_no_import(editor: Asking, desk: Project) -> None:
    desk.add_subscriber("lou@example.org", list_id="members", consent="Asked by telephone")
    page = editor.get(f"/subscribers/{number_of(desk, 'lou@example.org')}").text
    assert "Subscribed by an import" not in page
    assert "by hand" in page


@pytest.mark.parametrize("path", ["/subscribers/999999", "/imports/none", "/segments/none/change", "/subscribers/none"])
def test_a_page_that_is_missing_leads_back_to_its_section(editor: Asking, path: str) -> None:
    page = editor.get(path)
    assert page.status_code == 404
    assert '<a class="button" href="/subscribers">Back to the subscribers</a>' in page.text
    assert '<a href="/subscribers" aria-current="page">' in page.text


def test_a_report_that_is_missing_leads_back_to_the_reports_and_the_rest_to_the_issues(editor: Asking) -> None:
    assert 'href="/reports">Back to the reports</a>' in editor.get("/reports/999999").text
    assert 'href="/">Back to the issues</a>' in editor.get("/nowhere").text


def test_a_person_leaves_and_comes_back_only_with_a_proof(editor: Asking, desk: Project) -> None:
    page = f"/subscribers/{number_of(desk, 'anouk@example.org')}"
    editor.post(f"{page}/leave", data={"list": "members"}, headers=OURS)
    assert desk.audience.audience_size("members").unsubscribed == 1
    assert editor.post(f"{page}/join", data={"list": "members"}, headers=OURS).status_code == 422
    assert desk.audience.audience_size("members").unsubscribed == 1
    editor.post(f"{page}/join", data={"list": "members", "consent": "Wrote to us on Monday"}, headers=OURS)
    assert desk.audience.audience_size("members").mailable == 2
    shown = editor.get(page).text
    assert "Wrote to us on Monday" in shown
    assert shown.index("Subscribed") < shown.rindex("Unsubscribed")


def test_a_suppressed_person_is_not_subscribed_before_it_is_lifted(editor: Asking, desk: Project) -> None:
    page = f"/subscribers/{number_of(desk, 'anouk@example.org')}"
    editor.post(f"{page}/suppress", headers=OURS)
    assert desk.audience.is_suppressed("anouk@example.org")
    refused = editor.post(f"{page}/join", data={"list": "all", "consent": "x"}, headers=OURS)
    assert "is on the suppression list" in refused.text
    editor.post(f"{page}/unsuppress", headers=OURS)
    assert not desk.audience.is_suppressed("anouk@example.org")


def test_everything_about_a_person_is_a_file_to_keep(editor: Asking, desk: Project) -> None:
    answer = editor.get(f"/subscribers/{number_of(desk, 'anouk@example.org')}/record.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    record = json.loads(answer.text)
    assert record["email"] == "anouk@example.org"
    assert record["subscriptions"][0]["consent"]["text"] == "Assembly 2023"


def test_a_person_is_erased_only_when_the_address_is_typed(editor: Asking, desk: Project) -> None:
    page = f"/subscribers/{number_of(desk, 'anouk@example.org')}"
    wrong = editor.post(f"{page}/erase", data={"typed": "anouk"}, headers=OURS)
    assert wrong.status_code == 422
    assert desk.audience.find("anouk@example.org")
    token = desk.import_files.keep("members.csv", [b"email\nanouk@example.org\n"])
    assert editor.post(f"{page}/erase", data={"typed": " Anouk@example.org"}, headers=OURS).status_code == 303
    assert desk.audience.find("anouk@example.org") is None
    assert editor.get(page).status_code == 404
    assert not (desk.var / "imports" / token).exists(), "the file that waited named the person"


@pytest.mark.parametrize("act", ["join", "leave", "suppress", "unsuppress", "erase"])
def test_another_site_changes_nobody(editor: Asking, desk: Project, act: str) -> None:
    path = f"/subscribers/{number_of(desk, 'anouk@example.org')}/{act}"
    typed = {"list": "members", "typed": "anouk@example.org"}
    for headers in ({}, {"Origin": "https://evil.example"}):
        assert editor.post(path, data=typed, headers=headers).status_code == 403
    assert desk.audience.audience_size("members").mailable == 2


def test_an_export_is_a_table_without_formulas(editor: Asking, desk: Project) -> None:
    desk.add_subscriber("y@example.org", list_id="members", consent="x", first_name="=HYPERLINK(1)")
    answer = editor.get("/subscribers/export.csv?list=members")
    assert answer.content.startswith(b"\xef\xbb\xbfemail;first_name")
    assert "y@example.org;'=HYPERLINK(1)" in answer.text
    assert editor.get("/subscribers/export.csv?list=../etc").status_code == 404


@pytest.mark.parametrize("consent", ["", "  "])
def test_a_form_without_a_consent_is_answered_in_the_words_of_a_form(editor: Asking, consent: str) -> None:
    new = {"list": "members", "email": "nouvelle@example.org", "consent": consent}
    answer = editor.post("/subscribers", data=new, headers={"Origin": HOST})
    assert answer.status_code == 422
    assert "Say where the consent comes from" in answer.text
    assert "--consent" not in answer.text
