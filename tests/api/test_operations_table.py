"""The page that says which services an operation calls is the code's, and requests call nothing else."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from schemathesis import Case

from tests.api.fuzz.dialects import DIALECTS
from tests.api.fuzz.fuzzer import Fuzzer
from tests.api.fuzz.population import Population
from tests.api.operations_table import DOMAIN, PAGE, page, rows

CHECKOUT = Path(__file__).resolve().parents[2]
# What every request passes through; the page is about what comes after.
BEFORE_THE_VIEW = ("authentication.py",)


def test_the_page_is_up_to_date() -> None:
    """If not: `.venv/bin/python -m tests.api.operations_table`."""
    assert PAGE.read_text().strip() == page().strip()


def test_every_operation_that_writes_names_what_it_calls() -> None:
    for name, operations in rows().items():
        silent = [operation for operation, services in operations.items() if not services]
        assert (name, [operation for operation in silent if not operation.startswith("GET ")]) == (name, [])


@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", DIALECTS)
def test_requests_call_nothing_the_page_does_not_name(name: str) -> None:
    watching = Watching(name, Population())
    watching.run(seed=20_260_101, requests=3 * len(watching.operations), seconds=600)
    table = rows()[name]
    stray = {operation: called - table[operation] for operation, called in watching.called.items()}
    assert {operation: called for operation, called in stray.items() if called} == {}
    seen, named = set().union(*watching.called.values()), set().union(*table.values())
    assert len(seen) > len(named) / 2, named - seen


class Watching(Fuzzer):
    """A fuzzer that notes which functions of the domain the views of a dialect call."""

    def __init__(self, name: str, population: Population) -> None:
        super().__init__(DIALECTS[name], population)
        self.called: defaultdict[str, set[str]] = defaultdict(set)

    def _ask(self, case: Case[Any], seed: int) -> int:
        with watched() as called:
            response = case.call()
        self.called[str(case.operation.label)] |= called
        assert response.status_code < 500
        return response.status_code


@contextmanager
def watched() -> Iterator[set[str]]:
    """Collect, as `module.name`, every function of the domain that a dialect's code calls."""
    called: set[str] = set()

    def look(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            module = str(frame.f_globals.get("__name__", ""))
            if module.partition(".")[0] in DOMAIN and _is_function(frame) and _is_called_by_a_dialect(frame.f_back):
                called.add(f"{module}.{frame.f_code.co_name}")

    sys.setprofile(look)
    try:
        yield called
    finally:
        sys.setprofile(None)


def _is_function(frame: FrameType) -> bool:
    """Say whether a frame is of a function of a module: no method, no part of another function."""
    return frame.f_code.co_qualname.isidentifier()


def _is_called_by_a_dialect(frame: FrameType | None) -> bool:
    # Decorators stand between: what is not of this house is passed over.
    while frame is not None and not _is_ours(frame):
        frame = frame.f_back
    if frame is None:
        return False
    return _is_of_a_dialect(frame.f_code.co_filename)


def _is_ours(frame: FrameType) -> bool:
    return _is_of_this_house(frame.f_code.co_filename)


@cache
def _is_of_a_dialect(filename: str) -> bool:
    path = Path(filename).relative_to(CHECKOUT)
    return path.parts[0] == "api" and path.parts[1] in DIALECTS and path.name not in BEFORE_THE_VIEW


@cache
def _is_of_this_house(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(CHECKOUT) and ".venv" not in path.parts
