import re

import pytest

from newsletter.web.studio.guard import key_of
from tests.web.asking import Asking
from tests.web.conftest import PNG, TOKEN
from tests.web.paper import PaperProject

UPLOADS = f"/kept/{key_of(TOKEN)}/uploads/"


def test_the_mail_is_sandboxed_by_the_page_and_by_its_own_answer(editor: Asking) -> None:
    page = editor.get("/issues/numero-157/proof").text
    [frame] = re.findall(r"<iframe [^>]*>", page)
    assert 'sandbox=""' in frame
    headers = editor.get("/issues/numero-157/mail").headers
    policy = headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'")
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_pages_allow_no_inline_script_and_no_other_site(editor: Asking) -> None:
    for path in ("/", "/issues/numero-157/proof", "/issues/numero-157/proof?view=source", "/rehearsals/4"):
        answer = editor.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", answer.text)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//(?!www\.imagine-magazine\.com)", answer.text)


@pytest.mark.parametrize("view", ["text", "source"])
def test_a_hostile_article_is_escaped_in_every_view(editor: Asking, project: PaperProject, view: str) -> None:
    project.write_article("rivieres.md", "</pre><script>alert(1)</script>AVANT-HIER")
    page = editor.get(f"/issues/numero-157/proof?view={view}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_hostile_subject_is_escaped(editor: Asking, project: PaperProject) -> None:
    project.write_issue("numero-157", '"><script>alert(1)</script>', "rivieres.md")
    for path in ("/", "/issues/numero-157/proof"):
        assert "<script>alert" not in editor.get(path).text


def test_copies_are_shown_from_the_local_folder(editor: Asking, project: PaperProject) -> None:
    name = "0123456789abcdef01234567.png"
    (project.folder / "var/copies").mkdir(parents=True)
    (project.folder / "var/copies" / name).write_bytes(PNG)
    project.write_article("rivieres.md", f'<img src="{project.settings.copies_url}/{name}">')
    html = editor.get("/issues/numero-157/mail").text
    [address] = re.findall(r'<img src="([^"]+)"', html)
    assert address == f"/kept/{key_of(TOKEN)}/copies/{name}"
    assert editor.get(address).content == PNG


def test_the_sites_uploads_are_shown_from_the_local_folder(editor: Asking, project: PaperProject) -> None:
    site = project.settings.site.url
    project.write_article("rivieres.md", f'<img src="{site}/uploads/rivieres.png"><a href="{site}/boutique">x</a>')
    html = editor.get("/issues/numero-157/mail").text
    assert f'src="{UPLOADS}rivieres.png"' in html
    assert f'href="{site}/boutique"' in html
    answer = editor.get(f"{UPLOADS}rivieres.png")
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")


@pytest.mark.parametrize(
    "path",
    [
        "../articles/rivieres.md",
        "..%2Farticles%2Frivieres.md",
        "%2e%2e/secret.png",
        "..%2fsecret.png",
        "..%5csecret.png",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "....//secret.png",
        "out.png",
        "away/secret.png",
        ".hidden.png",
        ".git/x.png",
        "script.svg",
        "notes.txt",
        "rivieres.png%00.txt",
        "rivieres.png%00",
        "",
        ".",
        "folder.png",
        "absent.png",
        "loop.png",
        "long" * 100 + ".png",
    ],
)
def test_nothing_but_pictures_of_the_folder_is_served(editor: Asking, project: PaperProject, path: str) -> None:
    uploads = project.folder / "content/uploads"
    (project.folder / "content/secret.png").write_bytes(b"secret")
    (uploads / "out.png").symlink_to(project.folder / "content/secret.png")
    (uploads / "away").symlink_to(project.folder / "content")
    (uploads / "loop.png").symlink_to("loop.png")
    (uploads / "folder.png").mkdir()
    for name in (".hidden.png", "script.svg", "notes.txt"):
        (uploads / name).write_bytes(b"secret")
    answer = editor.get(UPLOADS + path)
    assert answer.status_code in (403, 404)
    assert b"secret" not in answer.content


def test_a_link_within_the_folder_is_followed(editor: Asking, project: PaperProject) -> None:
    uploads = project.folder / "content/uploads"
    (uploads / "again.png").symlink_to("rivieres.png")
    assert editor.get(f"{UPLOADS}again.png").content == PNG


def test_the_ruler_is_only_added_when_a_plain_name_asks_for_it(editor: Asking) -> None:
    assert "nl-ruler" in editor.get("/issues/numero-157/mail?ruler=ab12").text
    for name in ("", "x);}</style><script>alert(1)</script>", "A" * 40):
        html = editor.get("/issues/numero-157/mail", params={"ruler": name}).text
        assert "nl-ruler" not in html


@pytest.mark.parametrize("name", ["..", ".hidden", "a%2Fb", "nothing", "%00"])
def test_a_name_that_is_no_issue_is_a_gentle_404(editor: Asking, name: str) -> None:
    answer = editor.get(f"/issues/{name}/proof")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
