"""Move people between the columns of their campaign's board by hand, and take a column away."""

from __future__ import annotations

from django.db import transaction

from campaigns.exceptions import SystemStage
from campaigns.models import ActivityEvent, Stage
from campaigns.services.changes import lock_campaign, record_change
from campaigns.services.stages import find_stage
from lib.errors import InvalidField
from organizations.services import Actor, record_audit
from targets.attempts import lock_target
from targets.models import CampaignTarget
from targets.reevaluation import apply_goal


@transaction.atomic
def set_stage(*, target: CampaignTarget, key: str, actor: Actor | None = None) -> CampaignTarget:
    """Put a target into a stage of its campaign, where it stays until it is judged again; return the fresh row.

    Nothing else changes: whoever is to be contacted still is. Raises InvalidField for a key the campaign has not.
    """
    # Shared with others who use the stage, so that it cannot be taken away meanwhile.
    if not Stage.objects.select_for_update(no_key=True).filter(campaign_id=target.campaign_id, key=key).exists():
        raise InvalidField("stage", "this campaign has no such stage")
    row = lock_target(target.pk)
    before = row.stage
    if before != key:
        row.stage = key
        row.save_changes()
        changes = {"stage": [before, key]}
        record_audit(
            organization=row.campaign.organization, action="target.staged", subject=row, changes=changes, actor=actor
        )
        ActivityEvent.objects.create(
            organization_id=row.organization_id,
            campaign_id=row.campaign_id,
            target_id=row.pk,
            user=actor.user if actor else None,
            kind="target.staged",
            data=changes,
        )
    return row


@transaction.atomic
def delete_stage(*, stage: Stage, actor: Actor | None = None) -> None:
    """Take a column away; who stands in it goes where the campaign's goal puts them.

    Takes the lock of `lock_campaign`. Raises StageNotFound, SystemStage.
    """
    campaign = lock_campaign(stage.campaign)
    row = find_stage(stage)
    if row.is_system:
        raise SystemStage
    row.delete()
    apply_goal(campaign, stage=row.key)
    record_change(campaign=campaign, action="stage.deleted", changes={"stage": [row.key, None]}, actor=actor)
