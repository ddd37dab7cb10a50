"""Fuzz all dialects in one of three sizes, and say what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.api.fuzz.dialects import DIALECTS
from tests.api.fuzz.fuzzer import Fuzzer
from tests.api.fuzz.outcome import Outcome
from tests.api.fuzz.population import Population

FIXED_SEED = 20_260_101
_ROW = "{:<10} {:>9} {:>11} {:>6} {:>6} {:>6} {:>9} {:>6}"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done for each dialect: requests a seed, seconds a seed, and how many are too few for two seeds."""

    requests: int
    seconds: float
    least: int


SIZES = {
    "short": Size(requests=100, seconds=240, least=150),
    "ci": Size(requests=1_200, seconds=1_500, least=2_000),
    "long": Size(requests=6_000, seconds=3_600, least=10_000),
}


@contextmanager
def kept_connection() -> Iterator[None]:
    """Let requests share one connection to the database: to open one for each would take most of the time."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def fuzz(size: Size, seeds: Sequence[int], names: Iterable[str] = DIALECTS) -> list[Outcome]:
    """Fuzz the dialects called `names` with every seed, on rows of their own."""
    population, outcomes = Population(), []
    for name in names:
        fuzzer = Fuzzer(DIALECTS[name], population)
        for seed in seeds:
            fuzzer.run(seed, size.requests, size.seconds)
        outcomes.append(fuzzer.outcome)
    return outcomes


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a row for each dialect."""
    rows = [_ROW.format("dialect", "requests", "operations", "2xx", "4xx", "5xx", "failures", "took")]
    for outcome in outcomes:
        classes = [outcome.statuses[each] for each in ("2xx", "4xx", "5xx")]
        took = f"{outcome.seconds:.0f}s"
        rows.append(
            _ROW.format(outcome.dialect, outcome.requests, len(outcome.operations), *classes, outcome.failures, took)
        )
    return "\n".join(rows)


def last_line(outcomes: Sequence[Outcome], size: Size, seeds: Sequence[int]) -> str:
    """Return the sum of it all in one line."""
    broken = [f"{outcome.dialect}: {outcome.failures} failures" for outcome in outcomes if outcome.failures]
    broken += [
        f"{outcome.dialect}: only {outcome.requests} requests"
        for outcome in outcomes
        if outcome.requests < size.least * len(seeds) / 2
    ]
    if broken:
        return f"fuzz BROKEN: {'; '.join(broken)} (seeds {' '.join(map(str, seeds))})"
    requests = sum(outcome.requests for outcome in outcomes)
    return f"fuzz ok: {requests} requests to {len(outcomes)} dialects, 0 failures (seeds {' '.join(map(str, seeds))})"
