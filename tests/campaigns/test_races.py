"""Two connections at one campaign: the row's lock puts them in an order, and the second sees what the first did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import timedelta

import pytest
from django.db import transaction

from campaigns.exceptions import CampaignNotFound
from campaigns.lifecycle import CAMPAIGN_LIFECYCLE, Status
from campaigns.models import Campaign, CampaignEvent
from campaigns.services import (
    close_campaign,
    complete_campaign,
    pause_campaign,
    resume_campaign,
    soft_delete_campaign,
    start_campaign,
    start_due_campaigns,
    update_campaign,
)
from lib import clock
from lib.lifecycle import TransitionRefused
from organizations.models import Organization
from tests.connections import PATIENCE_SECONDS, run_together, start_beside, wait_until_blocked
from tests.factories import CampaignFactory, OrganizationFactory, TargetFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme(transactional_db: None) -> Organization:
    return OrganizationFactory(slug="acme")


def ready(organization: Organization, status: Status, **fields: object) -> Campaign:
    campaign: Campaign = CampaignFactory(organization=organization, status=status, **fields)
    TargetFactory(campaign=campaign)
    return campaign


def moves_of(campaign: Campaign) -> Iterator[tuple[str | None, str]]:
    yield from (
        CampaignEvent.objects.filter(campaign_id=campaign.pk).order_by("id").values_list("old_status", "new_status")
    )


def assert_told_as_it_happened(campaign: Campaign) -> None:
    """The log is one unbroken chain of legal moves that ends in the present status."""
    (_, current), *moves = moves_of(campaign)
    for before, after in moves:
        assert before == current
        assert CAMPAIGN_LIFECYCLE.allows(current, after)
        current = after
    assert Campaign.all_objects.get(pk=campaign.pk).status == current


def while_uncommitted(first: Callable[[], Campaign], second: Callable[[], Campaign]) -> Future[Campaign]:
    """Run `second` on another connection while `first` is done but not committed, then commit; return the second."""
    with transaction.atomic():
        first()
        other = start_beside(second)
        wait_until_blocked()
        assert not other.done()
    return other


@pytest.mark.parametrize(
    ("first", "second", "ends_as"),
    [
        (start_campaign, pause_campaign, Status.PAUSED),
        (pause_campaign, start_campaign, Status.RUNNING),
        (start_campaign, complete_campaign, Status.COMPLETED),
    ],
)
def test_the_second_of_two_moves_waits_and_goes_on_from_the_first(
    acme: Organization, first: Callable[..., Campaign], second: Callable[..., Campaign], ends_as: Status
) -> None:
    campaign = ready(acme, Status.SCHEDULED, start_at=clock.now() + timedelta(hours=1))
    other = while_uncommitted(lambda: first(campaign=campaign), lambda: second(campaign=campaign))
    assert other.result(PATIENCE_SECONDS).status == ends_as
    assert_told_as_it_happened(campaign)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (close_campaign, start_campaign),
        (close_campaign, pause_campaign),
        (complete_campaign, pause_campaign),
        (start_campaign, start_campaign),
    ],
)
def test_the_second_of_two_moves_is_refused_where_the_first_left_no_way(
    acme: Organization, first: Callable[..., Campaign], second: Callable[..., Campaign]
) -> None:
    campaign = ready(acme, Status.SCHEDULED, start_at=clock.now() + timedelta(hours=1))
    other = while_uncommitted(lambda: first(campaign=campaign), lambda: second(campaign=campaign))
    with pytest.raises(TransitionRefused):
        other.result(PATIENCE_SECONDS)
    assert_told_as_it_happened(campaign)


def test_a_start_finds_that_the_campaign_was_just_deleted(acme: Organization) -> None:
    campaign = ready(acme, Status.DRAFT)
    other = while_uncommitted(
        lambda: soft_delete_campaign(campaign=campaign), lambda: start_campaign(campaign=campaign)
    )
    with pytest.raises(CampaignNotFound):
        other.result(PATIENCE_SECONDS)


def test_two_updates_of_different_fields_both_hold(acme: Organization) -> None:
    campaign = ready(acme, Status.DRAFT)
    while_uncommitted(
        lambda: update_campaign(campaign=campaign, changes={"priority": 7}),
        lambda: update_campaign(campaign=campaign, changes={"name": "Summer"}),
    ).result(PATIENCE_SECONDS)
    fresh = Campaign.objects.get(pk=campaign.pk)
    assert (fresh.priority, fresh.name) == (7, "Summer")


@pytest.mark.parametrize("round_", range(5))
def test_moves_at_the_same_time_never_break_the_chain(acme: Organization, round_: int) -> None:
    campaign = ready(acme, Status.PAUSED)
    services = [resume_campaign, pause_campaign, start_campaign, complete_campaign]
    calls = [lambda service=service: service(campaign=campaign) for service in services * 2]
    for result in run_together(*calls):
        assert isinstance(result, Campaign | TransitionRefused)
    assert_told_as_it_happened(campaign)


def test_two_copies_of_the_schedule_start_each_campaign_once(acme: Organization) -> None:
    now = clock.now()
    campaigns = [ready(acme, Status.SCHEDULED, start_at=now) for _ in range(10)]
    started = run_together(*[lambda: start_due_campaigns(now=now)] * 3)
    assert sum(count for count in started if isinstance(count, int)) == len(campaigns)
    for campaign in campaigns:
        assert list(moves_of(campaign)) == [(None, "scheduled"), ("scheduled", "running")]


def test_the_schedule_does_not_wait_for_a_campaign_somebody_is_deciding_about(acme: Organization) -> None:
    now = clock.now()
    held, free = (ready(acme, Status.SCHEDULED, start_at=now) for _ in range(2))
    with transaction.atomic():
        pause_campaign(campaign=held)
        assert start_beside(lambda: start_due_campaigns(now=now)).result(PATIENCE_SECONDS) == 1
    assert Campaign.objects.get(pk=free.pk).status == Status.RUNNING
    assert Campaign.objects.get(pk=held.pk).status == Status.PAUSED


def test_targets_can_be_added_while_a_campaign_is_being_paused(acme: Organization) -> None:
    campaign = ready(acme, Status.RUNNING)
    with transaction.atomic():
        pause_campaign(campaign=campaign)
        start_beside(lambda: TargetFactory(campaign=campaign)).result(PATIENCE_SECONDS)
    assert campaign.targets.count() == 2
