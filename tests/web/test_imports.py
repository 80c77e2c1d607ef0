"""An import in the studio: nothing is written before the button, nobody comes back by accident."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from newsletter.project import Project
from tests.web.asking import Asking
from tests.web.conftest import HOST, clerk_of
from tests.web.desk import TABLE, open_desk

OURS = {"Origin": HOST}
GUESSED = ["email", "first_name", "last_name", "field", "field"]


@pytest.fixture
def desk(tmp_path: Path) -> Project:
    return open_desk(tmp_path)


@pytest.fixture
def editor(desk: Project) -> Asking:
    return clerk_of(desk)


def lay_down(editor: Asking, table: str | bytes = TABLE, *, name: str = "octobre.csv") -> str:
    """Path of the dry run."""
    answer = editor.post("/imports", data={"list": "members"}, files={"file": (name, table)}, headers=OURS)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def dry_run(editor: Asking, path: str, columns: list[str] | None = None) -> str:
    chosen = [("list", "members"), *(("column", each) for each in columns or ())]
    return editor.get(f"{path}?{urlencode(chosen)}").text


def tally(page: str) -> list[int]:
    return [int(size) for size in re.findall(r"<dd>(\d+)</dd></div>", page)]


def test_the_dry_run_says_who_is_new_and_refused_and_writes_nothing(editor: Asking, desk: Project) -> None:
    page = dry_run(editor, lay_down(editor))
    assert tally(page) == [2, 0, 0, 0, 2]
    for words in ("there is no @", "this address is already on line 2", "tél. après 18 h"):
        assert words in page
    assert "<script>alert" not in page
    assert desk.audience.find("anouk@example.org") is None


def test_a_button_writes_what_the_dry_run_said_and_the_file_goes(editor: Asking, desk: Project) -> None:
    path = lay_down(editor)
    typed = {"list": "members", "column": [*GUESSED[:-1], ""], "consent": "Form of 2023"}
    assert tally(editor.post(path, data=typed, headers=OURS).text) == [2, 0, 0, 0, 2]
    person = desk.audience.find("anouk@example.org")
    assert person
    assert person.fields == {"parts": "2"}, "the last column was left out"
    consent = desk.audience.subscriptions(person.id)[0].consent
    assert consent
    assert consent.text == "Form of 2023"
    assert consent.source.startswith("import: octobre.csv (sha256 ")
    assert editor.get(path).status_code == 404


def test_columns_that_somebody_chose_override_the_header(editor: Asking, desk: Project) -> None:
    path = lay_down(editor, "Contact;Adresse;Email\nlou@example.org;rue du Pont;vieux@example.org\n")
    page = dry_run(editor, path, ["email", "", "field"])
    assert tally(page) == [1, 0, 0, 0, 0]
    typed = {"list": "members", "column": ["email", "", "field"], "consent": "x"}
    editor.post(path, data=typed, headers=OURS)
    person = desk.audience.find("lou@example.org")
    assert person
    assert person.fields == {"email_3": "vieux@example.org"}
    assert desk.audience.find("vieux@example.org") is None


def test_a_file_without_an_address_column_asks_for_it(editor: Asking) -> None:
    path = lay_down(editor, "Qui;Nom\nlou@example.org;Petit\n")
    page = dry_run(editor, path)
    assert "No column holds the address." in page
    assert "Choose “Address” beside it, then try again." in page
    assert tally(dry_run(editor, path, ["email", "last_name"])) == [1, 0, 0, 0, 0]


@pytest.mark.parametrize("columns", [["email", "email"], ["email", "unsubscribe_url"], ["", ""]])
def test_impossible_columns_are_one_sentence(editor: Asking, columns: list[str]) -> None:
    page = dry_run(editor, lay_down(editor, "Courriel;Nom\nlou@example.org;Petit\n"), columns)
    assert 'role="alert"' in page
    assert "var/imports" not in page


def test_two_columns_of_one_meaning_are_named_as_the_page_names_them(editor: Asking) -> None:
    path = lay_down(editor, "Courriel;Nom;Naissance\nlou@example.org;Petit;Petit\n")
    assert "Two columns become “Last name”: choose one." in dry_run(editor, path, ["email", "last_name", "last_name"])


def test_without_a_dry_run_there_is_nothing_to_decide_but_to_give_up(editor: Asking) -> None:
    page = dry_run(editor, lay_down(editor, "Qui;Nom\nlou@example.org;Petit\n"))
    assert '<form class="decide bare"' in page
    assert 'name="consent"' not in page


def test_nobody_is_subscribed_again_by_accident(editor: Asking, desk: Project) -> None:
    person = desk.add_subscriber("anouk@example.org", list_id="members", consent="x")
    desk.leave(desk.subscriptions(person.id)[0], detail="one-click")
    path = lay_down(editor)
    page = dry_run(editor, path)
    assert tally(page) == [1, 0, 0, 1, 2]
    assert "1 person is not brought back" in page
    assert f'>2</td><td class="any"><a href="/subscribers/{person.id}">anouk@example.org</a></td>' in page
    assert "<td>unsubscribed from this list, on " in page
    editor.post(path, data={"list": "members", "column": GUESSED, "consent": "x"}, headers=OURS)
    assert desk.audience.audience_size("members").unsubscribed == 1


def test_of_a_stranger_who_is_kept_out_there_is_no_page_to_go_to(editor: Asking, desk: Project) -> None:
    desk.suppress("anouk@example.org")
    page = dry_run(editor, lay_down(editor))
    assert '<td class="any">anouk@example.org</td><td>never to be mailed again: on request, on ' in page


def test_without_a_consent_text_nothing_is_written(editor: Asking, desk: Project) -> None:
    path = lay_down(editor)
    answer = editor.post(path, data={"list": "members", "column": GUESSED, "consent": " "}, headers=OURS)
    assert answer.status_code == 422
    assert "Say where the consent comes from" in answer.text
    assert desk.audience.find("anouk@example.org") is None


def test_the_refused_rows_are_a_table_without_formulas(editor: Asking) -> None:
    path = lay_down(editor, "Courriel\n=cmd|x\n")
    answer = editor.get(f"{path}/refused.csv?list=members")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.text.splitlines()[1].startswith("2;'=cmd|x;")


@pytest.mark.parametrize("table", [b"", b"PK\x03\x04zip", b"\0\0\0\0"])
def test_what_is_no_table_is_refused_at_the_door(editor: Asking, desk: Project, table: bytes) -> None:
    answer = editor.post("/imports", data={"list": "members"}, files={"file": ("x.csv", table)}, headers=OURS)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert list((desk.var / "imports").iterdir()) == []


def test_a_file_that_is_too_large_is_refused_before_it_is_read(editor: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.project.uploads.Uploads.limit", 100)
    answer = editor.post("/imports", files={"file": ("x.csv", b"email\n" * 100)}, headers=OURS)
    assert answer.status_code == 422
    assert "The file is larger than" in answer.text


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\Users\\x\\a.csv", "...", "\u202egnp.csv", "a" * 300])
def test_the_name_of_a_file_never_leaves_its_folder(editor: Asking, desk: Project, name: str) -> None:
    path = lay_down(editor, name=name)
    files = [file for file in (desk.var / "imports").rglob("*") if file.is_file()]
    assert [file.parent.parent for file in files] == [desk.var / "imports"]
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert editor.get(path).status_code == 200


@pytest.mark.parametrize("token", ["%2e%2e", "0" * 32, "newsletter.db"])
def test_a_wrong_token_is_not_found(editor: Asking, token: str) -> None:
    assert editor.get(f"/imports/{token}").status_code == 404


def test_an_import_is_given_up(editor: Asking, desk: Project) -> None:
    path = lay_down(editor)
    assert editor.post(f"{path}/cancel", headers=OURS).status_code == 303
    assert list((desk.var / "imports").iterdir()) == []


def test_another_site_imports_nothing(editor: Asking, desk: Project) -> None:
    path = lay_down(editor)
    typed = {"list": "members", "column": GUESSED, "consent": "x"}
    assert editor.post(path, data=typed, headers={"Origin": "https://evil.example"}).status_code == 403
    assert editor.post("/imports", files={"file": ("x.csv", TABLE)}).status_code == 403
    assert desk.audience.find("anouk@example.org") is None


def test_a_domain_that_looks_misspelt_is_told_in_the_dry_run_and_taken_all_the_same(
    editor: Asking, desk: Project
) -> None:
    path = lay_down(editor, "Courriel\nlea@gmial.com\nnora@gmial.com\nanouk@gmail.com\n")
    page = dry_run(editor, path)
    assert tally(page) == [3, 0, 0, 0, 0]
    assert "Perhaps misspelt" in page
    assert re.search(
        r">2</td><td class=\"any\">gmial.com</td><td class=\"num\">2</td><td class=\"any\">gmail.com\?<", page
    )
    editor.post(path, data={"list": "members", "column": ["email"], "consent": "Form of 2023"}, headers=OURS)
    assert desk.audience.find("lea@gmial.com")
