"""Let a campaign be active or not, for interfaces in which an active campaign stays so when nothing is left to do."""

from __future__ import annotations

from django.db import transaction

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from campaigns.services.changes import lock_campaign
from campaigns.services.lifecycle import pause_campaign, start_campaign
from lib.lifecycle import TransitionRefused
from organizations.services import Actor


@transaction.atomic
def activate_campaign(*, campaign: Campaign, actor: Actor | None = None) -> Campaign:
    """Let a campaign run, ready or not; one that runs stays as it is. Return the fresh row.

    Raises CampaignNotFound, and TransitionRefused where it is closed.
    """
    row = lock_campaign(campaign)
    if row.status == Status.RUNNING:
        return row
    return start_campaign(campaign=row, actor=actor, require_ready=False)


@transaction.atomic
def deactivate_campaign(*, campaign: Campaign, actor: Actor | None = None) -> Campaign:
    """Pause a campaign that runs, or would if there were anything left to do. Return the fresh row.

    Raises CampaignNotFound, and TransitionRefused for any other.
    """
    row = lock_campaign(campaign)
    if row.status == Status.COMPLETED:
        row = start_campaign(campaign=row, actor=actor, require_ready=False)
    if row.status != Status.RUNNING:
        raise TransitionRefused("campaign", row.status, Status.PAUSED)
    return pause_campaign(campaign=row, actor=actor)
