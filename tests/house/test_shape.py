"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<codes>[^#]*)(?P<reason>#.*)?")


def tracked(pattern: str = "*.py") -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [CHECKOUT / name for name in listed.stdout.splitlines() if (CHECKOUT / name).exists()]


def sources() -> list[Path]:
    return [path for path in tracked() if "migrations" not in path.parts]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_too_long() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {str(path.relative_to(CHECKOUT)): size for path, size in sizes.items() if size > LONGEST_FILE} == {}


def test_no_function_is_too_long_and_most_are_short() -> None:
    sizes = [(path, name, size) for path in sources() if "tests" not in path.parts for name, size in functions(path)]
    assert [(str(path.relative_to(CHECKOUT)), name) for path, name, size in sizes if size > LONGEST_FUNCTION] == []
    lengths = sorted(size for _path, _name, size in sizes)
    assert median(lengths) <= 10
    assert lengths[len(lengths) * 9 // 10] <= 30


def test_every_suppression_names_its_code_and_says_why() -> None:
    unexplained = []
    for path in sources():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = SUPPRESSION.search(line)
            if found and not _explained(found):
                unexplained.append(f"{path.relative_to(CHECKOUT)}:{number}")
    assert unexplained == []


def _explained(found: re.Match[str]) -> bool:
    text = found["codes"] + (found["reason"] or "")
    named = re.search(r"[:\[]\s*[A-Za-z]", text)
    words = re.sub(r"\[[^\]]*\]|:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*", "", text)
    return bool(named) and bool(re.search(r"[a-z]{2,}", words))


def test_celery_is_never_asked_to_wait_or_repeat() -> None:
    forbidden = re.compile(r"countdown\s*=|\beta\s*=|autoretry_for|\.retry\(|apply_async\(")
    found = [
        f"{path.relative_to(CHECKOUT)}: {match.group()}"
        for path in sources()
        if path != Path(__file__) and (match := forbidden.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_interfaces_ask_for_rows_of_an_organization() -> None:
    loose = re.compile(r"\.(all_)?objects\.(?!for_organization\()\w+")
    found = [
        f"{path.relative_to(CHECKOUT)}: {match.group()}"
        for path in sources()
        if path.is_relative_to(CHECKOUT / "api")
        for match in loose.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("word", ["utils", "common", "helpers", "manager", "base2", "misc"])
def test_no_module_has_a_name_that_says_nothing(word: str) -> None:
    assert [path for path in sources() if path.stem == word or path.parent.name == word] == []


def test_nothing_names_a_machines_paths() -> None:
    inside = [path for path in tracked("*") if path.suffix in {".py", ".md", ".toml", ".html", ".txt", ".in", ""}]
    named = str(CHECKOUT.parent) + "/"
    if CHECKOUT.parent == Path("/"):
        return
    assert [str(path) for path in inside if path.is_file() and named in path.read_text(errors="replace")] == []
