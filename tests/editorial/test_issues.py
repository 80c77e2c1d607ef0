"""Issue files are kept in git and edited by people: read strictly, and nothing in them moves unasked."""

import hashlib
from collections.abc import MutableMapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.editorial.issues import edit_issue, find_issue, read_issue, read_issues, write_issue
from newsletter.errors import ContentError, RefusedError, UsageError
from newsletter.model import Block, Issue

FILE = """---
# La lettre de lancement
subject: "Le numéro 157 est paru"   # relu par Anne
preheader: >-
  Qui gardera
  la pluie ?
date: 2023-10-11
list:  members
layout: launch
number: 0157
since: 2023-07-12T18:00:00+02:00
cutoff: '2023-10-10T09:00:00Z'

blocks:
  # toujours en premier
  - kind: masthead
  - kind: lead      # le fleuve
    article: '2023-10-02-le-fleuve.md'
    sha256: 0123456789abcdef
    title: No

  # deux cartes
  - {kind: card,  article: a.md}
  - kind: text
    body: |
      Un paragraphe.

        Un retrait.
# des remarques que l’on accepte
ignore:
  image-without-credit: photo de la rédaction
---

Chère lectrice, cher lecteur,

**la pluie**
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "content" / "issues"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def path(folder: Path) -> Path:
    file = folder / "2023-10-11-numero-157.md"
    file.write_text(FILE, encoding="utf-8")
    return file


def front(extra: str = "", *, day: str = "2023-10-11") -> str:
    return f"---\nsubject: S\ndate: {day}\nlist: members\nlayout: launch\n{extra}\n---\n"


def test_an_issue_is_read_whole(path: Path, tmp_path: Path) -> None:
    issue = read_issue(path, root=tmp_path)
    assert (issue.id, issue.file) == ("2023-10-11-numero-157", "content/issues/2023-10-11-numero-157.md")
    assert (issue.subject, issue.preheader) == ("Le numéro 157 est paru", "Qui gardera la pluie ?")
    assert (issue.date, issue.list, issue.layout) == (date(2023, 10, 11), "members", "launch")
    assert issue.since == datetime(2023, 7, 12, 16, tzinfo=UTC)
    assert issue.cutoff == datetime(2023, 10, 10, 9, tzinfo=UTC)
    assert issue.parameters == {"number": "0157"}
    assert issue.ignored == {"image-without-credit": "photo de la rédaction"}
    assert issue.body == "Chère lectrice, cher lecteur,\n\n**la pluie**"
    assert FILE.splitlines()[issue.body_line - 1] == "Chère lectrice, cher lecteur,"


def test_every_block_has_its_line_and_its_parameters(path: Path, tmp_path: Path) -> None:
    issue = read_issue(path, root=tmp_path)
    lines = FILE.splitlines()
    assert [block.kind for block in issue.blocks] == ["masthead", "lead", "card", "text"]
    for block in issue.blocks:
        assert block.line is not None
        assert f"kind: {block.kind}" in lines[block.line - 1]
    lead, text = issue.blocks[1], issue.blocks[3]
    assert (lead.article, lead.sha256, lead.parameters) == (
        "2023-10-02-le-fleuve.md",
        "0123456789abcdef",
        {"title": "No"},
    )
    assert text.parameters == {"body": "Un paragraphe.\n\n  Un retrait.\n"}
    assert lines[issue.lines["blocks.1.title"] - 1] == "    title: No"


BAD = [
    ("subject: S\nlist: members\nlayout: launch", 1, "date", "date is missing"),
    ("subject: S\ndate: 2023-10-11\nlayout: launch", 1, "list", "list is missing"),
    ("subject: S\ndate: 2023-10-11\nlist: members", 1, "layout", "layout is missing"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nsubject: [S]", 5, "subject", "must be a text"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\ncutoff: 2023-10-10", 5, "cutoff", "no offset"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nblocks: lead", 5, "blocks", "must be a list"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nblocks:\n  - lead", 6, "blocks.0", "keys and values"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nblocks:\n  - article: a.md", 6, "blocks.0", "its kind"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nblocks:\n  - kind: [a]", 6, "kind", "must be a text"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nblocks:\n  - kind: a\n    article: [b]", 7, "article", "text"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nblocks:\n  - kind: a\n    sha256: xyz", 7, "sha256", "digits"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nignore: [a]", 5, "ignore", "with a reason"),
    ("date: 2023-10-11\nlist: members\nlayout: launch\nignore:\n  a:", 6, "a", "without a reason"),
]


@pytest.mark.parametrize(("source", "line", "field", "words"), BAD)
def test_a_bad_issue_is_one_error_with_its_line(
    folder: Path, tmp_path: Path, source: str, line: int, field: str, words: str
) -> None:
    file = folder / "x.md"
    file.write_text(f"---\n{source}\n---\n")
    with pytest.raises(ContentError) as caught:
        read_issue(file, root=tmp_path)
    where = caught.value.where
    assert where is not None
    assert (where.file, where.line, where.field) == ("content/issues/x.md", line, field)
    assert words in caught.value.message
    assert caught.value.hint


def test_issues_come_by_date_then_name(folder: Path, tmp_path: Path) -> None:
    for name, day in (("b", "2023-10-11"), ("a", "2023-10-11"), ("c", "2023-07-01")):
        (folder / f"{name}.md").write_text(front(day=day))
    (folder / ".draft.md").write_text("nothing")
    assert [issue.id for issue in read_issues(folder, root=tmp_path)] == ["c", "a", "b"]
    assert read_issues(tmp_path / "none", root=tmp_path) == []


# --- finding -----------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(folder: Path) -> Path:
    """Four issues; the last one's number is only in its front matter."""
    for name in ("2023-07-12-numero-156", "2023-10-11-numero-157", "2023-11-02-hors-serie"):
        (folder / f"{name}.md").write_text(front())
    (folder / "2024-01-10-hiver.md").write_text(front("number: 158"))
    return folder


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2023-10-11-numero-157", "2023-10-11-numero-157"),
        ("2023-10-11-numero-157.md", "2023-10-11-numero-157"),
        ("content/issues/2023-10-11-numero-157.md", "2023-10-11-numero-157"),
        ("numero-157", "2023-10-11-numero-157"),
        ("157", "2023-10-11-numero-157"),
        ("2023-10-11", "2023-10-11-numero-157"),
        ("serie", "2023-11-02-hors-serie"),
        ("158", "2024-01-10-hiver"),
    ],
)
def test_an_issue_is_found_by_any_of_its_names(shelf: Path, tmp_path: Path, name: str, found: str) -> None:
    assert find_issue(shelf, name, root=tmp_path) == shelf / f"{found}.md"


