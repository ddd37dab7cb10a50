"""Gather a campaign's numbers: counters, and the two facts only the targets' own tables know."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from api.caller import Caller
from campaigns.counters import Counters
from campaigns.lifecycle import Status
from campaigns.metrics import CampaignMetrics
from campaigns.models import Campaign
from lib import clock
from targets.lifecycle import TargetState
from targets.models import Appointment, CampaignTarget


def metrics_of(caller: Caller, campaign: Campaign, counters: Counters) -> CampaignMetrics:
    """Return every number of a campaign. Two queries."""
    booked, upcoming = _appointments(caller, campaign)
    return CampaignMetrics.of(
        counters,
        next_call_at=_next_call_at(caller, campaign),
        appointments_booked=booked,
        appointments_upcoming=upcoming,
    )


def _appointments(caller: Caller, campaign: Campaign) -> tuple[int, int]:
    kept = Appointment.objects.for_organization(caller.organization).filter(
        target__campaign=campaign, target__deleted_at__isnull=True, cancelled_at__isnull=True
    )
    counted = kept.aggregate(booked=Count("pk"), upcoming=Count("pk", filter=Q(starts_at__gt=clock.now())))
    return counted["booked"], counted["upcoming"]


def _next_call_at(caller: Caller, campaign: Campaign) -> datetime | None:
    """Return when the next call is due; None unless the campaign runs."""
    if campaign.status != Status.RUNNING:
        return None
    waiting = CampaignTarget.objects.for_organization(caller.organization).filter(
        campaign=campaign, state=TargetState.READY, next_channel=CampaignTarget.Channel.CALL
    )
    # One look at the head of the index of due targets for each rank, however many targets wait.
    heads = [waiting.filter(queue_rank=rank).order_by("next_attempt_at") for rank in CampaignTarget.QueueRank.values]
    firsts = [head.values_list("next_attempt_at", flat=True)[:1] for head in heads]
    found: list[datetime] = list(firsts[0].union(*firsts[1:], all=True))
    return min(found, default=None)
