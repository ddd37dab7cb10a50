from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns.exceptions import CampaignNotFound, NotReady
from campaigns.lifecycle import Status
from campaigns.models import ActivityEvent, Campaign, CampaignEvent
from campaigns.services import (
    close_campaign,
    complete_campaign,
    pause_campaign,
    resume_campaign,
    soft_delete_campaign,
    start_campaign,
    start_due_campaigns,
)
from lib import clock
from lib.lifecycle import TransitionRefused
from organizations.models import AuditEvent, Organization
from organizations.services import Actor
from tests.factories import CampaignFactory, TargetFactory, UserFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DRAFT, SCHEDULED, RUNNING, PAUSED, COMPLETED, CLOSED = Status


def ready(organization: Organization, status: Status = DRAFT, **fields: Any) -> Campaign:
    """Make a campaign that lacks nothing."""
    if status == SCHEDULED:
        fields.setdefault("start_at", clock.now() + HOUR)
    campaign: Campaign = CampaignFactory(organization=organization, status=status, **fields)
    TargetFactory(campaign=campaign)
    return campaign


def start_later(*, campaign: Campaign) -> Campaign:
    return start_campaign(campaign=campaign, at=clock.now() + HOUR)


# What each service makes of each status; a status that is left out refuses.
MOVES: dict[Callable[..., Campaign], dict[Status, Status]] = {
    start_campaign: {DRAFT: RUNNING, SCHEDULED: RUNNING, PAUSED: RUNNING, COMPLETED: RUNNING},
    start_later: {DRAFT: SCHEDULED, SCHEDULED: SCHEDULED, PAUSED: PAUSED},
    pause_campaign: {RUNNING: PAUSED, SCHEDULED: PAUSED},
    resume_campaign: {PAUSED: RUNNING},
    complete_campaign: {DRAFT: COMPLETED, SCHEDULED: COMPLETED, RUNNING: COMPLETED, PAUSED: COMPLETED},
    close_campaign: {DRAFT: CLOSED, SCHEDULED: CLOSED, RUNNING: CLOSED, PAUSED: CLOSED, COMPLETED: CLOSED},
}


@pytest.mark.parametrize("service", MOVES)
@pytest.mark.parametrize("before", Status)
def test_each_service_makes_the_moves_of_the_table_and_refuses_all_others(
    acme: Organization, service: Callable[..., Campaign], before: Status
) -> None:
    campaign = ready(acme, before)
    after = MOVES[service].get(before)
    if after is None:
        with pytest.raises(TransitionRefused) as refusal:
            service(campaign=campaign)
        assert refusal.value.data["current"] == before
        after = before
    else:
        assert service(campaign=campaign).status == after
    assert Campaign.objects.get(pk=campaign.pk).status == after


@pytest.mark.parametrize("service", MOVES)
def test_a_move_is_told_in_the_timeline_and_the_audit_log(acme: Organization, service: Callable[..., Campaign]) -> None:
    before = next(status for status, after in MOVES[service].items() if after != status)
    campaign, user = ready(acme, before), UserFactory()
    arguments: dict[str, Any] = {"at": clock.now() + HOUR} if service is start_later else {}
    called = start_campaign if service is start_later else service
    after = called(campaign=campaign, actor=Actor(user=user), **arguments).status
    activity, audit = ActivityEvent.objects.get(), AuditEvent.objects.get()
    assert (activity.campaign, activity.user, audit.user, audit.object_id) == (campaign, user, user, campaign.pk)
    assert activity.kind == audit.action
    assert audit.changes["status"] == [before, after]
    assert CampaignEvent.objects.filter(campaign_id=campaign.pk, old_status=before, new_status=after).count() == 1


def test_a_campaign_that_lacks_something_does_not_start_and_says_what(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, agent=None)
    for start in (start_campaign, start_later):
        with pytest.raises(NotReady) as refusal:
            start(campaign=campaign)
        assert refusal.value.data == {"missing": ["agent", "targets"]}
    assert Campaign.objects.get(pk=campaign.pk).status == DRAFT


def test_a_paused_campaign_that_lacks_something_does_not_go_on(acme: Organization) -> None:
    with pytest.raises(NotReady):
        resume_campaign(campaign=CampaignFactory(organization=acme, status=PAUSED))


def test_a_closed_campaign_is_refused_for_being_closed_not_for_what_it_lacks(acme: Organization) -> None:
    with pytest.raises(TransitionRefused):
        start_campaign(campaign=CampaignFactory(organization=acme, status=CLOSED))


def test_a_contract_may_start_campaigns_that_have_nobody_yet(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, agent=None)
    assert start_campaign(campaign=campaign, require_ready=False).status == RUNNING


def test_a_time_that_has_passed_means_now(acme: Organization) -> None:
    campaign = start_campaign(campaign=ready(acme), at=clock.now() - timedelta(seconds=1))
    assert (campaign.status, campaign.start_at) == (RUNNING, None)


