"""Modules that cost nothing, because nobody gets to use them; patterns that cost nothing until somebody does."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from newsletter.lean import kept_out, missing, pattern
from newsletter.project.sample import create_project


def test_a_module_is_hollow_inside_and_itself_outside() -> None:
    sys.modules.pop("this_is_kept_out", None)
    with kept_out("this_is_kept_out"):
        import this_is_kept_out  # type: ignore[import-not-found]

        assert isinstance(this_is_kept_out.anything, type)
        assert not hasattr(this_is_kept_out, "__path__")
    assert "this_is_kept_out" not in sys.modules


def test_a_missing_module_is_missing_only_inside() -> None:
    sys.modules.pop("this", None)
    with missing("this"), pytest.raises(ImportError):
        import_module("this")
    assert "this" not in sys.modules


def test_what_is_imported_already_stays() -> None:
    with kept_out("subprocess"), missing("subprocess"):
        import subprocess as inside

        assert inside is subprocess


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    broken = pattern("(")
    with pytest.raises(re.error):
        broken.search("x")
    word = pattern(r"b(\w)", re.IGNORECASE)
    assert (word.sub(r"\1", "aBc"), word.findall("bc bd"), word.pattern) == ("ac", ["c", "d"], r"b(\w)")


_HEAVY = (
    *("requests", "urllib3", "http.client", "asyncio", "sqlalchemy", "fastapi", "ruamel.yaml", "rich"),
    *("cssutils", "pydantic", "importlib.metadata", "babel", "PIL.ImageCms"),
    *("subprocess", "newsletter.project.house", "newsletter.project.mailroom", "newsletter.project.proofroom"),
    *("newsletter.model.audience", "newsletter.model.edits", "newsletter.model.mailings", "newsletter.model.reports"),
)
_SCRIPT = f"""
import sys
from newsletter.cli import main
sys.argv = ["newsletter", "--project", sys.argv[1], "build", "156"]
try:
    main()
except SystemExit as end:
    assert end.code == 0
print([name for name in {_HEAVY} if name in sys.modules])
"""


def test_a_build_imports_neither_what_others_need_nor_their_words(tmp_path: Path) -> None:
    create_project(tmp_path / "project")
    command = [sys.executable, "-c", _SCRIPT, str(tmp_path / "project")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
