from pathlib import Path

import pytest

from newsletter.editorial.ignoring import ignore
from newsletter.editorial.issues import read_issue
from newsletter.errors import RefusedError, UsageError

ISSUE = """---
subject: La parole est aux rivières  # relu
date: 2023-10-11
list: members
layout: launch
---
Chers coopérateurs, voici l’automne.
"""


@pytest.fixture
def issue(tmp_path: Path) -> Path:
    path = tmp_path / "2023-10-11-numero-157.md"
    path.write_text(ISSUE)
    return path


def test_the_reason_is_kept_in_the_file_and_nothing_else_changes(issue: Path) -> None:
    ignore(issue, "image-without-credit", reason=" dessin : de la  rédaction\n")
    assert read_issue(issue, root=issue.parent).ignored == {"image-without-credit": "dessin : de la rédaction"}
    assert issue.read_text().replace("ignore:\n  image-without-credit: 'dessin : de la rédaction'\n", "") == ISSUE


def test_an_ignored_remark_is_restored_and_the_file_is_what_it_was(issue: Path) -> None:
    for reason in ("une raison", ""):
        ignore(issue, "subject-long", reason=reason)
    assert issue.read_text() == ISSUE


def test_two_reasons_stand_side_by_side(issue: Path) -> None:
    ignore(issue, "subject-long", reason="voulu")
    ignore(issue, "link-http", reason="vieux site")
    assert read_issue(issue, root=issue.parent).ignored == {"subject-long": "voulu", "link-http": "vieux site"}


@pytest.mark.parametrize("code", ["unsubscribe-missing", "unresolved-field", "size-over-limit"])
def test_what_protects_the_readers_is_never_ignored(issue: Path, code: str) -> None:
    with pytest.raises(RefusedError):
        ignore(issue, code, reason="pressés")
    assert issue.read_text() == ISSUE


def test_a_code_that_is_none_is_refused(issue: Path) -> None:
    with pytest.raises(UsageError):
        ignore(issue, "a: b\nlist", reason="x")
