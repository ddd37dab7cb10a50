"""The counters that triggers keep are what a recount of the rows finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from campaigns.counters import fold_counters, read_counters
from campaigns.models import Campaign
from organizations.models import Organization
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from tests.connections import run_together
from tests.db.traffic import Traffic, counted_anew
from tests.factories import CampaignFactory, OrganizationFactory, TargetFactory

SEEDS = range(8)
STEPS = 300
ACTIONS = ("follow_up", "callback", "escalation", "missed_goal", "negative_sentiment")
CALLS = ("pending", "in_progress", "answered", "busy", "no_answer", "voicemail", "failed", "gave_up", "unknown")


def assert_counters_hold(campaigns: list[Campaign]) -> None:
    counters = read_counters([campaign.pk for campaign in campaigns])
    assert counters == {campaign.pk: counted_anew(campaign) for campaign in campaigns}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_change_the_counters_are_what_a_recount_finds(acme: Organization, seed: int) -> None:
    traffic = Traffic([CampaignFactory(organization=acme) for _ in range(2)], seed)
    for number in range(STEPS):
        traffic.step()
        if number % 7 == 0:
            assert_counters_hold(traffic.campaigns)
        if number % 30 == 0:
            fold_counters(batch=10)
    assert_counters_hold(traffic.campaigns)


@pytest.mark.django_db
def test_the_traffic_of_these_tests_reaches_every_kind_of_counter(acme: Organization) -> None:
    missing = {
        *(f"targets.state.{state}" for state in TargetState.values),
        *(f"targets.action.{what}" for what in ACTIONS),
        *("targets.contacted", "targets.succeeded", "targets.failed", "targets.recall"),
        *(f"attempts.call.{sort}" for sort in CALLS),
        *("attempts.whatsapp.sent", "attempts.email.sent"),
    }
    for seed in SEEDS:
        traffic = Traffic([CampaignFactory(organization=acme)], seed)
        for number in range(STEPS):
            traffic.step()
            if number % 5 == 0:
                missing -= counted_anew(traffic.campaigns[0]).keys()
        if not missing:
            break
    assert missing == set()


@pytest.mark.django_db
def test_a_target_of_one_campaign_is_counted_in_no_other(acme: Organization) -> None:
    counted, empty = CampaignFactory(organization=acme), CampaignFactory(organization=acme)
    TargetFactory(campaign=counted)
    assert read_counters([empty.pk])[empty.pk] == {}


@pytest.mark.django_db
def test_an_update_that_moves_nobody_between_counters_writes_no_deltas(acme: Organization) -> None:
    target = TargetFactory(campaign__organization=acme)
    fold_counters()
    CampaignTarget.objects.filter(pk=target.pk).update(ai_reason="as before", refusals=3)
    assert fold_counters() == 0


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_campaign_and_a_folder_leave_the_counters_exact() -> None:
    campaign = CampaignFactory(organization=OrganizationFactory(slug="acme"))
    writers = [Traffic([campaign], seed) for seed in (1, 2)]

    def fold() -> None:
        for _ in range(60):
            fold_counters(batch=5)

    def write(traffic: Traffic) -> Callable[[], None]:
        def run() -> None:
            for _ in range(80):
                traffic.step()

        return run

    assert run_together(fold, *map(write, writers)) == [None, None, None]
    assert_counters_hold([campaign])