def test_a_new_time_replaces_the_old_one(acme: Organization) -> None:
    campaign, tomorrow = ready(acme, SCHEDULED), clock.now() + timedelta(days=1)
    start_campaign(campaign=campaign, at=tomorrow)
    assert Campaign.objects.get(pk=campaign.pk).start_at == tomorrow


def test_starting_now_takes_a_campaign_off_the_schedule(acme: Organization) -> None:
    assert start_campaign(campaign=ready(acme, SCHEDULED)).start_at is None


@pytest.mark.parametrize("service", [pause_campaign, complete_campaign, close_campaign])
def test_what_ends_or_pauses_a_campaign_takes_it_off_the_schedule(
    acme: Organization, service: Callable[..., Campaign]
) -> None:
    campaign = ready(acme, SCHEDULED, start_at=clock.now() + HOUR)
    service(campaign=campaign)
    assert start_due_campaigns(now=clock.now() + 2 * HOUR) == 0


def test_the_first_start_is_remembered_through_pauses(acme: Organization) -> None:
    campaign = start_campaign(campaign=ready(acme))
    first = campaign.started_at
    campaign = pause_campaign(campaign=campaign, reason="holiday")
    assert campaign.paused_reason == "holiday"
    campaign = resume_campaign(campaign=campaign)
    assert (campaign.started_at, campaign.paused_reason) == (first, "")


def test_a_completed_campaign_that_goes_on_has_not_ended(acme: Organization) -> None:
    campaign = complete_campaign(campaign=ready(acme, RUNNING))
    assert campaign.ended_at is not None
    assert start_campaign(campaign=campaign).ended_at is None


def test_a_contract_may_refuse_to_start_what_is_completed(acme: Organization) -> None:
    campaign = complete_campaign(campaign=ready(acme, RUNNING))
    with pytest.raises(TransitionRefused):
        start_campaign(campaign=campaign, reopen=False)
    assert Campaign.objects.get().status == COMPLETED
    assert start_campaign(campaign=ready(acme), reopen=False).status == RUNNING


def test_closing_keeps_the_time_at_which_a_campaign_was_completed(acme: Organization) -> None:
    completed = complete_campaign(campaign=ready(acme, RUNNING))
    assert close_campaign(campaign=completed).ended_at == completed.ended_at


def test_a_pause_is_not_refused_for_a_long_reason(acme: Organization) -> None:
    assert pause_campaign(campaign=ready(acme, RUNNING), reason="x" * 1000).paused_reason == "x" * 255


def test_a_deleted_campaign_cannot_be_started(acme: Organization) -> None:
    campaign = ready(acme)
    soft_delete_campaign(campaign=campaign)
    with pytest.raises(CampaignNotFound):
        start_campaign(campaign=campaign)


@pytest.mark.parametrize(
    ("service", "before", "wakes"),
    [(start_campaign, DRAFT, True), (resume_campaign, PAUSED, True), (pause_campaign, RUNNING, False)],
)
def test_the_dialler_is_woken_once_a_start_is_committed(
    acme: Organization,
    service: Callable[..., Campaign],
    before: Status,
    wakes: bool,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        service(campaign=ready(acme, before))
    assert bool(callbacks) == wakes


@pytest.mark.parametrize("status", [SCHEDULED, PAUSED])
def test_a_campaign_starts_when_its_time_has_come_and_not_before(acme: Organization, status: Status) -> None:
    now = clock.now()
    campaign = ready(acme, status, start_at=now)
    assert start_due_campaigns(now=now - timedelta(seconds=1)) == 0
    assert Campaign.objects.get(pk=campaign.pk).status == status
    assert start_due_campaigns(now=now) == 1
    assert start_due_campaigns(now=now) == 0
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert (campaign.status, campaign.start_at) == (RUNNING, None)


def test_a_campaign_paused_without_a_time_stays_paused(acme: Organization) -> None:
    ready(acme, PAUSED)
    assert start_due_campaigns(now=clock.now() + 1000 * HOUR) == 0


def test_a_deleted_campaign_is_not_started_by_its_time(acme: Organization) -> None:
    campaign = ready(acme, SCHEDULED)
    Campaign.objects.filter(pk=campaign.pk).soft_delete()
    assert start_due_campaigns(now=clock.now() + 2 * HOUR) == 0


@pytest.mark.parametrize("status", [SCHEDULED, PAUSED])
def test_a_campaign_that_is_not_ready_at_its_time_waits_for_people_and_says_why(
    acme: Organization, status: Status
) -> None:
    now = clock.now()
    broken = CampaignFactory(organization=acme, status=status, start_at=now - HOUR)
    fine = ready(acme, status, start_at=now)
    assert start_due_campaigns(now=now) == 1
    broken.refresh_from_db()
    assert (broken.status, broken.start_at) == (PAUSED, None)
    assert broken.paused_reason == "not ready at the scheduled time, missing: targets"
    assert ActivityEvent.objects.get(campaign=broken).kind == "campaign.start_failed"
    assert Campaign.objects.get(pk=fine.pk).status == RUNNING
