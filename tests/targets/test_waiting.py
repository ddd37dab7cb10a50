"""Why the people of a campaign are not being contacted, in the words an operator reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from lib import clock
from organizations.models import Organization
from organizations.switches import set_dialing
from targets import waiting
from targets.claims import claim_due_work
from targets.hold_reasons import in_words
from targets.waiting import why_waiting
from tests.factories import AttemptFactory, CampaignFactory, CustomerFactory, TargetFactory
from tests.targets.world import World, set_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    campaign: Campaign = CampaignFactory(status="running")
    return campaign


def reasons(campaign: Campaign) -> dict[str, int]:
    return {line.words: line.count for line in why_waiting(campaign)}


def on_the_phone(campaign: Campaign, **fields: object) -> None:
    """Add somebody to the campaign who is in a call."""
    AttemptFactory(target=TargetFactory(campaign=campaign, state="contacting"), **fields)


def test_a_campaign_without_targets_waits_for_nothing(campaign: Campaign) -> None:
    assert reasons(campaign) == {}


def test_a_draft_says_that_it_is_one() -> None:
    target = TargetFactory()
    assert reasons(target.campaign) == {"held: the campaign is draft": 1}


def test_a_pause_says_why() -> None:
    target = TargetFactory(campaign__status="paused", campaign__paused_reason="lunch")
    assert reasons(target.campaign) == {"held: the campaign is paused: lunch": 1}


def test_people_outside_their_hours_are_told_apart_by_their_own_morning(world: World, acme: Organization) -> None:
    set_clock(datetime(2026, 6, 1, 13, 30, tzinfo=UTC))  # 08:30 in Chicago, 06:30 in Los Angeles
    campaign = world.campaign(acme)
    people = [CustomerFactory(organization=acme, phone=f"+1312555010{n}") for n in range(3)]
    world.enrol(campaign, *people, CustomerFactory(organization=acme, phone="+13105550102"))

    assert claim_due_work(worker="test") == []

    assert [str(line) for line in why_waiting(campaign)] == [
        "3 outside hours until 09:00 America/Chicago",
        "1 outside hours until 09:00 America/Los_Angeles",
    ]


def test_another_day_is_named(campaign: Campaign) -> None:
    at = datetime(2100, 6, 1, 14, 0, tzinfo=UTC)
    customer = CustomerFactory(organization=campaign.organization, timezone="America/Chicago")
    TargetFactory(campaign=campaign, customer=customer, hold_reason="hours.blackout", next_attempt_at=at)

    assert reasons(campaign) == {"in a blackout until Tue 01 Jun 09:00 America/Chicago": 1}


def test_reasons_without_a_common_moment_name_the_first(campaign: Campaign) -> None:
    for hour in (17, 18):
        at = datetime(2100, 6, 1, hour, tzinfo=UTC)
        TargetFactory(campaign=campaign, hold_reason="daily_cap", next_attempt_at=at)
    [line] = why_waiting(campaign)
    assert (line.count, line.reason, line.is_first) == (2, "capped", True)
    assert line.words == "capped, the first until Tue 01 Jun 17:00 UTC"


def test_the_organizations_limit_is_named(campaign: Campaign) -> None:
    campaign.organization.concurrency_limit = 1
    campaign.organization.save()
    on_the_phone(campaign)
    TargetFactory(campaign=campaign)

    assert reasons(campaign) == {"at the organization's limit of 1 call at once": 1, "in contact": 1}


def test_each_other_limit_is_named_where_it_is_the_one(campaign: Campaign, settings: object) -> None:
    TargetFactory(campaign=campaign)
    number, account = campaign.phone_number, campaign.agent.provider_account if campaign.agent else None
    assert number is not None
    assert account is not None
    on_the_phone(campaign, phone_number=number, provider_account=account)
    assert "next in line" in reasons(campaign)

    number.concurrency_limit = 1
    number.save()
    assert "at the number's limit of 1 call at once" in reasons(campaign)
    account.concurrency_limit = 1
    account.save()
    both = "at the number's limit of 1 call at once and the provider account's limit of 1 call at once"
    assert both in reasons(Campaign.objects.get(pk=campaign.pk))
    number.concurrency_limit = None
    number.save()
    account.concurrency_limit = None
    account.save()
    campaign.concurrency_limit = 1
    campaign.save()
    assert "at the campaign's limit of 1 call at once" in reasons(Campaign.objects.get(pk=campaign.pk))
    settings.PLATFORM_CONCURRENCY_LIMIT = 1  # type: ignore[attr-defined]  # pytest-django's
    assert any(words.startswith("at the platform's limit of 1 call at once and") for words in reasons(campaign))


def test_who_is_in_review_or_being_read_is_counted(campaign: Campaign) -> None:
    TargetFactory(campaign=campaign, state="review", next_attempt_at=None)
    TargetFactory.create_batch(2, campaign=campaign, state="verifying", next_attempt_at=None)

    assert [str(line) for line in why_waiting(campaign)] == ["2 being read", "1 in review"]


def test_a_stop_of_the_platform_comes_before_everything(campaign: Campaign) -> None:
    TargetFactory(campaign=campaign)
    set_dialing(value="quarantined", reason="restored from backup")

    [reason] = reasons(campaign)
    assert reason.startswith("held: dialing is stopped, the platform is quarantined")


def test_whoever_stands_further_back_is_counted_too(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOKED_AT", 2)
    TargetFactory.create_batch(5, campaign=campaign)

    assert reasons(campaign) == {"next in line": 2, "further back in the queue": 3}


def test_the_answer_costs_the_same_however_many_wait(campaign: Campaign) -> None:
    later = clock.now() + timedelta(hours=5)
    TargetFactory(campaign=campaign, hold_reason="hours.outside_hours", next_attempt_at=later)
    why_waiting(campaign)
    with CaptureQueriesContext(connection) as few:
        why_waiting(campaign)
    TargetFactory.create_batch(20, campaign=campaign, hold_reason="hours.outside_hours", next_attempt_at=later)
    with CaptureQueriesContext(connection) as many:
        why_waiting(campaign)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("hours.outside_hours", "outside hours"),
        ("provider.rate_limited", "refused by the provider (rate limited), to be tried again"),
        ("campaign.paused", "held while the campaign is paused"),
        ("suppressed.in_call", "suppressed (in call)"),
        ("something.new", "something.new"),
        ("newer_still", "newer still"),
        ("", "not due yet"),
    ],
)
def test_every_code_has_words(reason: str, words: str) -> None:
    assert in_words(reason) == words
