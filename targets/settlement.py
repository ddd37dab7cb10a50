"""Move a target on after something happened: the one place that decides what comes next, and writes it down.

Every function expects the target's row to be locked by the caller, in the transaction of the fact that moved it.
"""

from __future__ import annotations

from datetime import datetime

from campaigns.goals import GoalFacts, GoalSpec, goal_met, parse_goal_spec
from campaigns.models import Stage
from campaigns.policy import ContactPolicy
from lib.windows import next_open
from targets.checks import Held
from targets.history import history_of
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.next_step import Contact, Done, decide_next_step
from targets.people import address_for, candidate_zones
from targets.stages import StageKey, stage_for

DoneReason = CampaignTarget.DoneReason


def goal_of(target: CampaignTarget) -> GoalSpec:
    """Return the goal of the target's campaign (loaded)."""
    return parse_goal_spec(target.campaign.goal_spec)


def facts_of(target: CampaignTarget) -> GoalFacts:
    return GoalFacts(
        calls_answered=target.calls_answered,
        whatsapp_sent=target.whatsapp_sent,
        email_sent=target.email_sent,
        ai_label=target.ai_label,
        ai_score=target.ai_score,
    )


def advance_target(target: CampaignTarget, *, at: datetime, not_before: datetime | None = None) -> None:
    """Decide and save what happens next with `target` (campaign, organization, customer, agents loaded).

    `not_before` puts the next contact off further than the policy would, as a provider that refused may ask.
    """
    if goal_met(goal_of(target), target.campaign.goal_logic, facts_of(target)) and target.goal_met_at is None:
        target.goal_met_at = at
    policy = ContactPolicy.of(target.campaign)
    history = history_of(target)
    step = decide_next_step(policy, history, at)
    if isinstance(step, Done):
        finish_target(target, step.reason, at=at)
        return
    earliest = max(step.at, not_before) if not_before else step.at
    address = address_for(target, step.channel, tried=history.calls_made, unusable=frozenset())
    zones = candidate_zones(target, address or "")
    opening = next_open(policy.calendar, earliest, zones)
    if opening is None:
        target.hold_reason = "hours.never_open"
        finish_target(target, DoneReason.UNCALLABLE, at=at)
        return
    _schedule(target, step, opening, at=at)


def _schedule(target: CampaignTarget, step: Contact, opening: datetime, *, at: datetime) -> None:
    target.state = TargetState.READY
    target.done_reason = ""
    target.next_channel = step.channel
    target.queue_rank = step.rank
    target.next_attempt_at = opening
    target.stage = _stage(target, is_over=False)
    target.updated_at = at
    target.save()


def finish_target(target: CampaignTarget, reason: DoneReason, *, at: datetime) -> None:
    """End the outreach to this person for `reason`."""
    target.state = TargetState.DONE
    target.done_reason = reason
    target.next_attempt_at = None
    target.callback_at = None
    target.stage = _stage(target, is_over=True)
    target.updated_at = at
    target.save()


def suppress_target(target: CampaignTarget, reason: str, *, at: datetime) -> None:
    """End the outreach because the person must not be contacted."""
    target.state = TargetState.SUPPRESSED
    target.done_reason = ""
    target.hold_reason = reason
    target.next_attempt_at = None
    target.callback_at = None
    target.stage = _stage(target, is_over=True)
    target.updated_at = at
    target.save()


def hold_target(target: CampaignTarget, held: Held, *, at: datetime) -> None:
    """Put the next contact off until the rule that holds it allows it; one that no moment suits is done."""
    target.hold_reason = held.reason
    if held.until is None:
        finish_target(target, DoneReason.UNCALLABLE, at=at)
        return
    target.state = TargetState.READY
    target.next_attempt_at = held.until
    target.updated_at = at
    target.save()


def _stage(target: CampaignTarget, *, is_over: bool) -> str:
    stages = Stage.objects.filter(campaign_id=target.campaign_id).order_by("position", "id")
    return stage_for(
        [StageKey(key, semantic) for key, semantic in stages.values_list("key", "semantic_type")],
        current=target.stage,
        goal_met=target.goal_met_at is not None,
        contacted=target.last_contacted_at is not None,
        is_over=is_over,
    )
