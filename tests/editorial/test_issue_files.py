"""An issue's file as a whole: an earlier version put back, a copy for another day."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from newsletter.editorial.issue_files import copy_issue, replace_issue
from newsletter.editorial.issues import read_issue
from newsletter.errors import ChangedMeanwhile, ContentError

SOURCE = """---
subject: Rivières # provisoire
date: 2023-10-11
list: members
layout: launch
archived: true
blocks: []
---
Chers amis.
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "2023-10-11-numero-157.md"
    path.write_text(SOURCE)
    return path


def test_a_copy_keeps_the_words_and_the_comments(path: Path) -> None:
    copy = copy_issue(path, planned=date(2024, 1, 17))
    assert copy.name == "2024-01-17-numero-157.md"
    assert copy.read_text() == SOURCE.replace("2023-10-11", "2024-01-17").replace("archived: true\n", "")
    assert path.read_text() == SOURCE


def test_a_copy_never_takes_the_place_of_another(path: Path) -> None:
    names = [copy_issue(path, planned=date(2023, 10, 11)).name for _ in range(2)]
    assert names == ["2023-10-11-numero-157-2.md", "2023-10-11-numero-157-3.md"]


def test_what_cannot_be_read_is_not_copied(path: Path) -> None:
    path.write_text("---\nsubject: [\n---\n")
    with pytest.raises(ContentError):
        copy_issue(path, planned=date(2024, 1, 17))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_version_is_put_back_only_over_the_one_expected(path: Path) -> None:
    new = SOURCE.replace("Rivières", "Fleuves").encode()
    with pytest.raises(ChangedMeanwhile) as refused:
        replace_issue(path, new, expected_sha256="0" * 64)
    assert refused.value.version == sha256(SOURCE.encode()).hexdigest()
    assert path.read_text() == SOURCE
    replace_issue(path, new, expected_sha256=sha256(SOURCE.encode()).hexdigest())
    assert read_issue(path, root=path.parent).subject == "Fleuves"


def test_an_archived_issue_says_so(path: Path) -> None:
    assert read_issue(path, root=path.parent).archived
    path.write_text(SOURCE.replace("archived: true", "archived: maybe"))
    with pytest.raises(ContentError):
        read_issue(path, root=path.parent)
