"""A stop between claiming somebody and calling them holds the call back, whoever and whatever is stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from campaigns.models import Campaign
from campaigns.services import pause_campaign
from organizations.models import Organization, ProviderAccount
from organizations.switches import (
    resume_account,
    resume_dialing,
    set_dialing,
    share_switches,
    stop_account,
    stop_dialing,
)
from targets.claims import claim_due_work
from targets.models import CampaignTarget
from targets.submission import submit_attempt
from tests.connections import start_beside, wait_until_blocked
from tests.targets.world import World

NEW_YORK = "+12125550101"
PATIENCE_SECONDS = 20

STOPS: dict[str, Callable[[], object]] = {
    "platform": lambda: set_dialing(value="stopped", reason="drill"),
    "organization": lambda: stop_dialing(organization=Organization.objects.get(), reason="drill"),
    "account": lambda: stop_account(account=ProviderAccount.objects.get(kind="elevenlabs"), reason="drill"),
    "campaign": lambda: pause_campaign(campaign=Campaign.objects.get(), reason="drill"),
}


@pytest.mark.parametrize("whose", STOPS)
def test_a_stop_between_claim_and_call_holds_the_call(world: World, acme: Organization, whose: str) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")

    STOPS[whose]()

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    assert world.placed() == []
    target = CampaignTarget.objects.get()
    assert (target.state, target.calls_made) == ("ready", 0)
    assert target.hold_reason in ("dialing_stopped", "provider_stopped", "campaign.paused")


@pytest.mark.parametrize("whose", ["platform", "organization", "account"])
def test_a_stop_waits_for_a_contact_that_is_being_decided(world: World, acme: Organization, whose: str) -> None:
    world.campaign(acme)
    with transaction.atomic():
        share_switches(acme.pk)
        stop = start_beside(STOPS[whose])
        wait_until_blocked()
        assert not stop.done()
    stop.result(PATIENCE_SECONDS)


def test_a_contact_waits_for_a_stop_that_is_being_made(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")
    with transaction.atomic():
        stop_dialing(organization=acme, reason="drill")
        submission = start_beside(lambda: submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence))
        wait_until_blocked()
    assert submission.result(PATIENCE_SECONDS) == "released"
    assert CampaignTarget.objects.get().hold_reason == "dialing_stopped"
    assert world.placed() == []


def test_a_stop_of_one_organization_holds_up_no_other(world: World, acme: Organization, globex: Organization) -> None:
    with transaction.atomic():
        share_switches(globex.pk)
        assert start_beside(lambda: stop_dialing(organization=acme)).result(PATIENCE_SECONDS)


def test_resuming_lets_people_be_called_again(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    STOPS["organization"]()
    STOPS["account"]()
    assert world.step() == 0

    resume_dialing(organization=acme)
    resume_account(account=ProviderAccount.objects.get(kind="elevenlabs"))

    assert world.step() == 1
    assert len(world.placed()) == 1
