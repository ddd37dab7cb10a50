"""Make the requests of an operation: borders its document names, what it allows, and what it forbids."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants, _constants_from_source
from hypothesis.internal.floats import float_to_int
from schemathesis import Case, GenerationMode
from sortedcontainers import SortedSet  # type: ignore[import-untyped]  # no type information published

_CHECKOUT = Path(__file__).resolve().parents[3]
_SOURCES = (_CHECKOUT / "api", _CHECKOUT / "tests" / "api")
_SETTINGS = hypothesis.settings(
    database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@contextmanager
def _same_for_a_seed() -> Iterator[None]:
    """Have generated values depend on the seed alone.

    Hypothesis draws now and then from the constants of whatever modules of the project the process has loaded, so that
    a seed would make other requests in the suite than by the command that is to repeat them. Here it always draws from
    those of the dialects and their tests.
    """
    providers.CONSTANTS_CACHE.cache.clear()
    with patch.object(providers, "_get_local_constants", _constants_of_the_project), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about formats the generator has no texts for
        yield
    providers.CONSTANTS_CACHE.cache.clear()


@cache
def _constants_of_the_project() -> Constants:
    found = Constants()
    for path in sorted(path for source in _SOURCES for path in source.rglob("*.py")):
        found |= _constants_from_source(path.read_bytes(), limit=True)
    return Constants(
        integers=SortedSet(found.integers),
        floats=SortedSet(found.floats, key=float_to_int),
        bytes=SortedSet(found.bytes),
        strings=SortedSet(found.strings),
    )


def cases(operation: Any, random: Random, count: int) -> list[Case[Any]]:
    """Return requests of an operation, of every sort about as many."""
    third = -(-count // 3)
    free = [case for mode in GenerationMode for case in drawn(operation, mode, random.getrandbits(32), third)]
    borders = _borders(operation)
    return [*random.sample(borders, min(len(borders), max(third, count - len(free)))), *free]


def _borders(operation: Any) -> list[Case[Any]]:
    config = operation.schema.config.generation_for(operation=operation, phase="coverage")
    with _same_for_a_seed():
        modes = list(GenerationMode)
        return list(operation.schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=config))


def drawn(operation: Any, mode: GenerationMode, seed: int, count: int) -> Sequence[Case[Any]]:
    """Return at most `count` requests which the document allows, or forbids, as `mode` says."""
    found: list[Case[Any]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(_SETTINGS, max_examples=count)
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def collect(case: Case[Any]) -> None:
        found.append(case)

    try:
        with _same_for_a_seed():
            collect()
    except Unsatisfiable:  # nothing about the operation can be wrong
        return []
    return found
