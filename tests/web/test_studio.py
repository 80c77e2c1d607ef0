import re
from html import unescape

import pytest

from tests.web.asking import Asking
from tests.web.conftest import PORT
from tests.web.paper import PaperProject


def test_the_home_page_shows_the_issue_in_hand_and_the_rehearsals(editor: Asking) -> None:
    page = editor.get("/?whole=true").text
    assert "Ce que disent les rivières" in page
    assert "/issues/numero-157/proof" in page
    assert "/rehearsals/4" in page
    assert "1 mail received" in page


def test_the_first_page_says_at_once_what_the_files_tell_and_links_to_the_rest(editor: Asking) -> None:
    first = editor.get("/?lang=fr").text
    assert "Ce que disent les rivières" in first
    assert "1 bloc" in first
    assert "/rehearsals/4" not in first
    (rest,) = re.findall(r'<a data-rest href="([^"]+)">', first)
    whole = editor.get("/" + unescape(rest)).text
    assert '<html lang="fr"' in whole
    assert "/rehearsals/4" in whole
    assert "data-rest" not in whole
    assert editor.get("/").text.count("/rehearsals/4") == whole.count("/rehearsals/4")


def test_a_page_without_a_letter_to_read_has_no_rest(editor: Asking, project: PaperProject) -> None:
    (project.folder / "content/issues/numero-157").unlink()
    assert "data-rest" not in editor.get("/").text


def test_a_project_without_issue_invites(editor: Asking, project: PaperProject) -> None:
    (project.folder / "content/issues/numero-157").unlink()
    project.write_article("haies.md", "<p>Une haie.</p>")
    answer = editor.get("/")
    assert answer.status_code == 200
    assert "Two articles are waiting for their first letter." in answer.text
    assert 'href="/issues/new"' in answer.text


def test_the_proof_shows_each_finding_with_its_place_and_how_to_mend_it(editor: Asking, project: PaperProject) -> None:
    project.write_article("rivieres.md", "<p>AVANT-HIER</p>")
    page = editor.get("/issues/numero-157/proof").text
    for words in (
        "« Rivieres » dit AVANT-HIER.",
        "content/articles/rivieres.md:9",
        "Retirez le bloc.",
        "Block 1, Rivieres",
    ):
        assert words in page


@pytest.mark.parametrize("width", [390, 655, 820])
def test_the_width_stands_in_the_address(editor: Asking, width: int) -> None:
    assert f'<iframe sandbox="" width="{width}"' in editor.get(f"/issues/numero-157/proof?width={width}").text


def test_a_folded_drawer_hides_the_remarks(editor: Asking) -> None:
    assert 'class="remarks"' in editor.get("/issues/numero-157/proof").text
    assert "data-finding" not in editor.get("/issues/numero-157/proof?drawer=folded").text


def test_an_unknown_view_is_refused_without_a_trace(editor: Asking) -> None:
    answer = editor.get("/issues/numero-157/proof?view=../etc")
    assert answer.status_code == 422
    assert "There is nothing at this address." in answer.text


def test_a_broken_file_shows_its_error_and_keeps_the_last_good_rendering(project: PaperProject) -> None:
    from newsletter.web.studio.proofs import Proofs

    proofs = Proofs(project)
    assert proofs.read("numero-157").error is None
    project.write_article("rivieres.md", "BROKEN")
    proofs.forget()
    proof = proofs.read("numero-157")
    assert str(proof.error) == "content/articles/rivieres.md:4: “title” twice"
    assert proof.preview is not None
    assert "porter plainte" in proof.preview.html
    project.write_article("rivieres.md", "<p>Réparé</p>")
    proofs.forget()
    assert proofs.read("numero-157").error is None


def test_an_issue_broken_from_the_start_shows_its_error(editor: Asking, project: PaperProject) -> None:
    project.write_article("rivieres.md", "BROKEN")
    answer = editor.get("/issues/numero-157/proof")
    assert answer.status_code == 200
    assert "content/articles/rivieres.md:4" in answer.text
    assert "Remove one of them." in answer.text
    assert editor.get("/").status_code == 200


def test_a_rehearsed_mail_is_shown_as_its_reader_gets_it(editor: Asking) -> None:
    page = editor.get("/rehearsals/4").text
    assert "Rivières" in page
    assert "camille@example.org" in page
    assert 'sandbox=""' in page
    frame = editor.get("/rehearsals/4/camille.eml/mail")
    assert "Bonjour Camille" in frame.text
    assert frame.headers["content-security-policy"].startswith("sandbox;")


def test_the_text_of_a_rehearsed_mail_is_decoded_and_escaped(editor: Asking) -> None:
    page = editor.get("/rehearsals/4/camille.eml?view=text").text
    assert "Bonjour Camille, à bientôt &lt;script&gt;" in page


def test_the_headers_of_a_rehearsed_mail_are_shown_raw(editor: Asking) -> None:
    assert "=?utf-8?q?Rivi=C3=A8res?=" in editor.get("/rehearsals/4/camille.eml?view=headers").text


@pytest.mark.parametrize("path", ["/rehearsals/5", "/rehearsals/4/nobody.eml", "/rehearsals/4/..%2Fx.eml", "/nowhere"])
def test_what_does_not_exist_is_a_404_with_a_sentence(editor: Asking, path: str) -> None:
    answer = editor.get(path)
    assert answer.status_code == 404
    assert "<h1" in answer.text


def test_the_language_is_asked_for_in_the_address(editor: Asking) -> None:
    assert '<html lang="fr"' in editor.get("/?lang=fr").text
    assert '<html lang="en"' in editor.get("/?lang=en").text


def test_the_theme_is_kept_in_a_cookie_and_nothing_else_is_taken_from_it(editor: Asking) -> None:
    editor.cookies.set("theme", "dark")
    assert 'data-theme="dark"' in editor.get("/").text
    editor.cookies.set("theme", '"><script>')
    assert "data-theme=" not in editor.get("/").text.split("</head>")[0]


def test_two_studios_on_two_ports_do_not_share_their_cookie(editor: Asking) -> None:
    assert f"studio_{PORT}" in {cookie.name for cookie in editor.cookies.jar}
