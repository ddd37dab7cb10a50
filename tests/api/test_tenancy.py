"""Every query of the API begins with an organization: read off the source, so that no new one can forget."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import api

SOURCE = Path(api.__file__).parent
MANAGERS = {"objects", "all_objects", "_default_manager", "_base_manager"}


def unscoped(tree: ast.AST) -> Iterator[int]:
    """Yield the lines where a manager is used for anything but ``.for_organization(…)``."""
    scoped = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "for_organization"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and id(node) not in scoped:
            yield node.lineno


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_query_begins_with_an_organization(path: Path) -> None:
    assert list(unscoped(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("code", ["C.objects.all()", "C.all_objects.filter(pk=1)", "rows = C.objects", "f(C.objects)"])
def test_a_query_without_one_is_found(code: str) -> None:
    assert list(unscoped(ast.parse(code))) == [1]


def test_a_query_with_one_is_not() -> None:
    assert list(unscoped(ast.parse("C.objects.for_organization(o).filter(pk=1)"))) == []
