"""Keep the one campaign an organization has for contacts that belong to no campaign (see docs/adr/0011)."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from campaigns.goals import ANSWERED_ONCE
from campaigns.models import Campaign
from campaigns.services.campaigns import create_campaign
from campaigns.services.lifecycle import start_campaign
from lib.db.constraints import broken_constraint
from organizations.models import Organization
from organizations.services import Actor

NAME = "Contacts of no campaign"
# Contacts of no campaign skip the hours of the person's zone.
ALWAYS = [{"days": list(range(7)), "start": "00:00", "end": "24:00"}]
DELAYS_MINUTES = [60, 60, 60]


def find_adhoc_campaign(*, organization: Organization) -> Campaign | None:
    """Return the campaign that holds the contacts of no campaign, None while there were none."""
    found: Campaign | None = Campaign.all_objects.for_organization(organization).filter(is_adhoc=True).first()
    return found


def find_or_create_adhoc_campaign(*, organization: Organization, actor: Actor | None = None) -> Campaign:
    """Return the campaign that holds the contacts of no campaign, made and started where it is missing."""
    found = find_adhoc_campaign(organization=organization)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return _create(organization, actor)
    except IntegrityError as error:
        made_meanwhile = find_adhoc_campaign(organization=organization)
        if broken_constraint(error) != "campaign_one_adhoc" or made_meanwhile is None:
            raise
        return made_meanwhile


def _create(organization: Organization, actor: Actor | None) -> Campaign:
    campaign = create_campaign(
        organization=organization,
        owner=None,
        name=NAME,
        working_hours=ALWAYS,
        call_attempt_delays=DELAYS_MINUTES,
        actor=actor,
        **ANSWERED_ONCE,
    )
    campaign.is_adhoc = True
    campaign.save(update_fields=["is_adhoc"])
    return start_campaign(campaign=campaign, actor=actor, require_ready=False)
