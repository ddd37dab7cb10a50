"""Take a person's decision on a question only a person can answer, and move the target on by it.

Nobody is contacted while the question whether they already were is open. A provider's late answer to it wins over a
question that is still open, and fills the attempt in after one that was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from django.db import transaction

from lib.db.clock import read_clock
from lib.errors import InvalidField
from lib.wakeup import wake
from organizations.models import Membership, Role
from organizations.services import Actor, record_audit
from providers.analysis.contract import Verdict
from targets.attempts import load_context, lock_attempt, lock_target
from targets.exceptions import ReviewDecided, ReviewNotAllowed, TargetInContact
from targets.judgement import OPERATOR
from targets.lifecycle import TargetState
from targets.models import CampaignTarget, ReviewItem
from targets.outcomes import refresh_facts
from targets.settlement import advance_target, finish_target

Kind = ReviewItem.Kind
DoneReason = CampaignTarget.DoneReason
_MAY_DECIDE = (Role.OWNER, Role.ADMIN, Role.OPERATOR)


class Decision(StrEnum):
    CALLED = "called"  # the attempt counts as made
    NOT_CALLED = "not_called"  # the attempt does not count
    MET = "met"
    NOT_MET = "not_met"
    STOP = "stop"  # leave the person alone


# How each kind of question may be answered.
DECISIONS: Mapping[str, tuple[Decision, ...]] = MappingProxyType(
    {
        Kind.UNKNOWN_ATTEMPT: (Decision.CALLED, Decision.NOT_CALLED, Decision.STOP),
        Kind.UNCLEAR_GOAL: (Decision.MET, Decision.NOT_MET, Decision.STOP),
    }
)


@transaction.atomic
def decide_review(*, review: ReviewItem, decision: str, actor: Actor, note: str = "") -> ReviewItem:
    """Answer an open question for `actor` and let the target go on accordingly; return the fresh row.

    Locks the attempt, then the target. Raises ReviewNotAllowed for somebody whose role only reads, InvalidField for a
    decision that does not answer this question, ReviewDecided for one that was answered before, TargetInContact where
    the person is to be left alone and an attempt to reach them is under way.
    """
    _require_role(review, actor)
    chosen = _decision(review, decision)
    target = _lock_target_of(review)
    row: ReviewItem = ReviewItem.objects.select_for_update(no_key=True).get(pk=review.pk)
    if row.decided_at is not None:
        raise ReviewDecided(row.decision, row.decided_at)
    at = read_clock()
    row.decision, row.note, row.decided_by, row.decided_at = chosen, note, actor.user, at
    row.save(update_fields=["decision", "note", "decided_by", "decided_at", "updated_at"])
    record_audit(
        organization=target.campaign.organization,
        action="review.decided",
        subject=row,
        changes={"decision": ["", chosen]},
        actor=actor,
    )
    _EFFECTS[chosen](target, row, at)
    wake("targets.dispatch")
    return row


def _require_role(review: ReviewItem, actor: Actor) -> None:
    user = actor.user
    if user is None or user.is_superuser:
        return
    mine = Membership.objects.filter(organization=review.organization_id, user=user, role__in=_MAY_DECIDE)
    if not mine.exists():
        raise ReviewNotAllowed


def _decision(review: ReviewItem, decision: str) -> Decision:
    answers = DECISIONS[review.kind]
    if decision not in answers:
        raise InvalidField("decision", f"this question is answered by {', '.join(answers)}")
    return Decision(decision)


def _lock_target_of(review: ReviewItem) -> CampaignTarget:
    if review.attempt_id is not None:
        target: CampaignTarget = lock_attempt(review.attempt_id).target
        return target
    return lock_target(review.target_id)


def _called(target: CampaignTarget, review: ReviewItem, at: datetime) -> None:
    delays = load_context(target).policy.call_delays
    # Of a call without an attempt only this wait is left: there is nothing that could count.
    unrecorded = review.attempt_id is None and delays
    _go_on(target, at, not_before=at + delays[0] if unrecorded else None)


def _not_called(target: CampaignTarget, review: ReviewItem, at: datetime) -> None:
    _go_on(target, at)


def _met(target: CampaignTarget, review: ReviewItem, at: datetime) -> None:
    _describe(target, Verdict.MET, CampaignTarget.Label.POSITIVE, review, at)
    target.goal_met_at = target.goal_met_at or at
    if target.state == TargetState.CONTACTING:
        target.save_changes()  # the attempt under way ends first, and finds the goal met
    else:
        finish_target(target, DoneReason.GOAL_MET, at=at)


def _not_met(target: CampaignTarget, review: ReviewItem, at: datetime) -> None:
    # Neutral, because a negative label would say that the person refused.
    _describe(target, Verdict.NOT_MET, CampaignTarget.Label.NEUTRAL, review, at)
    target.goal_met_at = None
    _go_on(target, at)


def _stop(target: CampaignTarget, review: ReviewItem, at: datetime) -> None:
    if target.state == TargetState.CONTACTING:
        raise TargetInContact
    others = ReviewItem.objects.filter(target=target, decided_at__isnull=True)
    others.update(decision=Decision.STOP, decided_by=review.decided_by, decided_at=at)
    refresh_facts(target)
    if target.state in (TargetState.DONE, TargetState.SUPPRESSED):
        target.save_changes()
    else:
        finish_target(target, DoneReason.DECIDED, at=at)


_EFFECTS: Mapping[Decision, Callable[[CampaignTarget, ReviewItem, datetime], None]] = {
    Decision.CALLED: _called,
    Decision.NOT_CALLED: _not_called,
    Decision.MET: _met,
    Decision.NOT_MET: _not_met,
    Decision.STOP: _stop,
}


def _describe(
    target: CampaignTarget, verdict: Verdict, label: CampaignTarget.Label, review: ReviewItem, at: datetime
) -> None:
    """Put the decision where lists and dialects read an analyzer's; it stands until the person says something new."""
    target.campaign_goal_result = verdict
    target.campaign_goal_score = target.ai_score = None
    target.campaign_goal_rationale = target.ai_reason = review.note or "decided by a person"
    target.ai_label = label
    target.analysis_source = OPERATOR
    target.analysis_updated_at = target.campaign_analysis_updated_at = at


def _go_on(target: CampaignTarget, at: datetime, *, not_before: datetime | None = None) -> None:
    """Take the next step, once nothing is open about this person any more. Who has moved on already stays there."""
    refresh_facts(target)
    if target.state == TargetState.REVIEW and not _still_asked(target):
        advance_target(target, at=at, not_before=not_before)
    else:
        target.save_changes()


def _still_asked(target: CampaignTarget) -> bool:
    return ReviewItem.objects.filter(target=target, decided_at__isnull=True).exists()
