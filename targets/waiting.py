"""Say why people are not being contacted right now: the same answer for the command, the admin and the APIs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from lib.db.clock import read_clock
from organizations.switches import dialing_stopped_reason
from targets.lifecycle import TargetState
from targets.models import Attempt, CampaignTarget


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number of targets, the rule that holds them, and when the first of them may go on (None: not by time)."""

    count: int
    reason: str
    until: datetime | None


def why_waiting(campaign: Campaign) -> list[Waiting]:
    """Return what a campaign's unfinished targets wait for, the most numerous reason first."""
    reasons = _campaign_wide(campaign) + _held(campaign) + _under_way(campaign)
    return sorted(reasons, key=lambda waiting: -waiting.count)


def _campaign_wide(campaign: Campaign) -> list[Waiting]:
    ready = CampaignTarget.objects.filter(campaign=campaign, state=TargetState.READY).count()
    if not ready:
        return []
    stopped = dialing_stopped_reason(campaign.organization)
    if stopped:
        return [Waiting(ready, f"dialing is stopped: {stopped}", None)]
    if campaign.status != Status.RUNNING:
        why = f": {campaign.paused_reason}" if campaign.paused_reason else ""
        return [Waiting(ready, f"the campaign is {campaign.status}{why}", campaign.start_at)]
    live = Attempt.objects.for_organization(campaign.organization_id).live().filter(channel="call").count()
    limit = campaign.organization.concurrency_limit
    due = CampaignTarget.objects.filter(campaign=campaign).due(read_clock()).count()
    return [Waiting(due, f"the organization's {limit} lines are busy", None)] if due and live >= limit else []


def _held(campaign: Campaign) -> list[Waiting]:
    if campaign.status != Status.RUNNING:
        return []
    later = CampaignTarget.objects.filter(campaign=campaign, state=TargetState.READY, next_attempt_at__gt=read_clock())
    groups = later.values_list("hold_reason", "calls_made").annotate(count=Count("id"), until=Min("next_attempt_at"))
    counts: Counter[str] = Counter()
    until: dict[str, datetime] = {}
    for hold_reason, calls_made, count, first in groups:
        reason = _words(hold_reason) if hold_reason else ("the next call" if calls_made else "their hours")
        counts[reason] += count
        until[reason] = min(until.get(reason, first), first)
    return [Waiting(count, reason, until[reason]) for reason, count in counts.items()]


def _under_way(campaign: Campaign) -> list[Waiting]:
    states = CampaignTarget.objects.filter(campaign=campaign).values_list("state").annotate(count=Count("id"))
    counts = dict(states)
    shown = (TargetState.CONTACTING, TargetState.VERIFYING, TargetState.REVIEW)
    return [Waiting(counts[state], str(state.label), None) for state in shown if counts.get(state)]


_WORDS = {
    "hours.outside_hours": "their working hours",
    "hours.blackout": "the end of a blackout",
    "minimum_gap": "the minimum gap between contacts",
    "daily_cap": "the daily cap of contacts",
    "address_busy": "another contact with the same address",
    "scheduled": "their scheduled time",
    "lease_expired": "another try",
    "dialing_stopped": "dialing to be allowed again",
    "provider_stopped": "the provider account to be allowed again",
}


def _words(reason: str) -> str:
    return _WORDS.get(reason, reason.replace("_", " ").replace(".", ": "))