def test_a_name_of_several_issues_lists_them(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_issue(shelf, "numero", root=tmp_path)
    assert "2023-07-12-numero-156, 2023-10-11-numero-157" in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["numero-175", "15", "", "../secret", "2023", "/etc/passwd", "0157"])
def test_an_unknown_name_is_told_the_nearest(shelf: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "content" / "secret.md").write_text(front())
    with pytest.raises(UsageError) as caught:
        find_issue(shelf, name, root=tmp_path)
    assert "2023" in (caught.value.hint or "")


def test_an_empty_shelf_says_how_to_begin(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_issue(folder, "157", root=tmp_path)
    assert "newsletter new" in (caught.value.hint or "")


# --- writing -----------------------------------------------------------------------------------------------------

ISSUE = Issue(
    id="2023-10-11-numero-157",
    file="content/issues/2023-10-11-numero-157.md",
    subject="Numéro 157 : « la pluie »",
    preheader="",
    date=date(2023, 10, 11),
    list="members",
    layout="launch",
    cutoff=datetime(2023, 10, 10, 9, tzinfo=timezone(timedelta(hours=2))),
    blocks=(
        Block(kind="masthead"),
        Block(kind="lead", article="a.md", sha256="0123456789abcdef", parameters={"title": "2023", "big": True}),
        Block(kind="text", parameters={"body": "Un.\n\nDeux.\n", "on": date(2023, 1, 2), "width": 2}),
    ),
    parameters={"number": 157},
    body="Bonjour,\n\nécrivez ici.",
)


def bare(issue: Issue) -> Issue:
    """Without the places where things stand."""
    from dataclasses import replace

    blocks = tuple(replace(block, line=None) for block in issue.blocks)
    return replace(issue, lines={}, body_line=1, blocks=blocks, file="")


def test_what_is_written_is_what_is_read(folder: Path, tmp_path: Path) -> None:
    file = folder / f"{ISSUE.id}.md"
    write_issue(file, ISSUE)
    assert bare(read_issue(file, root=tmp_path)) == bare(ISSUE)


def test_a_new_file_reads_as_a_person_would_have_written_it(folder: Path) -> None:
    file = folder / "x.md"
    write_issue(file, ISSUE)
    assert file.read_text().startswith(
        "---\nsubject: 'Numéro 157 : « la pluie »'\npreheader: \"\"\ndate: 2023-10-11\nlist: members\nlayout: launch\n"
        "number: 157\ncutoff: 2023-10-10T09:00:00+02:00\nblocks:\n  - kind: masthead\n  - kind: lead\n"
        '    article: a.md\n    sha256: 0123456789abcdef\n    title: "2023"\n    big: true\n'
    )
    assert file.read_text().endswith("---\nBonjour,\n\nécrivez ici.\n")


def test_an_issue_is_never_written_over_another(path: Path) -> None:
    with pytest.raises(RefusedError):
        write_issue(path, ISSUE)
    assert path.read_text(encoding="utf-8") == FILE
    assert list(path.parent.iterdir()) == [path]


TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)
VALUES = st.one_of(
    TEXT,
    st.sampled_from(
        ["No", "12:30", "2023", "~", "true", "- a", "a: b", "# x", "'", '"', "2023-02-30", "* x", "&a", ""]
    ),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)),
    st.lists(TEXT, max_size=3),
)
NAMES = st.from_regex(r"[a-z][a-z_]{0,11}", fullmatch=True).filter(lambda name: name not in ("kind", "article"))
ONE_FILE_IS_ENOUGH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@ONE_FILE_IS_ENOUGH
@given(subject=TEXT, blocks=st.lists(st.dictionaries(NAMES, VALUES, max_size=3), max_size=4), body=TEXT)
def test_any_issue_is_read_back_as_it_was_written(
    tmp_path: Path, subject: str, blocks: list[dict[str, Any]], body: str
) -> None:
    file = tmp_path / "x.md"
    file.unlink(missing_ok=True)
    issue = Issue(
        id="x",
        file="x.md",
        subject=" ".join(subject.split()),
        preheader="",
        date=date(2023, 10, 11),
        list="members",
        layout="launch",
        blocks=tuple(Block(kind="text", parameters=parameters) for parameters in blocks),
        body=body.strip(),
    )
    write_issue(file, issue)
    read = bare(read_issue(file, root=tmp_path))
    assert (read.subject, read.blocks) == (issue.subject, issue.blocks)


