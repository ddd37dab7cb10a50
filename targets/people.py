"""Find out, for one target, at which addresses and in which time zones the person may be reached."""

from __future__ import annotations

from collections.abc import Sequence

from lib import phone, zones
from targets.models import CampaignTarget

Channel = CampaignTarget.Channel


def phones_of(target: CampaignTarget) -> list[str]:
    """Return the person's numbers in the order they are tried. The customer must be loaded."""
    return list(target.phones) or target.customer.phones


def address_for(target: CampaignTarget, channel: str, *, tried: int, unusable: frozenset[str]) -> str | None:
    """Return where to try next on `channel`: each retry takes the next number that is not known to be unusable.

    `tried` is how many attempts were made on this channel. None where no address is left.
    """
    if channel == Channel.EMAIL:
        candidates = [target.customer.email] if target.customer.email else []
    else:
        candidates = phones_of(target)
    usable = [address for address in candidates if address not in unusable]
    return usable[tried % len(usable)] if usable else None


def candidate_zones(target: CampaignTarget, address: str) -> Sequence[str]:
    """Return every zone the person may be in: an attempt must be allowed in each of them. Empty: unknown.

    The first of these that says something decides: the target, the customer, the campaign's zone for people who carry
    none, the number's region, the agent, the organization. A name that is no zone counts as unknown, so it closes.
    """
    configuration = target.campaign.configuration
    stated = target.timezone or target.customer.timezone or (configuration.default_timezone if configuration else "")
    if stated:
        return [zones.canonical(stated)]
    if address.startswith("+"):
        found = phone.zones(address)
        if found:
            return found
    agent = target.assigned_agent or target.campaign.agent
    fallback = (agent.timezone if agent else "") or target.campaign.organization.timezone
    return [zones.canonical(fallback)] if fallback else []
