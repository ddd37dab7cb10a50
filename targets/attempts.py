"""Lock, move and find attempts: the few operations every step of the engine shares."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from campaigns.context import CampaignContext, campaign_context
from lib.db.clock import RealClock
from targets.lifecycle import AttemptState
from targets.models import Attempt, CampaignTarget


def lock_attempt(attempt_id: UUID) -> Attempt:
    """Lock and return an attempt and its target, with customer and campaign loaded.

    Locks are always taken in this order: attempt, then target.
    """
    attempts = Attempt.objects.select_related("target__customer")
    attempt: Attempt = attempts.select_for_update(no_key=True, of=("self", "target")).get(pk=attempt_id)
    load_context(attempt.target)
    return attempt


def lock_target(target_id: UUID) -> CampaignTarget:
    """Lock and return a target, deleted or not, with customer and campaign loaded."""
    targets = CampaignTarget.all_objects.select_related("customer")
    target: CampaignTarget = targets.select_for_update(no_key=True, of=("self",)).get(pk=target_id)
    load_context(target)
    return target


def load_context(target: CampaignTarget) -> CampaignContext:
    """Give the target its campaign with all relations loaded, and return what else is known of the campaign."""
    context = campaign_context(target.campaign_id, target.organization_id)
    target.campaign = context.campaign
    return context


def move(attempt: Attempt, state: AttemptState, *, lease: timedelta = timedelta(0)) -> None:
    """Save the attempt, locked by the caller, in `state`; the sweep looks at it again after `lease` of real time."""
    attempt.state = state
    attempt.lease_until = RealClock() + lease
    attempt.state_since = RealClock()
    attempt.save_changes()
