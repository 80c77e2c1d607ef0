"""Everything a user can type, set, read or be told is documented: a commit carries code, test and docs together."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from newsletter.cli.app import make_app
from newsletter.editorial.checks import CHECKS
from newsletter.project.health import CODES
from newsletter.settings import MailingList, Settings
from newsletter.typed_table import Table

DOCS = Path(__file__).parent.parent / "docs"


def _settings() -> list[str]:
    names = []
    for table, field in Settings.declared().items():
        if table == "parameters":
            continue  # whatever the layouts declare
        section = MailingList if table == "lists" else field.kind
        assert isinstance(section, type) and issubclass(section, Table)
        # The tables [smtp.<name>] say the same keys once more.
        names += [f"{table}.{key}" for key in section.declared() if key != "relays"]
    return names


def _commands(command: object, prefix: str = "") -> list[str]:
    children = getattr(command, "commands", None)
    if not children:
        return [prefix]
    return [
        name
        for child, inner in children.items()
        if not inner.hidden
        for name in _commands(inner, f"{prefix} {child}".strip())
    ]


@pytest.mark.parametrize("name", _settings())
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in (DOCS / "settings.md").read_text(encoding="utf-8")


def test_every_documented_setting_exists() -> None:
    documented = re.findall(r"^\| `([a-z0-9_.]+)`", (DOCS / "settings.md").read_text(encoding="utf-8"), re.M)
    assert sorted(documented) == sorted(_settings())


@pytest.mark.parametrize("name", _commands(get_command(make_app())))
def test_every_command_is_documented(name: str) -> None:
    group, _, action = name.partition(" ")
    rows = [row for row in (DOCS / "commands.md").read_text(encoding="utf-8").splitlines() if f"| `{group}" in row]
    assert any(action in row for row in rows), name


@pytest.mark.parametrize("code", sorted(CHECKS))
def test_every_check_is_documented(code: str) -> None:
    assert f"| `{code}` |" in (DOCS / "findings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES)
def test_everything_that_doctor_looks_at_is_documented(code: str) -> None:
    assert f"| `{code}` |" in (DOCS / "deliverability.md").read_text(encoding="utf-8")


def test_every_decision_is_listed() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    for page in (DOCS / "decisions").glob("0*.md"):
        assert page.name in index


def test_every_fault_names_tests_that_exist() -> None:
    named = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", (DOCS / "faults.md").read_text(encoding="utf-8"))
    assert len(named) > 40
    for file, test in named:
        assert f"def {test}(" in (DOCS.parent / "tests" / file).read_text(encoding="utf-8"), f"{file}::{test}"


def test_every_rule_of_the_mailroom_and_every_fault_has_its_row_and_every_row_its_test() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", (DOCS / "faults.md").read_text(encoding="utf-8"), re.M)
    named = {row.strip() for row, _what, _tests in rows}
    rules = {"D": 18, "L": 13, "G": 7, "I": 6}
    assert named >= {f"{letter}{number}" for letter, last in rules.items() for number in range(1, last + 1)}
    for row, what, tests in rows:
        if row in ("rule", "threat", "what goes wrong") or row.startswith("---"):
            continue
        assert "::test_" in tests or "benchmarks" in tests or "**not built**" in what or row == "L13", row


def test_no_link_between_documents_is_broken() -> None:
    for page in [*DOCS.rglob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CHANGELOG.md"]:
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
