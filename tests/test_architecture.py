"""The house stands: import contracts, small files, and nothing private in what is published."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "newsletter").rglob("*.py"))


def test_imports_go_down_never_sideways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_opens_with_one_sentence_and_stays_small(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), "a module opens with what it is for"
    assert len(source.splitlines()) <= 300


def test_the_help_needs_no_heavy_library() -> None:
    """`newsletter --help` stays under 0.3 s because nothing heavy is imported for it."""
    heavy = ("sqlalchemy", "pydantic", "premailer", "jinja2", "fastapi", "babel", "PIL", "aiosmtplib", "rich", "lxml")
    code = f"import sys, newsletter.cli.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_locked_requirements_carry_hashes_and_no_address() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--(extra-)?index-url", text)
        for line in re.findall(r"^[a-z0-9][^\n]*", text, re.M):
            assert "==" in line and line.endswith("\\"), f"not locked with a hash: {line}"


def test_no_word_of_the_discouraged_ones_names_anything() -> None:
    bad = re.compile(r"\b(class|def)\s+\w*(campaign|contact|manager|helper|utils)\w*", re.I)
    for module in MODULES:
        assert not bad.search(module.read_text(encoding="utf-8")), module
