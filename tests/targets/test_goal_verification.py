from __future__ import annotations

import pytest

from campaigns.models import Campaign
from campaigns.services import update_campaign
from organizations.models import AuditEvent, Organization
from providers.base import ProviderError
from providers.simulator.faults import AnswerFaults, Faults
from targets.goal_verification import verify_goal
from targets.models import CampaignTarget, Verification
from tests.targets.world import World

NEW_YORK = "+12125550101"
CONTACT = {"objectives": [{"type": "contact", "min_count": 9}]}


def called(world: World, acme: Organization, persona: str) -> CampaignTarget:
    """Somebody who was called once in a campaign whose goal needs no reading."""
    campaign = world.campaign(acme, goal="", goal_spec=CONTACT)
    target = world.enrol(campaign, world.person(acme, persona, NEW_YORK))
    world.step()
    target.refresh_from_db()
    assert target.ai_label == "unknown"
    return target


def wants_a_yes(campaign: Campaign) -> None:
    goal = "The person agrees to come to the demo."
    update_campaign(campaign=campaign, changes={"goal": goal, "goal_spec": {"objectives": [{"type": "ai"}]}})


def test_a_yes_that_was_said_wins_the_target(world: World, acme: Organization) -> None:
    target = called(world, acme, "agrees")
    wants_a_yes(target.campaign)
    verified = verify_goal(target=target)
    assert (verified.ai_label, verified.stage, verified.state) == ("positive", "won", "done")
    assert verified.goal_analysis is not None
    assert verified.next_attempt_at is None
    assert AuditEvent.objects.get(action="target.verified").changes == {"verdict": [None, "met"]}


def test_a_no_that_was_said_ends_the_outreach(world: World, acme: Organization) -> None:
    target = called(world, acme, "declines")
    wants_a_yes(target.campaign)
    verified = verify_goal(target=target)
    assert (verified.ai_label, verified.done_reason, verified.stage) == ("negative", "declined", "lost")


def test_without_a_conversation_nothing_is_known_and_nothing_moves(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    verified = verify_goal(target=target)
    assert (verified.ai_label, verified.state, verified.stage) == ("unknown", "ready", "new")
    assert verified.ai_reason
    assert not Verification.objects.exists()


def test_an_analyzer_that_is_down_changes_nothing(world: World, acme: Organization) -> None:
    target = called(world, acme, "agrees")
    wants_a_yes(target.campaign)
    world.simulator.world.faults = Faults(analysis=AnswerFaults(server_error=1))
    with pytest.raises(ProviderError):
        verify_goal(target=target)
    target.refresh_from_db()
    assert target.ai_label == "unknown"
