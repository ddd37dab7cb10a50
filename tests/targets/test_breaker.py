"""A campaign whose attempts fail is paused, with the reason, before it burns its people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign
from campaigns.services.lifecycle import resume_campaign
from lib.ids import new_id
from organizations.models import Organization
from targets.breaker import FEWEST, trip_breakers
from targets.models import Attempt
from tests.targets.conftest import MONDAY
from tests.targets.world import World, set_clock

pytestmark = pytest.mark.django_db(transaction=True)


def campaign_with(world: World, organization: Organization, **states: int) -> Campaign:
    """Return a running campaign with sent attempts of these states; names are ``state`` or ``state__code``."""
    campaign = world.campaign(organization)
    total = sum(states.values())
    people = [world.person(organization, "agrees", f"+1212555{n:04d}") for n in range(total)]
    world.enrol(campaign, *people)
    wanted = [name.split("__") for name, number in states.items() for _ in range(number)]
    for target, (state, *code) in zip(campaign.targets.all(), wanted, strict=True):
        Attempt.objects.create(
            organization=organization,
            campaign=campaign,
            target=target,
            customer=target.customer,
            channel="call",
            number=1,
            address=target.customer.phone,
            state=state,
            error_code=code[0] if code else "",
            provider_id=f"call-{target.pk}",
            lease_until=target.next_attempt_at,
            state_since=target.next_attempt_at,
            reserved_at=target.next_attempt_at,
            submit_started_at=target.next_attempt_at,
        )
    return campaign


def test_too_many_failures_pause_the_campaign_and_say_why(world: World, acme: Organization) -> None:
    campaign = campaign_with(world, acme, completed=5, rejected__other=4, unknown__in_doubt=2)
    assert trip_breakers() == 1
    campaign.refresh_from_db()
    assert campaign.status == "paused"
    assert campaign.paused_reason == "6 of the latest 11 attempts failed, most of them: other"


def test_a_few_failures_say_nothing_yet(world: World, acme: Organization) -> None:
    campaign_with(world, acme, failed=FEWEST - 1)
    assert trip_breakers() == 0


def test_people_who_cannot_be_reached_are_no_failure(world: World, acme: Organization) -> None:
    campaign_with(world, acme, rejected__invalid_address=12)
    assert trip_breakers() == 0


def test_a_vendor_that_asks_to_wait_trips_nothing(world: World, acme: Organization) -> None:
    campaign_with(world, acme, rejected__rate_limited=20, completed=3)
    assert trip_breakers() == 0


def test_without_a_limit_nothing_trips(world: World, acme: Organization) -> None:
    campaign = campaign_with(world, acme, failed=15)
    Campaign.objects.filter(pk=campaign.pk).update(failure_limit_percent=None)
    assert trip_breakers() == 0


def test_what_an_operator_has_seen_does_not_trip_it_again(world: World, acme: Organization) -> None:
    campaign = campaign_with(world, acme, failed=12)
    Attempt.objects.update(reserved_at=campaign.created_at)
    assert trip_breakers() == 1
    set_clock(MONDAY + timedelta(hours=1))
    campaign.refresh_from_db()
    resume_campaign(campaign=campaign)
    assert trip_breakers() == 0


def test_people_whose_calls_fail_again_and_again_count_once(world: World, acme: Organization) -> None:
    campaign = campaign_with(world, acme, completed=8, failed=6)
    failing = list(Attempt.objects.filter(campaign=campaign, state="failed"))
    for number in (2, 3, 4):
        for attempt in failing:
            attempt.pk = new_id()
            attempt.number = number
            attempt.provider_id = f"call-{attempt.pk}"
            attempt.reserved_at += timedelta(hours=1)
            attempt.save(force_insert=True)
    assert trip_breakers() == 0
    Campaign.objects.filter(pk=campaign.pk).update(failure_limit_percent=40)
    assert trip_breakers() == 1
    campaign.refresh_from_db()
    assert campaign.paused_reason.startswith("6 of the latest 14")
