"""Are the places to die in really passed? A point that nothing passes proves nothing."""

from __future__ import annotations

from lib import crash_points
from organizations.models import Organization
from tests.targets.world import World

NEW_YORK = "+12125550101"
# Those of the sweep and of imports are passed elsewhere: nothing is left standing here, and nothing imported.
OF_ONE_CALL = {"W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "H1", "H2", "H3", "O1", "O2"}


def test_a_usual_call_passes_every_place_to_die_in(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    passed: set[str] = set()
    crash_points.install(passed.add)
    try:
        world.step()
    finally:
        crash_points.install(None)

    assert passed == OF_ONE_CALL
