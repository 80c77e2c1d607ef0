"""The studio on a real project: real files, the real newsroom, the layout of the repository."""

import re
from html import unescape
from pathlib import Path

import pytest

from newsletter.editorial.render import Rendering
from newsletter.model import Issue
from newsletter.project import Project
from tests.web.asking import Asking
from tests.web.conftest import HOST, clerk_of
from tests.web.rivers import ISSUE, SETTINGS

PROOF = "/issues/2023-10-11-numero-157/proof"


@pytest.fixture
def studio(folder: Path) -> Asking:
    return clerk_of(Project.open(folder))


def test_a_real_issue_is_shown_with_its_remarks_in_place(studio: Asking) -> None:
    page = studio.get(PROOF).text
    assert "La parole est aux rivières" in page
    for place in ("content/articles/rivieres.md:4", "content/articles/rivieres.md:10"):
        assert place in page
    assert "closed for 11 days" in page


def test_the_real_mail_stands_in_the_frame_with_its_picture_from_this_machine(studio: Asking) -> None:
    html = studio.get("/issues/2023-10-11-numero-157/mail").text
    assert "Ce que disent les rivières" in html
    assert "https://www.imagine-magazine.com/uploads/" not in html
    assert "alert(1)" not in html
    assert html.lower().startswith("<!doctype html>")


def test_home_lives_on_a_project_that_never_sent_anything(studio: Asking) -> None:
    answer = studio.get("/")
    assert answer.status_code == 200
    assert "La parole est aux rivières" in answer.text


class Counted(Project):
    """A project that counts how often it renders."""

    renderings = 0

    def render(self, issue: Issue, list_id: str | None = None) -> Rendering:
        self.renderings += 1
        return super().render(issue, list_id)


def test_an_issue_is_rendered_once_for_all_views_and_once_for_an_approval(folder: Path) -> None:
    project = Counted.open(folder)
    browser = clerk_of(project)
    for path in ("/", PROOF, f"{PROOF}?view=text", PROOF.replace("proof", "mail")):
        assert browser.get(path).status_code == 200
    assert project.renderings == 1
    project.approve(project.issue("157"), by="Anne", despite="a sample")
    assert project.renderings == 2
    assert "by Anne" in browser.get(PROOF).text
    assert project.renderings == 2


def test_an_issue_file_that_breaks_later_leaves_the_last_good_rendering(folder: Path) -> None:
    from newsletter.web.studio.proofs import Proofs

    proofs = Proofs(Project.open(folder))
    assert proofs.read("2023-10-11-numero-157").error is None
    (folder / "content/issues/2023-10-11-numero-157.md").write_text(ISSUE.replace("subject:", "subject: a\nsubject:"))
    proofs.forget()
    proof = proofs.read("2023-10-11-numero-157")
    assert proof.error is not None
    assert proof.error.where is not None
    assert proof.error.where.line == 4
    assert proof.preview is not None


def test_an_issue_file_that_is_broken_from_the_start_is_told_in_every_page(studio: Asking, folder: Path) -> None:
    (folder / "content/issues/2023-10-11-numero-157.md").write_text("---\nsubject: [\n---\n")
    for path in ("/", PROOF):
        answer = studio.get(path)
        assert "content/issues/2023-10-11-numero-157.md" in answer.text
        assert "Traceback" not in answer.text


def test_a_remark_is_ignored_with_a_reason_and_restored(studio: Asking, folder: Path) -> None:
    file, before = folder / "content/issues/2023-10-11-numero-157.md", ISSUE
    address, ours = "/issues/2023-10-11-numero-157/ignored", {"Origin": HOST}
    answer = studio.post(
        address, data={"code": "link-broken", "reason": "à paraître", "back": "?block=1"}, headers=ours
    )
    assert answer.headers["location"] == f"{PROOF}?block=1"
    assert "link-broken: à paraître" in file.read_text()
    project = Project.open(folder)
    [ignored] = [finding for finding in project.check(project.issue("157")) if finding.code == "link-broken"]
    assert (ignored.level, ignored.ignored) == ("info", "à paraître")
    assert "Ignored in this issue: à paraître." in studio.get(PROOF).text
    studio.post(address, data={"code": "link-broken"}, headers=ours)
    assert file.read_text() == before


