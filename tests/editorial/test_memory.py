"""A warm build is a cold build: whatever was edited before, the bytes are those of a process that remembers nothing."""

import itertools
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from newsletter.editorial.memory import Shelf, forget, remembered
from newsletter.editorial.templates import Templates
from newsletter.i18n import current_language, speaking
from newsletter.project import Project
from newsletter.project.newsroom import Proofread
from newsletter.project.sample import create_project

ISSUE = "156"

Edit = Callable[[Path], None]


def _append(name: str, words: str) -> Edit:
    def edit(folder: Path) -> None:
        path = sorted((folder / "content" / name).glob("*.md"))[-1]
        path.write_text(path.read_text(encoding="utf-8") + words, encoding="utf-8")

    return edit


def _replace(pattern: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.write_text(re.sub(old, new, path.read_text(encoding="utf-8")), encoding="utf-8")

    return edit


def _turn_blocks(folder: Path) -> None:
    """The cards of the issue, last first: each block has another number, and its own words."""
    for path in (folder / "content" / "issues").glob("*.md"):
        lines = path.read_text(encoding="utf-8").split("\n")
        places = [number for number, line in enumerate(lines) if line.startswith("  - {kind: card")]
        cards = [lines[number] for number in places]
        for number, card in zip(places, reversed(cards), strict=True):
            lines[number] = card
        path.write_text("\n".join(lines), encoding="utf-8")


def _replace_pictures(folder: Path) -> None:
    for path in (folder / "content" / "uploads").glob("*.jpg"):
        Image.new("RGB", (640, 360), "teal").save(path)


def _remove_picture(folder: Path) -> None:
    for path in sorted((folder / "content" / "uploads").glob("*.jpg"))[:1]:
        path.unlink()


def _drop_block(folder: Path) -> None:
    """One card less: every block behind it has another number."""
    for path in (folder / "content" / "issues").glob("*.md"):
        lines = path.read_text(encoding="utf-8").split("\n")
        card = next((number for number, line in enumerate(lines) if line.startswith("  - {kind: card")), len(lines))
        path.write_text("\n".join(lines[:card] + lines[card + 1 :]), encoding="utf-8")


EDITS: dict[str, Edit] = {
    "a paragraph in an article": _append("articles", "\n\nEncore un mot, [et un lien](/contact).\n"),
    "a paragraph of the editor's": _append("issues", "\n\nBonjour {{ first_name | à vous }} !\n"),
    "titles": _replace("content/articles/*.md", "(?m)^title: ", "title: Nouveau "),
    "titles as they were": _replace("content/articles/*.md", "title: Nouveau ", "title: "),
    "a colour": _replace("templates/*/kit.toml", "#1f2a27", "#202b28"),
    "a style sheet": _replace("templates/kit/text.css", "16px", "17px"),
    "a template": _replace("templates/kit/page.mjml", 'css-class="page"', 'css-class="sheet"'),
    "the subject": _replace("content/issues/*.md", "(?m)^subject: .*$", "subject: Un autre sujet"),
    "blocks the other way round": _turn_blocks,
    "one block less": _drop_block,
    "another picture under the same name": _replace_pictures,
    "a picture less": _remove_picture,
    "what blocks say": _replace(
        "content/issues/*.md", "kind: card, article", r'kind: card, title: "Bonjour {{ first_name }}", article'
    ),
    "a block's template": _replace("templates/kit/blocks/card.mjml", r"\A", "{# #}<!-- card -->"),
    "a sheet for readers' screens": _replace("templates/kit/theme.css", r"\Z", "\n.p { color: #222222; }\n"),
    "a reason to ignore": _replace(
        "content/issues/*.md", r"(?ms)\A(?!.*^ignore: )(.*?)^list: ", r"\1ignore: {article-twice: exprès}\nlist: "
    ),
    "the sentence under the list": _replace("newsletter.toml", '(?m)^why = "', 'why = "Encore: '),
    "the site's address": _replace("newsletter.toml", "www.imagine-magazine.com", "www.example.org"),
}
#: Those after which the studio opens the project anew.
SETTINGS = {"the sentence under the list", "the site's address"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("memory") / "project"
    create_project(folder)
    return folder


def _proofread(folder: Path) -> Proofread:
    project = Project.open(folder)
    return project.proofread(project.issue(ISSUE))


@pytest.fixture(scope="module")
def _settled() -> Iterator[None]:
    """Every file is old enough to be trusted by its state: nothing is read again but what changed."""
    later = time.time_ns() + 10**12
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("newsletter.editorial.unchanged.time.time_ns", lambda: later)
        yield


@given(edits=st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=5), one_studio=st.booleans())
@settings(max_examples=16, deadline=None)
def test_after_any_edits_a_warm_build_is_a_cold_build(
    folder: Path, _settled: None, edits: list[str], one_studio: bool
) -> None:
    copy = folder.parent / "edited"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    project = Project.open(copy)
    for name in edits:
        project.proofread(project.issue(ISSUE))
        EDITS[name](copy)
        project = project if one_studio and name not in SETTINGS else Project.open(copy)
    warm = project.proofread(project.issue(ISSUE))
    forget()
    cold = _proofread(copy)
    assert warm.mail == cold.mail
    assert warm.preview == cold.preview
    assert warm.findings == cold.findings
    assert warm.blocks == cold.blocks
    assert warm.articles == cold.articles


def test_an_answer_is_remembered_for_each_language() -> None:
    asked = []

    @remembered(answers=4)
    def ask(word: str) -> int:
        asked.append(word)
        return len(asked)

    assert [ask("a"), ask("a"), ask("b")] == [1, 1, 2]
    with speaking("fr" if current_language() == "en" else "en"):
        assert ask("a") == 3
    forget()
    assert ask("a") == 4


def test_no_more_answers_are_kept_than_was_said() -> None:
    asked = []

    @remembered(answers=1)
    def ask(word: str) -> None:
        asked.append(word)

    for word in ("a", "b", "a"):
        ask(word)
    assert asked == ["a", "b", "a"]


def test_a_mistake_is_not_remembered() -> None:
    asked = []

    @remembered(answers=4)
    def ask(word: str) -> str:
        asked.append(word)
        if len(asked) == 1:
            raise ValueError(word)
        return word

    with pytest.raises(ValueError, match="a"):
        ask("a")
    assert ask("a") == "a"


def test_a_shelf_answers_each_question_once_and_in_each_language() -> None:
    shelf: Shelf[int] = Shelf(answers=4)
    asked = itertools.count(1)

    def ask(question: str) -> int:
        return shelf.recall(question, lambda: next(asked))

    assert [ask("a"), ask("a"), ask("b"), ask("\ud800")] == [1, 1, 2, 3]
    with speaking("fr" if current_language() == "en" else "en"):
        assert ask("a") == 4
    forget()
    assert ask("a") == 5


def test_from_a_full_shelf_the_least_recently_asked_for_leaves() -> None:
    shelf: Shelf[str] = Shelf(answers=2)
    made: list[str] = []

    def ask(question: str) -> None:
        shelf.recall(question, lambda: made.append(question) or question)

    for question in ("a", "b", "a", "c", "a", "b"):
        ask(question)
    assert made == ["a", "b", "c", "b"]


def test_a_shelf_keeps_no_mistake() -> None:
    shelf: Shelf[str] = Shelf(answers=2)

    def fail() -> str:
        raise ValueError

    with pytest.raises(ValueError):
        shelf.recall("a", fail)
    assert shelf.recall("a", lambda: "made") == "made"


def test_a_word_in_one_article_prints_its_block_again_and_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = folder.parent / "watched"
    shutil.copytree(folder, project)
    filled: list[str] = []
    render = Templates.render

    def watch(self: Templates, name: str, context: Mapping[str, Any], *, language: str) -> str:
        filled.append(name)
        return render(self, name, context, language=language)

    monkeypatch.setattr(Templates, "render", watch)
    forget()
    _proofread(project)
    cold, filled[:] = list(filled), []
    path = project / "content" / "articles" / "2023-07-03-sous-la-cour-la-terre.md"
    path.write_text(path.read_text(encoding="utf-8").replace("title: ", "title: Encore ", 1), encoding="utf-8")
    _proofread(project)
    assert sorted(filled) == ["blocks/card.mjml", "blocks/card.txt"]
    assert cold.count("blocks/card.mjml") > 3
