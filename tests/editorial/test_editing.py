"""One act on an issue's file: what it writes, and what it leaves as people wrote it."""

import re
from pathlib import Path

import pytest

from newsletter.editorial.editing import Workbench, make_change
from newsletter.editorial.issues import edit_issue, read_issue
from newsletter.editorial.layout import read_layout
from newsletter.errors import ContentError, UsageError
from newsletter.model import AddBlock, Edit, MoveBlock, RemoveBlock, SetField, SetKind, SetParameter
from tests.editorial.test_compose import article

TEMPLATES = Path(__file__).parents[2] / "templates"
SOURCE = """---
# À relire par Solange.
subject: "La parole est aux rivières" # provisoire
preheader: Huit journalistes.
date: 2023-10-11
list: members
layout: launch
number: 157

blocks:
  - kind: lead
    article: rivieres.md
    link: Lire la suite # trop sec ?
  # Les brèves
  - {kind: card, article: haies.md}
  - kind: text
    text: |
      Deux lignes
      à garder.
---
Chers coopérateurs.
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "2023-10-11-numero-157.md"
    path.write_text(SOURCE)
    return path


def do(path: Path, edit: Edit) -> str:
    issue = read_issue(path, root=path.parent)
    articles = {
        name: article(name, title=name, body="Un méandre.") for name in ("rivieres.md", "haies.md", "vignes.md")
    }
    bench = Workbench(issue=issue, layout=read_layout(TEMPLATES / issue.layout), articles=articles)
    edit_issue(path, expected_sha256=None, changes=make_change(edit, bench))
    return path.read_text()


def unaligned(text: str) -> str:
    """A comment keeps its column when what stands before it gets shorter."""
    return re.sub(" +#", " #", text)


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (SetField(name="subject", value=" Écoutez\nl’eau "), '"La parole est aux rivières" #', '"Écoutez l’eau" #'),
        (SetField(name="date", value="2023-10-18"), "2023-10-11\n", "2023-10-18\n"),
        (SetField(name="list", value="public"), "list: members", "list: public"),
        (SetParameter(block=None, name="number", value="158"), "number: 157", "number: 158"),
        (SetParameter(block=0, name="link", value="Lire"), "link: Lire la suite #", "link: Lire #"),
        (SetKind(block=1, kind="brief"), "{kind: card, article: haies.md}", "{kind: brief, article: haies.md}"),
    ],
)  # fmt: skip
def test_an_act_changes_its_words_and_no_other(path: Path, edit: Edit, before: str, after: str) -> None:
    assert before in SOURCE
    assert unaligned(do(path, edit)) == unaligned(SOURCE.replace(before, after))


def test_blocks_move_with_what_they_say_and_comments_stay(path: Path) -> None:
    text = do(path, MoveBlock(block=2, to=0))
    assert [block.kind for block in read_issue(path, root=path.parent).blocks] == ["text", "lead", "card"]
    for kept in ("# À relire par Solange.", "# provisoire", "# trop sec ?", "# Les brèves", "      à garder."):
        assert kept in text


def test_a_move_there_and_back_leaves_the_same_issue(path: Path) -> None:
    before = read_issue(path, root=path.parent)
    do(path, MoveBlock(block=0, to=2))
    do(path, MoveBlock(block=2, to=0))
    after = read_issue(path, root=path.parent)
    assert [(block.kind, block.article, block.parameters) for block in after.blocks] == [
        (block.kind, block.article, block.parameters) for block in before.blocks
    ]


def test_a_removed_block_takes_nothing_with_it(path: Path) -> None:
    text = do(path, RemoveBlock(block=1))
    assert "haies.md" not in text
    assert "rivieres.md" in text and "à garder." in text


def test_an_article_becomes_the_block_that_suits_it(path: Path) -> None:
    do(path, AddBlock(article="vignes.md"))
    block = read_issue(path, root=path.parent).blocks[-1]
    assert (block.kind, block.article) == ("card", "vignes.md")
    assert block.sha256 is not None
    do(path, RemoveBlock(block=0))
    do(path, AddBlock(article="vignes.md", at=0))
    assert read_issue(path, root=path.parent).blocks[0].kind == "lead"


def test_the_first_block_of_a_blank_page(path: Path) -> None:
    path.write_text(SOURCE[: SOURCE.index("blocks:")] + "blocks: []\n---\n")
    do(path, AddBlock(kind="text"))
    assert [block.kind for block in read_issue(path, root=path.parent).blocks] == ["text"]


@pytest.mark.parametrize(
    ("name", "said", "kept"),
    [
        ("title", "Nos rivières", "Nos rivières"),
        ("title", "rivieres.md", None),  # what the article says already
        ("title", None, None),
        ("text", "", ""),  # an empty text in place of the article's
        ("credit", "", None),  # nothing in place of nothing
        ("whole", "true", True),
        ("whole", "false", None),
    ],
)
def test_a_block_says_only_what_differs(path: Path, name: str, said: str | None, kept: object) -> None:
    do(path, SetParameter(block=0, name=name, value=said))
    assert read_issue(path, root=path.parent).blocks[0].parameters.get(name) == kept


def test_paragraphs_are_written_as_paragraphs(path: Path) -> None:
    text = do(path, SetParameter(block=2, name="text", value="Un.\r\n\r\nDeux."))
    assert "    text: |\n      Un.\n\n      Deux.\n" in text


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (SetField(name="date", value="demain"), ContentError),
        (SetParameter(block=None, name="number", value="cent"), ContentError),
        (SetParameter(block=None, name="palette", value="mauve"), ContentError),
        (SetParameter(block=0, name="colour", value="x"), UsageError),
        (SetParameter(block=9, name="title", value="x"), UsageError),
        (MoveBlock(block=3, to=0), UsageError),
        (RemoveBlock(block=-1), UsageError),
        (SetKind(block=0, kind="carousel"), UsageError),
        (AddBlock(kind="carousel"), UsageError),
        (AddBlock(article="nowhere.md"), UsageError),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(path: Path, edit: Edit, error: type[Exception]) -> None:
    with pytest.raises(error):
        do(path, edit)
    assert path.read_text() == SOURCE