def test_nobody_is_led_elsewhere_after_a_remark_was_ignored(studio: Asking) -> None:
    data = {"code": "link-broken", "reason": "x", "back": "//evil.example/"}
    answer = studio.post("/issues/2023-10-11-numero-157/ignored", data=data, headers={"Origin": HOST})
    assert answer.headers["location"] == f"{PROOF}?"


def test_every_block_is_found_in_the_real_letter_and_outlined(studio: Asking) -> None:
    html = studio.get("/issues/2023-10-11-numero-157/mail?block=1").text
    outlined = html.partition('id="nl-block"')[2]
    assert "Ce que disent les rivières" in outlined
    assert "Chers coopérateurs" not in outlined.partition("Ce que disent")[0]


def test_a_subscriber_sees_their_own_letter(studio: Asking, folder: Path) -> None:
    (folder / "content/issues/2023-10-11-numero-157.md").write_text(
        ISSUE.replace("Chers coopérateurs", "Bonjour {{ first_name }}")
    )
    Project.open(folder).add_subscriber("anouk@example.org", list_id="members", consent="oui", first_name="<Anouk>")
    html = studio.get("/issues/2023-10-11-numero-157/mail?reader=anouk@example.org").text
    assert "Bonjour &lt;Anouk&gt;" in html
    assert "Nobody has the address nul@example.org." in studio.get(f"{PROOF}?reader=nul@example.org").text


def test_the_weight_of_the_blocks_and_of_the_layout_is_that_of_the_letter(studio: Asking, folder: Path) -> None:
    project = Project.open(folder)
    read = project.proofread(project.issue("157"))
    assert 0 < sum(block.html_bytes for block in read.blocks) < read.preview.size
    page = studio.get(f"{PROOF}?drawer=weight").text
    assert "Layout and styles" in page
    assert "rivieres.png" in page


def test_the_file_of_a_remark_is_shown_and_no_other(studio: Asking, folder: Path) -> None:
    page = studio.get(f"{PROOF}?view=file&file=content/articles/rivieres.md&line=4").text
    assert '<li id="line" aria-current="true">description:' in page
    (folder / "secret.txt").write_text("the password")
    for name in ("secret.txt", "../secret.txt", "newsletter.toml", "/etc/passwd"):
        assert "There is nothing at this address." in studio.get(f"{PROOF}?view=file&file={name}").text


@pytest.mark.parametrize("page", ["proof", "contents", "approval", "mailing"])
def test_a_broken_article_is_one_click_from_the_line_that_breaks_it(studio: Asking, folder: Path, page: str) -> None:
    article = folder / "content/articles/rivieres.md"
    article.write_text(article.read_text().replace("title:", "title: Deux fois\ntitle:", 1))
    said = studio.get(f"/issues/2023-10-11-numero-157/{page}").text
    found = re.search(r'href="(/issues/[^"]*view=file[^"]*)#line"><code>content/articles/rivieres.md:\d', said)
    assert found
    assert '<li id="line" aria-current="true">title:' in studio.get(unescape(found[1])).text


def test_a_letter_that_would_say_to_all_what_is_for_members_says_so_in_its_place(folder: Path) -> None:
    (folder / "newsletter.toml").write_text(SETTINGS.replace("[smtp]", 'audience = "members"\n[smtp]'))
    studio = clerk_of(Project.open(folder))
    file = folder / "content/issues/2023-10-11-numero-157.md"
    article = "    article: rivieres.md\n"
    file.write_text(ISSUE.replace(article, f"{article}    audience: members\n  - kind: lead\n{article}"))
    page = studio.get(f"{PROOF}?view=editions").text
    assert page.count("<iframe") == 1
    assert "for members" in page
