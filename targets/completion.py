"""Complete campaigns by facts: nothing is ready, live, being read or waiting for a person any more."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from campaigns.models import Campaign, CampaignQuerySet
from campaigns.services.lifecycle import complete_campaign
from targets.models import Attempt, CampaignTarget


def complete_finished_campaigns() -> int:
    """Complete every running campaign that has targets and nothing left to do; return how many."""
    return sum(_complete(campaign_id) for campaign_id in list(_finished().values_list("pk", flat=True)))


def _finished() -> CampaignQuerySet:
    targets = CampaignTarget.objects.filter(campaign=OuterRef("pk"))
    live = Attempt.objects.live().filter(campaign=OuterRef("pk"))
    running: CampaignQuerySet = Campaign.objects.running().filter(is_adhoc=False)
    return running.filter(Exists(targets), ~Exists(targets.unfinished()), ~Exists(live))


@transaction.atomic
def _complete(campaign_id: UUID) -> bool:
    """Look again under the lock that enrolling takes, so that nobody enrolled meanwhile is left behind."""
    if not Campaign.objects.filter(pk=campaign_id).select_for_update(no_key=True).first():
        return False
    campaign = _finished().filter(pk=campaign_id).first()
    if campaign is None:
        return False
    complete_campaign(campaign=campaign)
    return True
