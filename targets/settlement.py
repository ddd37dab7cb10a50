"""Move a target on after something happened: the one place that decides what comes next, and writes it down.

Every function expects the target's row to be locked by the caller, in the transaction of the fact that moved it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from campaigns.context import campaign_context
from campaigns.goals import GoalFacts, goal_met
from campaigns.policy import ContactPolicy
from providers.analysis.contract import Verdict
from targets.attempts import load_context
from targets.checks import Held, opening_from
from targets.history import history_of, next_address, tries_of
from targets.lifecycle import TargetState
from targets.models import Attempt, CampaignTarget, ReviewItem, Verification
from targets.next_step import Contact, Done, at_another_time, decide_next_step
from targets.permission import barred_addresses
from targets.stages import stage_for

DoneReason = CampaignTarget.DoneReason

# Windows shorter than the distance wanted never satisfy it: after so many of them the first one has to do.
_TIMES_TO_LOOK = 4


def facts_of(target: CampaignTarget) -> GoalFacts:
    return GoalFacts(
        calls_answered=target.calls_answered,
        whatsapp_sent=target.whatsapp_sent,
        email_sent=target.email_sent,
        ai_label=target.ai_label,
        ai_score=target.ai_score,
    )


def advance_target(target: CampaignTarget, *, at: datetime, not_before: datetime | None = None) -> None:
    """Decide and save what happens next with `target` (customer loaded).

    `not_before` puts the next contact off further than the policy would, as a provider that refused may ask.
    """
    context = load_context(target)
    if target.goal_met_at is None and goal_met(context.goal, context.campaign.goal_logic, facts_of(target)):
        target.goal_met_at = at
    policy, tries = context.policy, tries_of([target.pk]).get(target.pk, ())
    step = decide_next_step(policy, history_of(target, tries, policy), at)
    if isinstance(step, Done):
        target.hold_reason = target.hold_reason or step.why
        finish_target(target, step.reason, at=at)
        if step.reason == DoneReason.EXHAUSTED and context.goal.needs_analysis:
            _ask_about_goal(target)
        return
    earliest = max(step.at, not_before) if not_before else step.at
    barred = barred_addresses([target], at, channel=step.channel).get(target.pk, {})
    address = next_address(target, step.channel, step.rank, tries, policy, barred=barred)
    if barred and address is None:
        suppress_target(target, next(iter(barred.values())), at=at)
        return
    opening = _opening(target, policy, step, earliest, address or "")
    if opening is None:
        target.hold_reason = "hours.never_open"
        finish_target(target, DoneReason.UNCALLABLE, at=at)
        return
    _schedule(target, step, opening, at=at)


def _ask_about_goal(target: CampaignTarget) -> None:
    """Ask a person where nothing more is tried, and the last reading could not tell whether the goal was met.

    It holds nobody up: the outreach is over, and an answer that the goal was met turns it into a success.
    """
    readings = Verification.objects.filter(target=target).order_by("-at", "-id")
    latest = readings.values("verdict", "rationale", "at").first()
    if latest is None or latest["verdict"] != Verdict.UNCLEAR:
        return
    asked = ReviewItem.objects.filter(target=target, kind=ReviewItem.Kind.UNCLEAR_GOAL)
    heard = Attempt.objects.filter(target=target, conversation__isnull=False).order_by("-ended_at")
    if not asked.filter(decided_at__gte=latest["at"]).exists():
        asked.get_or_create(
            organization_id=target.organization_id,
            target=target,
            kind=ReviewItem.Kind.UNCLEAR_GOAL,
            decided_at=None,
            defaults={
                "attempt": heard.first(),
                "reason": f"the analyzer could not tell: {latest['rationale']}",
            },
        )


def _opening(
    target: CampaignTarget, policy: ContactPolicy, step: Contact, earliest: datetime, address: str
) -> datetime | None:
    """Return the first allowed moment for `step`, at another time of day where it asks for one and the hours allow it.

    None where no moment is allowed.
    """
    opening = opening_from(target, policy, address, earliest)
    if step.avoids is None or opening is None:
        return opening
    another = opening
    for _ in range(_TIMES_TO_LOOK):
        moved = at_another_time(another, step.avoids)
        if moved == another:
            return another
        another = opening_from(target, policy, address, moved) or opening
    return opening


def _schedule(target: CampaignTarget, step: Contact, opening: datetime, *, at: datetime) -> None:
    target.state = TargetState.READY
    target.done_reason = ""
    target.next_channel = step.channel
    target.queue_rank = step.rank
    target.next_attempt_at = opening
    target.stage = _stage(target, is_over=False)
    target.updated_at = at
    target.save_changes()


def finish_target(target: CampaignTarget, reason: DoneReason, *, at: datetime) -> None:
    """End the outreach to this person for `reason`."""
    target.state = TargetState.DONE
    target.done_reason = reason
    target.next_attempt_at = None
    target.callback_at = None
    target.stage = _stage(target, is_over=True)
    target.updated_at = at
    target.save_changes()


def await_reading(target: CampaignTarget, *, at: datetime) -> None:
    """Let the person wait until what they said is read: nobody contacts them meanwhile."""
    target.state = TargetState.VERIFYING
    target.done_reason = ""
    target.next_attempt_at = None
    target.queue_rank = CampaignTarget.QueueRank.RETRY
    target.stage = _stage(target, is_over=False)
    target.updated_at = at
    target.save_changes()


def suppress_target(target: CampaignTarget, reason: str, *, at: datetime) -> None:
    """End the outreach because the person must not be contacted."""
    target.state = TargetState.SUPPRESSED
    target.done_reason = ""
    target.hold_reason = reason
    target.next_attempt_at = None
    target.callback_at = None
    target.stage = _stage(target, is_over=True)
    target.updated_at = at
    target.save_changes()


def hold_target(target: CampaignTarget, held: Held, *, at: datetime) -> None:
    """Put the next contact off until the rule that holds it allows it; one that no moment suits is done."""
    target.hold_reason = held.reason
    if held.until is None:
        finish_target(target, DoneReason.UNCALLABLE, at=at)
        return
    target.state = TargetState.READY
    target.next_attempt_at = held.until
    target.updated_at = at
    target.save_changes()


def hold_targets(held: Sequence[tuple[CampaignTarget, Held]], *, at: datetime) -> None:
    """Put many waiting targets off as `hold_target` does, in one statement."""
    put_off: list[CampaignTarget] = []
    for target, why in held:
        if why.until is None:
            hold_target(target, why, at=at)
            continue
        target.hold_reason, target.next_attempt_at, target.updated_at = why.reason, why.until, at
        put_off.append(target)
    if put_off:
        CampaignTarget.objects.bulk_update(put_off, ["hold_reason", "next_attempt_at", "updated_at"])


def _stage(target: CampaignTarget, *, is_over: bool) -> str:
    context = campaign_context(target.campaign_id, target.organization_id)
    return stage_for(
        context.stages,
        current=target.stage,
        goal_met=target.goal_met_at is not None,
        contacted=target.last_contacted_at is not None,
        is_over=is_over,
    )
