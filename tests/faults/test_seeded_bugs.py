"""Do the checks see anything? Each mistake below, put into the engine, must be found by its scenario."""

from __future__ import annotations

import pytest

from organizations.models import Organization
from tests.faults.scenarios import Scenario
from tests.faults.seeded_bugs import SEEDED_BUGS, SeededBug
from tests.targets.world import World

SCENARIOS = sorted({bug.scenario for bug in SEEDED_BUGS}, key=lambda scenario: str(scenario))


@pytest.mark.parametrize("bug", SEEDED_BUGS, ids=lambda bug: bug.name)
def test_a_seeded_bug_is_caught(
    world: World, acme: Organization, monkeypatch: pytest.MonkeyPatch, bug: SeededBug
) -> None:
    bug.plant(monkeypatch)

    assert bug.scenario(world, acme) != []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_engine_as_it_is_gives_no_cause_for_complaint(world: World, acme: Organization, scenario: Scenario) -> None:
    assert scenario(world, acme) == []
