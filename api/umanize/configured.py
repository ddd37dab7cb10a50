"""Show what really holds for a campaign: one of another dialect may leave who speaks, and when, to a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.umanize.serializers.campaigns import CampaignOut
from campaigns.models import Campaign
from campaigns.speakers import Speakers, speaking_for


def put_what_holds(campaigns: Sequence[Campaign]) -> None:
    """Put on campaigns of one organization the agent, number, hours and delays the engine uses: to be shown, not saved.

    Two queries where any of them has a configuration, which is loaded already or costs one more each.
    """
    with_configuration = [campaign for campaign in campaigns if campaign.configuration_id is not None]
    if not with_configuration:
        return
    speakers = Speakers.of(with_configuration[0].organization_id)
    for campaign in with_configuration:
        campaign.agent, campaign.phone_number = speaking_for(campaign, speakers)
        if campaign.configuration is not None:
            campaign.working_hours = campaign.configuration.windows
            campaign.call_attempt_delays = campaign.configuration.call_attempt_delays


def shown_campaign(campaign: Campaign) -> dict[str, Any]:
    """Return a campaign as it is answered."""
    put_what_holds([campaign])
    shown: dict[str, Any] = CampaignOut(campaign).data
    return shown
