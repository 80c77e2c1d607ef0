"""The page around the letter: printed once for all words, unless a template reads them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.editorial.memory import forget
from newsletter.editorial.templates import Templates
from newsletter.project import Newsroom
from newsletter.project.sample import create_project

LONG = "Un mot. " * 30


@pytest.fixture
def project(tmp_path: Path) -> Path:
    create_project(tmp_path / "project")
    forget()
    return tmp_path / "project"


def edited(project: Path, letter: str) -> str:
    """The HTML of the sample issue with that letter."""
    [file] = (project / "content" / "issues").glob("*156*.md")
    front = re.match(r"---\n.*?\n---\n", file.read_text(encoding="utf-8"), re.DOTALL)
    assert front
    file.write_text(front[0] + letter, encoding="utf-8")
    newsroom = Newsroom.open(project)
    return newsroom.render(newsroom.issue("156")).mail.html


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the templates, as they are filled in."""
    names: list[str] = []
    fill: Callable[..., str] = Templates.render

    def noted(self: Templates, name: str, *context: object, **language: str) -> str:
        names.append(name)
        return fill(self, name, *context, **language)

    monkeypatch.setattr(Templates, "render", noted)
    return names


def test_other_words_in_the_letter_find_the_page_printed(project: Path, printed: list[str]) -> None:
    edited(project, f"{LONG}\n\nPremier.")
    printed.clear()
    html = edited(project, f"{LONG}\n\nSecond, et un *troisième*.")
    assert "layout.mjml" not in printed
    assert "Second, et un <em" in html
    assert "Premier." not in html


def test_a_layout_that_reads_the_letter_is_printed_with_its_words(project: Path, printed: list[str]) -> None:
    page = project / "templates" / "kit" / "letter.mjml"
    shouting = page.read_text(encoding="utf-8").replace("letter.under(1)", "letter.text | upper")
    page.write_text(shouting, encoding="utf-8")
    assert "PREMIER." in edited(project, f"{LONG}\n\nPremier.")
    assert "SECOND." in edited(project, f"{LONG}\n\nSecond.")
    printed.clear()
    assert "PREMIER." in edited(project, f"{LONG}\n\nPremier.")
    assert "layout.mjml" not in printed


def test_only_a_long_first_paragraph_has_a_drop_capital(project: Path) -> None:
    capital = '<div class="dc"'
    assert capital in edited(project, f"{LONG}\n\nPuis.")
    assert capital not in edited(project, f"Puis.\n\n{LONG}")
    assert capital in edited(project, f"{LONG}\n\nEncore.")
