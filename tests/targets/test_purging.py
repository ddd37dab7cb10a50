from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin import site
from psycopg.types.range import TimestamptzRange

from campaigns.counters import fold_counters
from campaigns.exceptions import CampaignNotFound
from campaigns.models import ActivityEvent, Campaign, Counter, CounterDelta, Stage
from campaigns.services import restore_campaign, soft_delete_campaign
from customers.models import DialLedger
from lib import clock
from organizations.models import AuditEvent, Organization
from targets import purging
from targets.exceptions import AttemptsUnderWay
from targets.models import Attempt, AttemptEvent, CampaignTarget, Conversation
from targets.purging import drain_purges, purge_campaign, remove_attempts
from tests.factories import CampaignFactory, TargetFactory
from tests.targets.test_removal import called

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme, status="running")
    return made


def test_a_purge_with_attempts_leaves_nothing_but_ledger_and_audit(campaign: Campaign) -> None:
    called(TargetFactory(campaign=campaign))
    TargetFactory.create_batch(2, campaign=campaign)
    other = called(TargetFactory(campaign=CampaignFactory(organization=campaign.organization)))
    fold_counters()
    purge_campaign(campaign=campaign, delete_attempts=True)
    assert list(Campaign.all_objects.all()) == [other.campaign]
    assert list(CampaignTarget.all_objects.all()) == [other.target]
    assert list(Attempt.objects.all()) == [other]
    assert Conversation.objects.count() == 1
    assert {event.attempt_id for event in AttemptEvent.objects.all()} == {other.pk}
    assert not Stage.objects.filter(campaign_id=campaign.pk).exists()
    assert not ActivityEvent.objects.filter(campaign_id=campaign.pk).exists()
    for counts in (Counter, CounterDelta):
        assert not counts.objects.filter(campaign_id=campaign.pk).exists()
    assert DialLedger.objects.count() == 2
    assert AuditEvent.objects.filter(action="campaign.purged", object_id=campaign.pk).exists()


def test_without_them_attempts_stay_with_a_nameless_shell(campaign: Campaign) -> None:
    attempt = called(TargetFactory(campaign=campaign))
    TargetFactory.create_batch(2, campaign=campaign)
    purge_campaign(campaign=campaign, delete_attempts=False)
    shell = Campaign.all_objects.get()
    assert (shell.name, shell.goal, shell.is_deleted, shell.status) == ("", None, True, "closed")
    assert list(CampaignTarget.all_objects.all()) == [attempt.target]
    assert Conversation.objects.get().attempt == attempt
    drain_purges()
    assert Attempt.objects.count() == 1


def test_operators_do_not_see_the_shell(campaign: Campaign) -> None:
    called(TargetFactory(campaign=campaign))
    purge_campaign(campaign=campaign, delete_attempts=False)
    pages: Any = site.get_model_admin(Campaign)
    assert not pages.rows().exists()


@pytest.mark.parametrize("delete_attempts", [True, False])
def test_a_purged_campaign_neither_comes_back_nor_goes_twice(campaign: Campaign, delete_attempts: bool) -> None:
    called(TargetFactory(campaign=campaign))
    purge_campaign(campaign=campaign, delete_attempts=delete_attempts)
    with pytest.raises(CampaignNotFound):
        restore_campaign(campaign=campaign)
    with pytest.raises(CampaignNotFound):
        purge_campaign(campaign=campaign, delete_attempts=True)


def test_whoever_is_being_contacted_is_removed_when_that_is_over(campaign: Campaign) -> None:
    attempt = called(TargetFactory(campaign=campaign), state="accepted", outcome="", ended_at=None)
    TargetFactory(campaign=campaign)
    purge_campaign(campaign=campaign, delete_attempts=True)
    assert list(CampaignTarget.all_objects.all()) == [attempt.target]
    drain_purges()
    assert Attempt.objects.count() == 1
    Attempt.objects.update(state="completed", outcome="answered", ended_at=clock.now())
    drain_purges()
    assert not Campaign.all_objects.exists()


def test_many_targets_leave_in_batches(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    monkeypatch.setattr(purging, "_AT_ONCE", 4)
    TargetFactory.create_batch(7, campaign=campaign)
    purge_campaign(campaign=campaign, delete_attempts=True)
    assert CampaignTarget.all_objects.count() == 3
    drain_purges()
    assert not Campaign.all_objects.exists()


def test_attempts_can_go_while_the_campaign_only_hides(campaign: Campaign) -> None:
    tried = called(TargetFactory(campaign=campaign)).target
    fresh = TargetFactory(campaign=campaign)
    soft_delete_campaign(campaign=campaign)
    assert remove_attempts(campaign=campaign) == 1
    assert not Attempt.objects.exists()
    restore_campaign(campaign=campaign)
    tried.refresh_from_db()
    fresh.refresh_from_db()
    assert (tried.state, tried.done_reason) == ("done", "campaign_ended")
    assert fresh.state == "ready"


def test_attempts_stay_while_their_quiet_time_lasts(campaign: Campaign) -> None:
    now = clock.now()
    called(TargetFactory(campaign=campaign), quiet=TimestamptzRange(now, now + timedelta(minutes=9)))
    soft_delete_campaign(campaign=campaign)
    with pytest.raises(AttemptsUnderWay):
        remove_attempts(campaign=campaign)
    assert Attempt.objects.count() == 1