# --- editing -----------------------------------------------------------------------------------------------------


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    return [pair for pair in zip(before.split("\n"), after.split("\n"), strict=True) if pair[0] != pair[1]]


def same(values: MutableMapping[str, Any]) -> None:
    """Touch everything, change nothing."""
    for block in values["blocks"]:
        for key in list(block):
            block[key] = block[key]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n\n"])
def test_an_issue_edited_without_a_change_keeps_every_byte(path: Path, mark: str, end: str, tail: str) -> None:
    content = (mark + FILE.rstrip() + tail).replace("\n", end).encode()
    path.write_bytes(content)
    edit_issue(path, expected_sha256=digest(path), changes=same, body=read_issue(path, root=path.parent).body)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("subject", "No", 'subject: "No"                       # relu par Anne'),
        ("list", "tous", "list: tous"),
        ("number", 158, "number: 158"),
        ("date", date(2023, 10, 12), "date: 2023-10-12"),
        ("layout", "a: b", "layout: 'a: b'"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_changing_a_field_touches_its_line_alone(path: Path, key: str, value: object, line: str, end: str) -> None:
    content = FILE.replace("\n", end)
    path.write_bytes(content.encode())
    edit_issue(path, expected_sha256=None, changes=lambda values: values.update({key: value}))
    ((_before, after),) = changed_lines(content, path.read_bytes().decode())
    assert after == line + end[:-1]


def test_line_ends_that_are_mixed_stay_mixed(path: Path) -> None:
    content = FILE.replace("layout: launch\n", "layout: launch\r\n")
    path.write_bytes(content.encode())
    edit_issue(path, expected_sha256=None, changes=lambda values: values.update({"list": "tous"}))
    assert len(changed_lines(content, path.read_bytes().decode())) == 1


def test_blocks_are_added_moved_and_removed_around_what_people_wrote(path: Path, tmp_path: Path) -> None:
    def rearrange(values: MutableMapping[str, Any]) -> None:
        blocks = values["blocks"]
        blocks.insert(2, {"kind": "quote", "text": "Elle s’en va.", "since": date(2023, 1, 2)})
        blocks.append(blocks.pop(1))

    edit_issue(path, expected_sha256=None, changes=rearrange)
    issue = read_issue(path, root=tmp_path)
    assert [block.kind for block in issue.blocks] == ["masthead", "quote", "card", "text", "lead"]
    assert issue.blocks[1].parameters == {"text": "Elle s’en va.", "since": date(2023, 1, 2)}
    after = path.read_text(encoding="utf-8")
    assert "  - {kind: card,  article: a.md}\n" in after
    assert "      Un paragraphe.\n\n        Un retrait.\n" in after
    for comment in ("# La lettre", "# relu par Anne", "# toujours en premier", "# le fleuve", "# deux cartes"):
        assert comment in after


def test_a_removed_block_leaves_the_comment_of_the_next_one(path: Path) -> None:
    edit_issue(path, expected_sha256=None, changes=lambda values: values["blocks"].pop(1))
    after = path.read_text(encoding="utf-8")
    assert "  - kind: masthead\n  # deux cartes\n  - {kind: card,  article: a.md}\n" in after
    assert "fleuve" not in after


def test_the_body_alone_is_replaced(path: Path) -> None:
    edit_issue(path, expected_sha256=None, body="Une autre\nlettre.\n\n")
    head = FILE[: FILE.index("Chère")]
    assert path.read_text(encoding="utf-8") == f"{head}Une autre\nlettre.\n"


def test_a_file_that_changed_meanwhile_is_left_alone(path: Path) -> None:
    known = digest(path)
    path.write_text(FILE.replace("la pluie", "la neige"), encoding="utf-8")
    with pytest.raises(RefusedError):
        edit_issue(path, expected_sha256=known, body="Écrasé")
    assert "la neige" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("change", [{"date": "demain"}, {"blocks": "aucun"}, {"list": None}, {"ignore": {"a": 1}}])
def test_an_edit_that_would_break_the_issue_is_refused_whole(path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(ContentError):
        edit_issue(path, expected_sha256=None, changes=lambda values: values.update(change))
    assert path.read_text(encoding="utf-8") == FILE


def test_an_edit_answers_with_the_new_digest_and_keeps_the_permissions(path: Path) -> None:
    path.chmod(0o640)
    sha256 = edit_issue(path, expected_sha256=digest(path), body="Un")
    assert sha256 == digest(path)
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


SPACES = st.sampled_from(["", " ", "   "])
COMMENTS = st.sampled_from(["", "  # note", "   # l’été: “oui”"])
WRITTEN = st.sampled_from(
    [
        "mot",
        "'cité'",
        '"double"',
        "012",
        "2023-01-02",
        "yes",
        "~",
        "",
        "[a,  b]",
        "{a: 1,b: 2}",
        "deux  mots",
        "1.50",
        "''",
    ]
)


@st.composite
def fronts(draw: st.DrawFn) -> str:
    """Front matter as untidy as people leave it."""
    lines = ["subject: S", "date: 2023-10-11", "list:   members", "layout: launch"]
    for name in draw(st.lists(NAMES.map(lambda name: f"x_{name}"), max_size=5, unique=True)):
        lines += [""] * draw(st.integers(0, 2)) + ["# un mot"] * draw(st.integers(0, 1))
        lines.append(f"{name}: {draw(SPACES)}{draw(WRITTEN)}{draw(COMMENTS)}")
    indent = draw(st.sampled_from(["", "  ", "    "]))
    lines.append("blocks:")
    for number in range(draw(st.integers(1, 3))):
        lines.append(f"{indent}- kind: text{draw(COMMENTS)}")
        lines.append(f"{indent}  title: {draw(SPACES)}{number} fois")
    return "\n".join(lines)


@ONE_FILE_IS_ENOUGH
@given(source=fronts(), end=st.sampled_from(["\n", "\r\n"]))
def test_however_untidy_the_file_an_edit_touches_only_its_line(tmp_path: Path, source: str, end: str) -> None:
    file = tmp_path / "x.md"
    content = f"---\n{source}\n---\n\nTexte\n".replace("\n", end)
    file.write_bytes(content.encode())
    edit_issue(file, expected_sha256=None, changes=same)
    assert file.read_bytes().decode() == content
    edit_issue(file, expected_sha256=None, changes=lambda values: values.update({"list": "tous"}))
    assert changed_lines(content, file.read_bytes().decode()) == [
        (f"list:   members{end[:-1]}", f"list: tous{end[:-1]}")
    ]
