"""Say where a target stands by its campaign's goal as it is now. `targets.reevaluation` says the same in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.goals import GoalSpec, goal_met
from campaigns.models import Stage
from providers.analysis.contract import Verdict
from targets.attempts import load_context
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.settlement import advance_target, facts_of
from targets.stages import stage_for

DoneReason = CampaignTarget.DoneReason
OPERATOR = "operator"  # as the source of what is known of a target's goal
_OVER = (TargetState.DONE, TargetState.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the goal makes of a target: whether it is met, and the state, reason and stage that follow."""

    is_met: bool
    state: str
    done_reason: str
    stage: str

    @property
    def ended_too_early(self) -> bool:
        """Say whether the outreach ended because of a goal that is not met any more: it has to go on."""
        return not self.is_met and self.done_reason == DoneReason.GOAL_MET


def judge(target: CampaignTarget, goal: GoalSpec, logic: str, stages: Sequence[Stage]) -> Judgement:
    """Judge a target by its own columns alone.

    A person who decided that the goal was met is not overruled. Who waits while the goal is met is done; who is in
    contact, being read or in review moves on when that is over.
    """
    is_met = _decided_by_person(target) or goal_met(goal, logic, facts_of(target))
    state, reason = target.state, target.done_reason
    if is_met and state in (TargetState.READY, TargetState.DONE):
        state, reason = TargetState.DONE, DoneReason.GOAL_MET
    stage = stage_for(
        stages,
        current=target.stage,
        goal_met=is_met,
        contacted=target.last_contacted_at is not None,
        is_over=state in _OVER and reason != DoneReason.GOAL_MET,
    )
    return Judgement(is_met, state, reason, stage)


def recompute_target(target: CampaignTarget, *, at: datetime) -> None:
    """Judge a locked target (customer loaded) afresh and save it; outreach that ended too early goes on."""
    context = load_context(target)
    judged = judge(target, context.goal, context.campaign.goal_logic, context.stages)
    target.goal_met_at = (target.goal_met_at or at) if judged.is_met else None
    if judged.ended_too_early:
        advance_target(target, at=at)
        return
    if judged.state == TargetState.DONE:
        target.next_attempt_at = target.callback_at = None
    target.state, target.done_reason, target.stage = judged.state, judged.done_reason, judged.stage
    target.save_changes()


def _decided_by_person(target: CampaignTarget) -> bool:
    return target.analysis_source == OPERATOR and target.campaign_goal_result == Verdict.MET
