"""An operator promises a call, and the promise is kept or refused, never dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.services import close_campaign
from lib import clock
from lib.errors import InvalidField
from organizations.models import AuditEvent
from targets.callbacks import promise_callback
from targets.exceptions import CallbackNotPossible, CampaignNotOpen, TargetInContact, TargetNotFound
from targets.models import CampaignTarget
from targets.removal import remove_target
from tests import factories

DONE = {"state": "done", "next_attempt_at": None}


@pytest.fixture
def target(transactional_db: None) -> CampaignTarget:
    every_hour = [{"days": list(range(7)), "start": "00:00", "end": "24:00"}]
    made: CampaignTarget = factories.TargetFactory(campaign__working_hours=every_hour)
    return made


def put(target: CampaignTarget, **fields: object) -> CampaignTarget:
    CampaignTarget.objects.filter(pk=target.pk).update(**fields)
    return target


def test_a_promised_call_is_made_at_its_time_and_before_others(target: CampaignTarget) -> None:
    at = clock.now() + timedelta(days=1)
    fresh = promise_callback(target=target, at=at)
    assert (fresh.next_attempt_at, fresh.next_channel) == (at, "call")
    assert fresh.queue_rank == CampaignTarget.QueueRank.PROMISED
    event = AuditEvent.objects.get(action="target.callback_promised", object_id=target.pk)
    assert event.changes["callback_at"][0] is None


def test_a_promised_call_waits_for_the_persons_own_hours(target: CampaignTarget) -> None:
    target.campaign.working_hours = [{"days": [(clock.now().weekday() + 3) % 7], "start": "10:00", "end": "11:00"}]
    target.campaign.save()
    at = clock.now() + timedelta(hours=1)
    fresh = promise_callback(target=target, at=at)
    assert fresh.next_attempt_at is not None
    assert fresh.next_attempt_at > at + timedelta(days=1)


def test_whoever_was_given_up_is_called_again(target: CampaignTarget) -> None:
    put(target, **DONE, done_reason="unreachable")
    fresh = promise_callback(target=target, at=clock.now() + timedelta(hours=1))
    assert (fresh.state, fresh.done_reason) == ("ready", "")


def test_a_promise_that_cannot_be_kept_is_refused_and_leaves_everything_as_it_was(target: CampaignTarget) -> None:
    met = clock.now()
    put(target, **DONE, done_reason="goal_met", goal_met_at=met)
    with pytest.raises(CallbackNotPossible, match="the goal is met"):
        promise_callback(target=target, at=met + timedelta(hours=1))
    target.refresh_from_db()
    assert (target.state, target.callback_at) == ("done", None)


def test_a_suppressed_person_is_promised_nothing(target: CampaignTarget) -> None:
    put(target, state="suppressed", next_attempt_at=None)
    with pytest.raises(CallbackNotPossible, match="suppressed"):
        promise_callback(target=target, at=clock.now() + timedelta(hours=1))


def test_nobody_is_promised_a_call_while_they_are_being_read(target: CampaignTarget) -> None:
    put(target, state="contacting", next_attempt_at=None)
    with pytest.raises(TargetInContact):
        promise_callback(target=target, at=clock.now() + timedelta(hours=1))


def test_a_moment_that_is_past_is_no_promise(target: CampaignTarget) -> None:
    with pytest.raises(InvalidField, match="past"):
        promise_callback(target=target, at=clock.now() - timedelta(minutes=1))


def test_nobody_is_called_back_by_a_campaign_that_has_ended_or_that_they_left(target: CampaignTarget) -> None:
    at = clock.now() + timedelta(hours=1)
    other = factories.TargetFactory(campaign=target.campaign)
    remove_target(target=other)
    with pytest.raises(TargetNotFound):
        promise_callback(target=other, at=at)
    close_campaign(campaign=target.campaign)
    with pytest.raises(CampaignNotOpen):
        promise_callback(target=target, at=at)
