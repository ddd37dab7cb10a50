"""What the dialect calls the states of campaigns, contacts and attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from campaigns.counters import Counters
from campaigns.lifecycle import Status
from organizations.models import Organization
from providers.base import CallOutcome
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget

DoneReason = CampaignTarget.DoneReason
Phase = Attempt.Phase

STATUS_WORDS: Mapping[str, str] = {
    Status.DRAFT: "paused",
    Status.SCHEDULED: "paused",
    Status.RUNNING: "active",
    Status.PAUSED: "paused",
    Status.COMPLETED: "active",
    Status.CLOSED: "closed",
}
CAMPAIGN_STATUSES = ["active", "paused", "closed"]
CONTACT_STATUSES = ["pending", "locked", "in_progress", "completed", "exhausted"]
ATTEMPT_STATUSES = ["triggered", "ringing", "in_progress", "completed", "failed", "cancelled", "unanswered"]

# The states of a target that say how its contact stands; of one that is done the reason says it.
_OF_STATE: Mapping[str, str] = {
    TargetState.READY: "pending",
    TargetState.CONTACTING: "in_progress",  # locked, while nothing was sent yet
    TargetState.VERIFYING: "in_progress",
    TargetState.REVIEW: "in_progress",
    TargetState.SUPPRESSED: "exhausted",
}
_OF_REASON: Mapping[str, str] = {
    DoneReason.GOAL_MET: "completed",
    DoneReason.DECLINED: "completed",
    DoneReason.CAMPAIGN_ENDED: "completed",
    DoneReason.DECIDED: "completed",
    DoneReason.EXHAUSTED: "exhausted",
    DoneReason.UNREACHABLE: "exhausted",
    DoneReason.UNCALLABLE: "exhausted",
}
_OF_PHASE: Mapping[int, str] = {
    Phase.PLACED: "triggered",
    Phase.RINGING: "ringing",
    Phase.ANSWERED: "in_progress",
    Phase.ENDED: "in_progress",
}
_OF_ATTEMPT: Mapping[str, str] = {
    AttemptState.RESERVED: "triggered",
    AttemptState.SUBMITTING: "triggered",
    AttemptState.UNKNOWN: "triggered",
    AttemptState.RELEASED: "cancelled",
    AttemptState.NOT_PLACED: "cancelled",
    AttemptState.REJECTED: "failed",
    AttemptState.FAILED: "failed",
    AttemptState.GAVE_UP: "failed",
}


def domain_statuses(words: Sequence[str]) -> list[str]:
    """Return the domain's statuses of campaigns that one of the words stands for."""
    return [status for status, word in STATUS_WORDS.items() if word in words]


def contact_status(target: CampaignTarget, attempts: Sequence[Attempt]) -> str:
    """Return how a contact stands; `attempts` are its calls."""
    if target.state == TargetState.DONE:
        return _OF_REASON[target.done_reason]
    if any(attempt.state == AttemptState.RESERVED for attempt in attempts):
        return "locked"
    return _OF_STATE[target.state]


def with_status(word: str, organization: Organization) -> Q:
    """Return what contacts that stand so have in common: the same rule as `contact_status`, for the database."""
    reserved = Exists(
        Attempt.objects.for_organization(organization).filter(
            target=OuterRef("pk"), channel=CampaignTarget.Channel.CALL, state=AttemptState.RESERVED
        )
    )
    if word == "locked":
        return Q(reserved, ~Q(state=TargetState.DONE))
    reasons = [reason for reason, status in _OF_REASON.items() if status == word]
    states = [state for state, status in _OF_STATE.items() if status == word]
    return Q(state=TargetState.DONE, done_reason__in=reasons) | Q(~reserved, state__in=states)


def attempt_status(attempt: Attempt) -> str:
    """Return how a call stands or ended."""
    if attempt.state == AttemptState.ACCEPTED:
        return _OF_PHASE[attempt.phase]
    if attempt.state == AttemptState.COMPLETED:
        return "completed" if attempt.outcome == CallOutcome.ANSWERED else "unanswered"
    return _OF_ATTEMPT[attempt.state]


def count_contacts(counters: Counters) -> dict[str, int]:
    """Return how many contacts of a campaign stand how; those that are locked count as in progress."""
    counts = dict.fromkeys(("total", "pending", "in_progress", "completed", "exhausted"), 0)
    counts["total"] = counters.get("targets", 0)
    for state, word in _OF_STATE.items():
        counts[word] += counters.get(f"targets.state.{state}", 0)
    for reason, word in _OF_REASON.items():
        counts[word] += counters.get(f"targets.done.{reason}", 0)
    return counts


def live_calls(organization: Organization, campaign_id: UUID | None = None) -> int:
    """Return how many calls of an organization, or of one campaign of it, hold a line just now."""
    calls = Attempt.objects.for_organization(organization).live().filter(channel=CampaignTarget.Channel.CALL)
    return calls.filter(campaign_id=campaign_id).count() if campaign_id else calls.count()
