"""Reading conversations: what happens when the analyzer fails, lies or finds nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from organizations.models import Organization, ProviderAccount
from organizations.services import set_credentials
from providers.analysis.local.analyzer import VERSION
from providers.simulator.faults import AnswerFaults, Faults
from targets.models import CampaignTarget, OutboxMessage, Verification
from targets.verification import drain_verifications
from tests.targets.world import World

NEW_YORK = "+12125550101"


def called(world: World, acme: Organization, persona: str = "agrees") -> CampaignTarget:
    target = world.enrol(world.campaign(acme), world.person(acme, persona, NEW_YORK))
    world.step()
    target.refresh_from_db()
    return target


def try_again() -> None:
    OutboxMessage.objects.update(next_try_at=datetime.now(UTC) - timedelta(seconds=1))
    drain_verifications()


def test_an_analyzer_that_is_down_keeps_the_target_waiting_and_then_it_is_read(
    world: World, acme: Organization
) -> None:
    world.simulator.world.faults = Faults(analysis=AnswerFaults(server_error=1))
    target = called(world, acme)
    assert target.state == "verifying"
    assert OutboxMessage.objects.get().error

    world.simulator.world.faults = Faults()
    try_again()

    target.refresh_from_db()
    assert (target.state, target.done_reason) == ("done", "goal_met")


def test_where_an_analyzer_never_comes_back_the_local_one_reads(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(analysis=AnswerFaults(server_error=1))
    target = called(world, acme)
    for _ in range(8):
        try_again()

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.analysis_source) == ("done", "goal_met", f"local/{VERSION}")
    assert "500" in OutboxMessage.objects.get().error


@pytest.mark.parametrize("fault", ["malformed", "refused", "truncated"])
def test_an_answer_that_is_none_is_never_a_verdict(world: World, acme: Organization, fault: str) -> None:
    world.simulator.world.faults = Faults(analysis=AnswerFaults(**{fault: 1}))
    target = called(world, acme)
    for _ in range(8):
        try_again()

    target.refresh_from_db()
    assert Verification.objects.get().analyzer == "local"
    assert target.state != "verifying"


def test_without_a_model_the_local_analyzer_reads(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    ProviderAccount.objects.filter(kind="analysis").delete()
    target = world.enrol(campaign, world.person(acme, "agrees", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert (target.done_reason, target.analysis_source) == ("goal_met", f"local/{VERSION}")
    (quote, *_) = Verification.objects.get().quotes
    assert quote["text"]


def test_an_organization_may_prefer_the_local_analyzer_to_its_model(world: World, acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(analyzer=Organization.Analyzer.LOCAL)

    target = called(world, acme)

    assert target.analysis_source == f"local/{VERSION}"


def test_an_account_without_its_key_leaves_the_reading_to_the_local_analyzer(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    account = ProviderAccount.objects.get(organization=acme, kind="analysis")
    set_credentials(account=account, credentials={"model": "model-1"})
    target = world.enrol(campaign, world.person(acme, "agrees", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert target.analysis_source == f"local/{VERSION}"


def test_a_contradiction_is_not_a_yes(world: World, acme: Organization) -> None:
    target = called(world, acme, "contradicts")

    assert target.goal_met_at is None


def test_a_contact_goal_is_met_by_an_answer_without_any_analyzer(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme, goal="", goal_spec={"objectives": [{"type": "contact", "channels": ["call"]}]})
    target = world.enrol(campaign, world.person(acme, "undecided", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.stage) == ("done", "goal_met", "won")
    assert not Verification.objects.exists()
