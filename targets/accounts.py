"""Say through which account with a vendor a contact goes."""

from __future__ import annotations

from campaigns.speakers import Speakers
from organizations.models import Agent, PhoneNumber, ProviderAccount
from targets.models import CampaignTarget

Channel = CampaignTarget.Channel


def agent_of(target: CampaignTarget) -> Agent | None:
    """Return who speaks with the person: their own agent, else the campaign's (loaded)."""
    return target.assigned_agent if target.assigned_agent_id else target.campaign.agent


def line_of(target: CampaignTarget, speakers: Speakers) -> PhoneNumber | None:
    """Return the number a call comes from: the one asked for with the person, else the campaign's (loaded).

    None where the number asked for is not the organization's (any more), so that no other is used for it.
    """
    asked_for = target.call_overrides.get("agent_number")
    return speakers.lines.get(asked_for) if asked_for else target.campaign.phone_number


def account_for(target: CampaignTarget, channel: str) -> ProviderAccount | None:
    """Return the account a contact over `channel` goes through, None where the campaign has none."""
    campaign = target.campaign
    if channel == Channel.CALL:
        agent = agent_of(target)
        return agent.provider_account if agent else None
    sender = campaign.whatsapp_channel if channel == Channel.WHATSAPP else campaign.email_channel
    return sender.provider_account if sender else None
