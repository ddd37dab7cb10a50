"""Make a campaign after the model of another."""

from __future__ import annotations

from django.db import transaction

from campaigns.exceptions import CampaignNotFound
from campaigns.models import Campaign, Stage
from campaigns.services.campaigns import REFERENCES, SETTINGS, create_campaign
from campaigns.services.changes import record_change
from organizations.models import User
from organizations.services import Actor

# Another campaign cannot have the same one.
_ITS_OWN = {"name", "external_id"}
_LONGEST_NAME = 255


@transaction.atomic
def clone_campaign(
    *, campaign: Campaign, name: str = "", owner: User | None = None, actor: Actor | None = None
) -> Campaign:
    """Create a draft with the settings, references and stages of `campaign`, and nobody in it; return the new row.

    Without a `name` it is called a copy. What a reference led to and has been deleted meanwhile is left out: the new
    campaign's readiness says so. Raises CampaignNotFound for a campaign that is gone, InvalidField.
    """
    row: Campaign | None = Campaign.objects.select_related("organization").filter(pk=campaign.pk).first()
    if row is None:
        raise CampaignNotFound(campaign.pk)
    settings = {field: getattr(row, field) for field in SETTINGS - _ITS_OWN}
    clone = create_campaign(
        organization=row.organization,
        owner=owner,
        name=name.strip() or f"Copy of {row.name}"[:_LONGEST_NAME],
        actor=actor,
        **settings,
        **{field: key for field in REFERENCES if (key := _alive(row, field)) is not None},
    )
    _copy_stages(row, clone)
    record_change(campaign=clone, action="campaign.cloned", changes={"source": [None, str(row.pk)]}, actor=actor)
    return clone


def _alive(campaign: Campaign, field: str) -> object:
    """Return the id of what the campaign refers to, None where there is nothing (any more)."""
    key = getattr(campaign, f"{field}_id")
    mine = REFERENCES[field].objects.for_organization(campaign.organization_id)
    return key if key is not None and mine.filter(pk=key).exists() else None


def _copy_stages(source: Campaign, clone: Campaign) -> None:
    """Give the clone the columns of the source's board, in place of those that every new campaign has."""
    Stage.objects.filter(campaign=clone).delete()
    fields = ("key", "name", "position", "semantic_type", "color", "is_system")
    Stage.objects.bulk_create(
        Stage(organization_id=clone.organization_id, campaign=clone, **{name: getattr(stage, name) for name in fields})
        for stage in Stage.objects.filter(campaign=source)
    )
