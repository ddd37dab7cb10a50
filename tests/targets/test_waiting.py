from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign
from lib import clock
from organizations.switches import set_dialing
from targets.waiting import why_waiting
from tests.factories import AttemptFactory, CampaignFactory, TargetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    campaign: Campaign = CampaignFactory(status="running")
    return campaign


def reasons(campaign: Campaign) -> dict[str, int]:
    return {waiting.reason: waiting.count for waiting in why_waiting(campaign)}


def test_a_campaign_without_targets_waits_for_nothing(campaign: Campaign) -> None:
    assert reasons(campaign) == {}


def test_a_draft_says_that_it_is_one() -> None:
    target = TargetFactory()
    assert reasons(target.campaign) == {"the campaign is draft": 1}


def test_a_pause_says_why() -> None:
    target = TargetFactory(campaign__status="paused", campaign__paused_reason="lunch")
    assert reasons(target.campaign) == {"the campaign is paused: lunch": 1}


def test_hours_name_the_first_moment(campaign: Campaign) -> None:
    at = clock.now() + timedelta(hours=3)
    TargetFactory.create_batch(2, campaign=campaign, next_attempt_at=at, hold_reason="hours.outside_hours")
    TargetFactory(campaign=campaign, next_attempt_at=at + timedelta(hours=1), hold_reason="hours.outside_hours")

    [waiting] = why_waiting(campaign)

    assert (waiting.count, waiting.reason, waiting.until) == (3, "their working hours", at)


def test_busy_lines_are_named(campaign: Campaign) -> None:
    campaign.organization.concurrency_limit = 1
    campaign.organization.save()
    live = TargetFactory(campaign=campaign, state="contacting")
    AttemptFactory(target=live)
    TargetFactory(campaign=campaign)

    assert reasons(campaign) == {"the organization's 1 lines are busy": 1, "an attempt is live": 1}


def test_a_stop_of_the_platform_comes_before_everything(campaign: Campaign) -> None:
    TargetFactory(campaign=campaign)
    set_dialing(value="quarantined", reason="restored from backup")

    [reason] = reasons(campaign)
    assert reason.startswith("dialing is stopped: the platform is quarantined")
