"""Rounds over every operation of each dialect, with a seed that stays and one that nobody has seen."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from pytest_django import Settings
from requests.structures import CaseInsensitiveDict
from schemathesis import GenerationMode

from tests.api.fuzz.battery import FIXED_SEED, SIZES, kept_connection
from tests.api.fuzz.dialects import DIALECTS
from tests.api.fuzz.fuzzer import Fuzzer
from tests.api.fuzz.generation import cases, drawn
from tests.api.fuzz.judge import faults_of
from tests.api.fuzz.population import Population

SIZE = SIZES["ci"]


@pytest.fixture
def population(transactional_db: None) -> Iterator[Population]:
    with kept_connection():
        yield Population()


@pytest.mark.fuzz
@pytest.mark.timeout(3600)  # on a machine that others use, too
@pytest.mark.parametrize("name", DIALECTS)
def test_nothing_that_is_sent_breaks_a_dialect_or_its_document(
    population: Population, name: str, record_property: Callable[[str, object], None]
) -> None:
    seeds = (FIXED_SEED, secrets.randbits(32))
    repeat = f"repeat it: make fuzz ARGS='--only {name} --seed {seeds[0]} {seeds[1]}'"
    record_property("fuzz", f"{name}, seeds {seeds[0]} {seeds[1]}")
    fuzzer = Fuzzer(DIALECTS[name], population)
    for seed in seeds:
        fuzzer.run(seed, SIZE.requests, SIZE.seconds)
    outcome = fuzzer.outcome
    record_property("requests", outcome.requests)
    assert "\n".join(map(str, outcome.found.values())) == "", repeat
    assert outcome.requests >= SIZE.least, repeat
    assert outcome.operations.keys() == {operation.label for operation in fuzzer.operations}, repeat
    assert outcome.statuses["2xx"], repeat
    assert outcome.statuses["4xx"], repeat


@pytest.mark.parametrize("name", DIALECTS)
def test_a_credential_that_asks_too_much_is_refused_by_every_operation_as_its_document_says(
    population: Population, name: str, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.API_ATTEMPTS_PER_MINUTE = 1
    dialect = DIALECTS[name]
    fuzzer, headers = Fuzzer(dialect, population), dialect.headers_of(population.acme)
    for operation in fuzzer.operations:
        [case, *_more] = drawn(operation, GenerationMode.POSITIVE, FIXED_SEED, 1)
        case.headers = CaseInsensitiveDict(dict(case.headers or {}) | dict(headers))
        case.call()
        response = case.call()
        assert (operation.label, response.status_code) == (operation.label, 429)
        assert 1 <= int(response.headers["retry-after"][0]) <= 60
        assert list(faults_of(case, response, dialect=dialect, sent="", foreign=population.ids_of_others)) == []


def test_a_seed_makes_the_same_requests_whatever_else_is_loaded(
    population: Population, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the suite found could otherwise not be repeated by `make fuzz`, whose process has loaded less."""
    operation = next(o for o in Fuzzer(DIALECTS["umanize"], population).operations if o.label == "POST /campaigns")

    def made() -> list[str]:
        return [
            str((case.query, case.path_parameters, case.headers, case.body)) for case in cases(operation, Random(7), 90)
        ]

    before = made()
    another = ModuleType("another")
    path = tmp_path / "another.py"
    another.__file__ = str(path)
    path.write_text("\n".join(f"X{n} = 'constant-{n}', {n + 70_000}" for n in range(200)))
    monkeypatch.setitem(sys.modules, "another", another)
    assert made() == before
