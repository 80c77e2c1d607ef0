"""The studio on a real project: real files, the real newsroom, the layout of the repository."""

import shutil
from pathlib import Path

import pytest

from newsletter.editorial.render import Rendering
from newsletter.model import Issue
from newsletter.project import Project
from newsletter.web.studio.app import make_studio
from tests.web.asking import Asking
from tests.web.conftest import HOST, PNG, PORT, TOKEN

ROOT = Path(__file__).parents[2]

SETTINGS = """
[site]
title = "Imagine"
url = "https://www.imagine-magazine.com"
address = "Imagine COOP, Liège"
[lists.members]
title = "Coopérateurs et coopératrices"
from = "Imagine <lettre@imagine-magazine.com>"
[smtp]
security = "none"
"""
ARTICLE = """---
title: Ce que disent les rivières
date: 2023-09-20
description: Huit journalistes au fil de l’eau. Inscription avant le 30 septembre.
img: /uploads/rivieres.png
img_alt: Un méandre
img_credits: Nora
---

Un cours d’eau peut-il [porter plainte](/articles/nulle-part) ?

<script>alert(1)</script>
"""
ISSUE = """---
number: 157
subject: La parole est aux rivières
preheader: Huit journalistes au fil de l’eau, trois villages sans béton.
date: 2023-10-11
list: members
layout: launch
blocks:
  - kind: lead
    article: rivieres.md
---

Chers coopérateurs, voici l’automne.
"""
PROOF = "/issues/2023-10-11-numero-157/proof"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "newsletter.toml").write_text(SETTINGS)
    for name, text in (("articles/rivieres.md", ARTICLE), ("issues/2023-10-11-numero-157.md", ISSUE)):
        path = tmp_path / "content" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (tmp_path / "content/uploads").mkdir()
    (tmp_path / "content/uploads/rivieres.png").write_bytes(PNG)
    return tmp_path


@pytest.fixture
def studio(folder: Path) -> Asking:
    browser = Asking(make_studio(Project.open(folder), token=TOKEN, port=PORT), base_url=HOST)
    browser.get("/", params={"token": TOKEN})
    return browser


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
    browser = Asking(make_studio(project, token=TOKEN, port=PORT), base_url=HOST)
    browser.get("/", params={"token": TOKEN})
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
