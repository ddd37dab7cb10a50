"""A short round over every operation of each dialect, with a seed that stays and one that nobody has seen."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.api.fuzz.battery import FIXED_SEED, SIZES
from tests.api.fuzz.dialects import DIALECTS
from tests.api.fuzz.fuzzer import Fuzzer
from tests.api.fuzz.population import Population


@pytest.fixture
def population(transactional_db: None) -> Iterator[Population]:
    """Rows that are committed. Their connection is kept: to open one for each request would take most of the time."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Population()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.timeout(600)  # on a machine that others use, too
@pytest.mark.parametrize("name", DIALECTS)
def test_nothing_that_is_sent_breaks_a_dialect_or_its_document(population: Population, name: str) -> None:
    size, fuzzer = SIZES["short"], Fuzzer(DIALECTS[name], population)
    for seed in (FIXED_SEED, secrets.randbits(32)):
        fuzzer.run(seed, size.requests, size.seconds)
    outcome = fuzzer.outcome
    assert "\n".join(map(str, outcome.found.values())) == ""
    assert outcome.requests >= size.least
    assert outcome.operations.keys() == {operation.label for operation in fuzzer.operations}
    assert outcome.statuses["2xx"] and outcome.statuses["4xx"]
