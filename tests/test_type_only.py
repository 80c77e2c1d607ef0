"""A name imported for types alone is never looked up while the program runs: neither mypy nor ruff sees that."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "newsletter"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def type_only(module: ast.Module) -> set[str]:
    """What stands under `if TYPE_CHECKING:`."""
    blocks = [node for node in module.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [inner for block in blocks for inner in block.body if isinstance(inner, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name for one in imports for alias in one.names}


def looked_up(node: ast.AST, *, local: bool, postponed: bool) -> Iterator[str]:
    """Names that running this node looks up, but for those that a function around it imports itself."""
    imported: set[str] = set()
    if isinstance(node, FUNCTIONS):
        imported = {
            alias.asname or alias.name
            for inner in ast.walk(node)
            if isinstance(inner, ast.Import | ast.ImportFrom)
            for alias in inner.names
        }
    for name, value in ast.iter_fields(node):
        if name == "annotation" and (local or postponed):
            continue
        if name == "returns" and postponed:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Name):
                yield from {child.id} - imported
            elif isinstance(child, ast.AST):
                within = local or (isinstance(node, FUNCTIONS) and name == "body")
                yield from set(looked_up(child, local=within, postponed=postponed)) - imported


def forgotten(source: str) -> set[str]:
    """Type-only names that the module would look for in vain."""
    module = ast.parse(source)
    postponed = "from __future__ import annotations" in source
    return type_only(module) & set(looked_up(module, local=False, postponed=postponed))


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("def f() -> None:\n    x = A()", {"A"}),
        ("def f(a: A) -> None: ...", {"A"}),
        ('def f(a: "A") -> "A": ...', set()),
        ("def f() -> None:\n    x: A = 1", set()),
        ("def f() -> None:\n    from m import A\n    x = A()", set()),
    ],
)
def test_the_scan_sees_what_python_would_look_up(body: str, missing: set[str]) -> None:
    assert forgotten(f"if TYPE_CHECKING:\n    from m import A\n{body}\n") == missing


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_name_imported_for_types_alone_is_looked_up(file: Path) -> None:
    assert forgotten(file.read_text(encoding="utf-8")) == set()
