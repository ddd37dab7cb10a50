"""Lines are shared fairly, never beyond a limit, and nothing waits for ever."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import override_settings
from pytest_django import Settings

from campaigns.models import Campaign
from lib.ids import new_id
from organizations.models import Organization, ProviderAccount
from targets.capacity import Capacity, share_between_campaigns, share_between_organizations
from targets.claims import claim_due_work
from targets.demand import Demand
from targets.models import Attempt, CampaignTarget
from tests.factories import OrganizationFactory
from tests.targets.conftest import MONDAY
from tests.targets.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def demand(campaign_id: UUID | None = None, **fields: object) -> Demand:
    values = {
        "organization_id": new_id(),
        "organization_limit": 10,
        "priority": 0,
        "channel": "call",
        "rank": CampaignTarget.QueueRank.FRESH,
        "due": 100,
        "oldest": MONDAY,
        "last_claim": None,
    }
    return Demand(campaign_id=campaign_id or new_id(), **{**values, **fields})  # type: ignore[arg-type]  # a table of fields


def test_with_room_for_all_every_organization_gets_what_its_limit_leaves() -> None:
    small, large = demand(organization_limit=2, due=5), demand(organization_limit=20, due=7)
    with override_settings(PLATFORM_CONCURRENCY_LIMIT=50):
        shares = share_between_organizations([small, large], Capacity())
    assert shares == {small.organization_id: 2, large.organization_id: 7}


def test_scarce_lines_go_to_organizations_in_proportion_to_their_limits() -> None:
    small, large = demand(organization_limit=10), demand(organization_limit=30)
    with override_settings(PLATFORM_CONCURRENCY_LIMIT=20):
        shares = share_between_organizations([small, large], Capacity())
    assert shares == {small.organization_id: 5, large.organization_id: 15}


def test_lines_one_organization_does_not_want_go_to_the_others() -> None:
    idle, busy = demand(organization_limit=30, due=1), demand(organization_limit=10)
    with override_settings(PLATFORM_CONCURRENCY_LIMIT=10):
        shares = share_between_organizations([idle, busy], Capacity())
    assert shares == {idle.organization_id: 1, busy.organization_id: 9}


def test_the_higher_priority_is_served_first() -> None:
    low, high = demand(priority=1), demand(priority=5, due=3)
    assert share_between_campaigns([low, high], 5, MONDAY) == {high.campaign_id: 3, low.campaign_id: 2}


def test_equals_take_turns() -> None:
    first, second = demand(), demand()
    assert share_between_campaigns([first, second], 6, MONDAY) == {first.campaign_id: 3, second.campaign_id: 3}


def test_a_promised_callback_goes_before_any_priority() -> None:
    promised = demand(rank=CampaignTarget.QueueRank.PROMISED, due=1)
    urgent = demand(priority=100)
    assert share_between_campaigns([urgent, promised], 1, MONDAY) == {promised.campaign_id: 1}


def test_no_campaign_waits_for_ever_behind_a_more_urgent_one() -> None:
    """Serve one line a minute for three hours: the low one still gets its share of turns."""
    low, high = new_id(), new_id()
    served: Counter[UUID] = Counter()
    last = dict.fromkeys((low, high), MONDAY)
    for minute in range(180):
        at = MONDAY + timedelta(minutes=minute)
        both = [demand(low, last_claim=last[low]), demand(high, priority=20, last_claim=last[high])]
        (campaign_id,) = share_between_campaigns(both, 1, at)
        served[campaign_id] += 1
        last[campaign_id] = at
    assert 5 <= served[low] <= 10


@pytest.mark.parametrize("level", ["organization", "campaign", "phone_number", "account"])
def test_no_limit_is_passed_by_one(world: World, acme: Organization, level: str) -> None:
    campaign = world.campaign(acme)
    people = [world.person(acme, "agrees", f"+1212555{n:04d}", timezone="America/New_York") for n in range(5)]
    world.enrol(campaign, *people)
    limit(campaign, level, 2)

    assert len(claim_due_work(worker="test")) == 2
    assert claim_due_work(worker="test") == []
    assert Attempt.objects.live().count() == 2


def limit(campaign: Campaign, level: str, calls: int) -> None:
    account = ProviderAccount.objects.get(pk=campaign.agent.provider_account_id)  # type: ignore[union-attr]  # it has one
    row = {
        "organization": campaign.organization,
        "campaign": campaign,
        "phone_number": campaign.phone_number,
        "account": account,
    }[level]
    row.concurrency_limit = calls
    row.save()


def test_the_platform_limit_spans_organizations(world: World, acme: Organization, settings: Settings) -> None:
    settings.PLATFORM_CONCURRENCY_LIMIT = 4
    globex = OrganizationFactory(name="Globex", slug="globex")
    for organization, area in ((acme, "212"), (globex, "313")):
        people = [
            world.person(organization, "agrees", f"+1{area}555{n:04d}", timezone="America/New_York") for n in range(5)
        ]
        world.enrol(world.campaign(organization), *people)

    claim_due_work(worker="test")
    live = Counter(Attempt.objects.live().values_list("organization__slug", flat=True))
    assert live == {"acme": 2, "globex": 2}


def test_work_that_must_wait_does_not_hide_the_work_behind_it(world: World, acme: Organization) -> None:
    """Three hundred people whose night it is stand in front of one who may be called."""
    campaign = world.campaign(acme)
    asleep = [world.person(acme, "agrees", f"+1212556{n:04d}", timezone="Asia/Tokyo") for n in range(300)]
    awake = world.person(acme, "agrees", "+12125550001", timezone="America/New_York")
    world.enrol(campaign, *asleep, awake)
    CampaignTarget.objects.filter(customer=awake).update(next_attempt_at=MONDAY)

    claimed = 0
    for _ in range(5):
        claimed += len(claim_due_work(worker="test"))
    assert claimed == 1
    assert CampaignTarget.objects.filter(hold_reason="hours.outside_hours").count() == 300
