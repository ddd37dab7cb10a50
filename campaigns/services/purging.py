"""Make a campaign disappear for good. Its rows are removed by `targets.purging`, which knows what belongs to it."""

from __future__ import annotations

from campaigns.exceptions import CampaignNotFound
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from campaigns.models.campaign import PURGED, PURGED_KEEPING_ATTEMPTS, RECORD
from lib.db.clock import read_clock
from organizations.services import Actor, record_audit

__all__ = ["PURGED_KEEPING_ATTEMPTS", "hide_for_good", "keep_as_record"]


def hide_for_good(*, campaign: Campaign, keeps_attempts: bool, actor: Actor | None = None) -> None:
    """Close a campaign and leave of it a shell without a name, an owner or words, which cannot be restored.

    The caller is in a transaction. Locks the campaign's row. Raises CampaignNotFound, also for one that was purged.
    """
    rows = Campaign.all_objects.not_purged().select_for_update(no_key=True)
    row: Campaign | None = rows.filter(pk=campaign.pk).first()
    if row is None:
        raise CampaignNotFound(campaign.pk)
    row.status, row.start_at = Status.CLOSED, None
    row.ended_at = row.ended_at or read_clock()
    row.deleted_at = row.deleted_at or read_clock()
    row.paused_reason = PURGED_KEEPING_ATTEMPTS if keeps_attempts else PURGED
    row.name, row.external_id, row.owner = "", None, None
    row.goal = row.call_opening_message = row.whatsapp_first_message = None
    row.email_subject = row.email_first_message = None
    row.save()
    record_audit(organization=row.organization, action="campaign.purged", subject=row, actor=actor)


def keep_as_record(campaign: Campaign) -> None:
    """Note that nothing more of a purged campaign, whose row the caller has locked, is to be removed."""
    Campaign.all_objects.filter(pk=campaign.pk).update(paused_reason=RECORD)
