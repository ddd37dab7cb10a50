"""What every change of a campaign begins and ends with: the lock on its row, and the lines that tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.exceptions import CampaignNotFound
from campaigns.models import ActivityEvent, Campaign
from organizations.services import Actor, json_safe, record_audit


def lock_campaign(campaign: Campaign, *, deleted: bool = False) -> Campaign:
    """Return the row of `campaign` afresh, locked FOR NO KEY UPDATE until the transaction ends.

    Whoever dials locks the same row, so that a dial and a pause happen one after the other. References to the campaign
    may still be written meanwhile. Raises CampaignNotFound where it is gone, or is (not) `deleted`.
    """
    rows = Campaign.all_objects.not_purged().select_for_update(no_key=True)
    row: Campaign | None = rows.filter(pk=campaign.pk, deleted_at__isnull=not deleted).first()
    if row is None:
        raise CampaignNotFound(campaign.pk)
    return row


def record_change(
    *,
    campaign: Campaign,
    action: str,
    changes: Mapping[str, list[Any]] | None = None,
    actor: Actor | None,
) -> None:
    """Write a line of the audit log and one of the campaign's timeline, both with ``{field: [before, after]}``."""
    record_audit(organization=campaign.organization, action=action, subject=campaign, changes=changes, actor=actor)
    ActivityEvent.objects.create(
        organization_id=campaign.organization_id,
        campaign=campaign,
        user=actor.user if actor else None,
        kind=action,
        data=json_safe(changes or {}),
    )
