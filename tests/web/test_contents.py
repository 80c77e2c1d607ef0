"""Sommaire on a real project: what the page shows, what an act writes, what it never overwrites."""

import io
import json
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image

from newsletter.project import Orders, Project
from newsletter.web.studio.app import make_studio
from tests.web.asking import Asking
from tests.web.conftest import HOST, PORT, TOKEN, clerk_of
from tests.web.rivers import ARTICLE

NAME = "2023-10-11-numero-157"
PAGE = f"/issues/{NAME}/contents"
OURS = {"Origin": HOST}


@pytest.fixture
def project(folder: Path) -> Project:
    (folder / "content/articles/haies.md").write_text(
        "---\ntitle: Les haies <i>\ndate: 2023-10-01\ncat: Dossier\n---\n\nUne haie.\n"
    )
    (folder / "content/articles/brouillon.md").write_text(
        "---\ntitle: Brouillon\ndate: 2023-10-02\ndraft: true\n---\n\nx\n"
    )
    (folder / "content/articles/cassé.md").write_text("---\ntitle: a\ntitle: b\n---\n")
    return Project.open(folder)


@pytest.fixture
def editor(project: Project) -> Asking:
    return clerk_of(project)


def version(page: str) -> str:
    found = re.search(r'data-version="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def act(editor: Asking, edit: dict[str, object], *, known: str | None = None) -> httpx.Response:
    content = {"version": known or version(editor.get(PAGE).text), "edit": edit}
    return editor.post(f"/issues/{NAME}/edits", json=content, headers=OURS)


def text(project: Project) -> str:
    return (project.issues_folder / f"{NAME}.md").read_text()


def test_the_page_shows_the_issue_its_blocks_and_every_article_with_its_reason(editor: Asking) -> None:
    page = editor.get(PAGE).text
    assert "La parole est aux rivières" in page
    assert 'id="block-0"' in page
    assert "Les haies &lt;i&gt;" in page
    assert 'data-take="haies.md"' in page
    assert "Still a draft" in page
    assert 'data-take="brouillon.md"' not in page
    assert "cassé.md cannot be read" in page
    assert 'aria-current="page"' in page.split("</nav>")[0]


def test_an_open_block_shows_a_control_for_each_declared_parameter(editor: Asking) -> None:
    page = editor.get(f"{PAGE}?block=1").text
    for name in ("title", "standfirst", "image", "whole", "url"):
        assert f'id="p-0-{name}"' in page
    assert "/uploads/rivieres.png" in page
    assert "Huit journalistes au fil de l’eau." in page


def test_the_editorial_opens_in_markdown(editor: Asking) -> None:
    assert "Chers coopérateurs, voici l’automne.</textarea>" in editor.get(f"{PAGE}?block=editorial").text


def test_an_act_is_in_the_file_that_the_command_line_reads(editor: Asking, project: Project) -> None:
    answer = act(editor, {"act": "set_field", "name": "subject", "value": "Écoutez"})
    assert answer.status_code == 200
    assert answer.json()["version"] == version(editor.get(PAGE).text)
    assert answer.json()["saved"].startswith("Saved at")
    assert project.issue("157").subject == "Écoutez"
    act(editor, {"act": "add_block", "article": "haies.md"})
    act(editor, {"act": "set_body", "value": "Bonjour."})
    assert [block.article for block in project.issue("157").blocks] == ["rivieres.md", "haies.md"]
    assert project.issue("157").body == "Bonjour."


def test_two_tabs_never_lose_a_word(editor: Asking, project: Project) -> None:
    known = version(editor.get(PAGE).text)
    act(editor, {"act": "set_field", "name": "subject", "value": "Premier onglet"}, known=known)
    answer = act(editor, {"act": "set_field", "name": "subject", "value": "Second onglet"}, known=known)
    assert answer.status_code == 409
    assert answer.json()["theirs"] == "Premier onglet"
    assert project.issue("157").subject == "Premier onglet"
    again = act(editor, {"act": "set_field", "name": "subject", "value": "Les deux"}, known=answer.json()["version"])
    assert again.status_code == 200
    assert project.issue("157").subject == "Les deux"


def test_a_file_changed_by_an_editor_is_never_overwritten_and_both_are_shown(editor: Asking, project: Project) -> None:
    known = version(editor.get(PAGE).text)
    path = project.issues_folder / f"{NAME}.md"
    path.write_text(text(project).replace("voici l’automne", "voici l’hiver"))
    answer = act(editor, {"act": "set_body", "value": "Voici le printemps."}, known=known)
    assert answer.status_code == 409
    assert "voici l’hiver" in answer.json()["theirs"]
    assert "voici l’hiver" in text(project)
    differences = editor.get(f"/issues/{NAME}/differences?version={known}").text
    assert "<del>− Chers coopérateurs, voici l’automne.</del>" in differences
    assert "<ins>+ Chers coopérateurs, voici l’hiver.</ins>" in differences


def test_undo_and_redo_give_back_every_byte(folder: Path, editor: Asking, project: Project) -> None:
    before = text(project)
    act(editor, {"act": "remove_block", "block": 0})
    after = text(project)
    for step, expected in ((-1, before), (1, after), (-1, before)):
        known = version(editor.get(PAGE).text)
        answer = editor.post(f"/issues/{NAME}/steps", json={"version": known, "step": step}, headers=OURS)
        assert answer.status_code == 200
        assert text(Project.open(folder)) == expected
    known = version(editor.get(PAGE).text)
    refused = editor.post(f"/issues/{NAME}/steps", json={"version": known, "step": -1}, headers=OURS)
    assert (refused.status_code, refused.json()["sentence"]) == (422, "There is nothing to undo.")


@pytest.mark.parametrize(
    "edit",
    [
        {"act": "set_field", "name": "list", "value": "nobody"},
        {"act": "set_field", "name": "layout", "value": "../etc"},
        {"act": "set_field", "name": "date", "value": "demain"},
        {"act": "set_parameter", "block": None, "name": "number", "value": "cent"},
        {"act": "add_block", "article": "../../newsletter.toml"},
    ],
)
def test_what_does_not_fit_is_a_sentence_and_changes_nothing(
    editor: Asking, project: Project, edit: dict[str, object]
) -> None:
    before = text(project)
    answer = act(editor, edit)
    assert answer.status_code == 422
    assert answer.json()["sentence"]
    assert text(project) == before


@pytest.mark.parametrize("edit", [{"act": "set_field", "name": "blocks", "value": ""}, {"act": "drop_tables"}, {}])
def test_no_other_act_is_understood(editor: Asking, project: Project, edit: dict[str, object]) -> None:
    before = text(project)
    assert act(editor, edit).status_code == 422
    assert text(project) == before


def test_a_full_disk_is_a_sentence(editor: Asking, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    known, write = version(editor.get(PAGE).text), os.fsync

    def full(descriptor: int) -> None:
        write(descriptor)
        raise OSError(errno.ENOSPC, "No space left on device")

    before = text(project)
    monkeypatch.setattr(os, "fsync", full)
    answer = act(editor, {"act": "set_field", "name": "subject", "value": "Écoutez"}, known=known)
    assert answer.status_code == 422
    assert answer.json()["sentence"] == "Cannot save: the disk is full."
    assert text(project) == before


@pytest.mark.parametrize("path", ["edits", "steps", "copies", "archive", "removal", "return"])
def test_another_site_changes_nothing(editor: Asking, project: Project, path: str) -> None:
    before = sorted(project.issues_folder.iterdir()), text(project)
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert editor.post(f"/issues/{NAME}/{path}", headers=headers).status_code == 403
    assert (sorted(project.issues_folder.iterdir()), text(project)) == before


def test_a_stranger_changes_nothing(project: Project) -> None:
    stranger = Asking(make_studio(project, token=TOKEN, port=PORT), base_url=HOST)
    assert stranger.post(f"/issues/{NAME}/copies", headers=OURS).status_code == 403
    assert stranger.post("/uploads", headers=OURS, files={"file": ("a.png", b"x")}).status_code == 403


def test_a_new_issue_starts_from_the_last_ones_settings_and_takes_what_is_new(editor: Asking, project: Project) -> None:
    page = editor.get("/issues/new?date=2024-01-17").text
    assert '<option value="launch" selected>' in page
    form = {"title": "Cent cinquante-huit", "date": "2024-01-17", "list": "members", "layout": "launch"}
    answer = editor.post("/issues", data=form, headers=OURS)
    assert answer.status_code == 303
    issue = project.issue("2024-01-17-cent-cinquante-huit")
    assert answer.headers["location"] == f"/issues/{issue.id}/contents"
    assert issue.parameters["number"] == 158


def test_a_form_that_does_not_fit_comes_back_with_its_words(editor: Asking) -> None:
    form = {"title": "Un <b>titre</b>", "date": "demain", "list": "members", "layout": "launch"}
    answer = editor.post("/issues", data=form, headers=OURS)
    assert answer.status_code == 422
    assert 'value="Un &lt;b&gt;titre&lt;/b&gt;"' in answer.text
    assert "Demain is not a day" in answer.text


def test_an_issue_is_duplicated_archived_and_brought_back(editor: Asking, project: Project) -> None:
    location = editor.post(f"/issues/{NAME}/copies", headers=OURS).headers["location"]
    copy = location.split("/")[2]
    assert project.issue(copy).blocks[0].article == "rivieres.md"
    editor.post(f"/issues/{copy}/archive", headers=OURS, data={"archived": "true"})
    assert project.issue(copy).archived
    home = editor.get("/").text
    assert f"/issues/{copy}/" not in home
    assert "Archives (1)" in home
    assert f"/issues/{copy}/" in editor.get("/?shelf=archived").text
    editor.post(f"/issues/{copy}/archive", headers=OURS, data={"archived": "false"})
    assert not project.issue(copy).archived


@pytest.mark.parametrize(("first", "words"), [("true", "is in the archives."), ("false", "is back on the shelf.")])
def test_what_was_put_away_or_brought_back_is_undone_by_one_button(
    editor: Asking, project: Project, first: str, words: str
) -> None:
    if first == "false":
        project.archive(NAME, archived=True)
    before = project.issue_text(NAME)
    where = editor.post(f"/issues/{NAME}/archive", headers=OURS, data={"archived": first}).headers["location"]
    page = editor.get(where).text
    assert words in page
    [undo] = re.findall(r'role="status">.*?name="archived" value="(\w+)">', page, re.DOTALL)
    editor.post(f"/issues/{NAME}/archive", headers=OURS, data={"archived": undo})
    assert project.issue_text(NAME) == before
    assert words not in editor.get(where).text, "that is true no more"


def test_a_draft_is_deleted_and_given_back(editor: Asking, project: Project) -> None:
    before = project.issue_text(NAME)
    answer = editor.post(f"/issues/{NAME}/removal", headers=OURS)
    assert not (project.issues_folder / f"{NAME}.md").exists()
    assert f"/issues/{NAME}/return" in editor.get(answer.headers["location"]).text
    editor.post(f"/issues/{NAME}/return", headers=OURS)
    assert project.issue_text(NAME) == before
    assert editor.post(f"/issues/{NAME}/return", headers=OURS).status_code == 404


def test_what_a_mailing_was_made_of_is_not_deleted(editor: Asking, project: Project) -> None:
    issue = project.issue(NAME)
    project.add_subscriber("anouk@example.org", list_id=issue.list, consent="Bulletin")
    project.create_mailing(project.plan(issue), orders=Orders(unapproved=True))
    assert "it stays" in editor.post(f"/issues/{NAME}/removal", headers=OURS).text
    assert project.issue(NAME)


def test_an_archived_issue_still_counts_as_sent(editor: Asking, project: Project) -> None:
    editor.post(f"/issues/{NAME}/archive", headers=OURS, data={"archived": "true"})
    selection = project.choose(project.today(), drafting=True)
    reasons = {choice.path: choice.reason.value for choice in selection.choices}
    assert reasons["rivieres.md"] == "already-sent"
    assert selection.since is not None


def test_a_picture_is_brought_and_chosen(editor: Asking, project: Project) -> None:
    content = io.BytesIO()
    Image.new("RGB", (60, 40), "#7f9f8a").save(content, "PNG")
    answer = editor.post("/uploads", headers=OURS, files={"file": ("Été.jpg", content.getvalue(), "text/html")})
    assert answer.json() == {"source": "/uploads/ete.png"}
    assert "/uploads/ete.png" in editor.get("/uploads").text
    refused = editor.post("/uploads", headers=OURS, files={"file": ("x.png", b"<script>", "image/png")})
    assert refused.status_code == 422
    assert "x.png is not a JPEG, PNG, GIF, WebP or AVIF picture" in refused.json()["sentence"]
    act(editor, {"act": "set_parameter", "block": 0, "name": "image", "value": "/uploads/ete.png"})
    assert project.issue("157").blocks[0].parameters["image"] == "/uploads/ete.png"


def test_an_issue_whose_layout_is_gone_can_be_given_another(editor: Asking, project: Project) -> None:
    path = project.issues_folder / f"{NAME}.md"
    path.write_text(text(project).replace("layout: launch", "layout: gone"))
    page = editor.get(PAGE)
    assert page.status_code == 200
    assert act(editor, {"act": "set_field", "name": "layout", "value": "monthly"}).status_code == 200
    assert project.issue("157").layout == "monthly"


def test_the_shown_words_of_an_article_are_what_the_block_inherits(editor: Asking, project: Project) -> None:
    act(editor, {"act": "set_parameter", "block": 0, "name": "title", "value": "Ce que disent les rivières"})
    assert "title" not in project.issue("157").blocks[0].parameters
    assert "Ce que disent les rivières" in ARTICLE
    assert json.loads(act(editor, {"act": "set_kind", "block": 0, "kind": "card"}).text)["version"]


def test_titles_are_set_as_the_letter_sets_them(folder: Path, editor: Asking) -> None:
    (folder / "content/articles/eau.md").write_text(
        "---\ntitle: \"L'eau : qu'en dire ?\"\ndate: 2023-10-01\n---\n\nx\n"
    )
    assert "<h3>L’eau\u00a0: qu’en dire\u202f?</h3>" in editor.get(PAGE).text


def test_the_advice_of_a_page_that_refuses_begins_with_a_capital(editor: Asking) -> None:
    page = editor.get("/issues/2023-10-11-numero-175/contents").text
    assert re.search(r'<p class="lede">Did you mean', page)
