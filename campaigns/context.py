"""Keep what the engine asks of a campaign again and again in memory, for exactly as long as it is true.

Deciding one contact needs the campaign, its organization, configuration, agent, numbers, channels, accounts, blackouts
and stages: ten tables that hardly ever change. Triggers on all of them leave a mark in the transaction of the change,
so one small read of the marks tells whether the copy still holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import connection

from campaigns.goals import GoalSpec, stored_goal
from campaigns.models import Campaign, Stage
from campaigns.policy import ContactPolicy
from campaigns.speakers import Speakers, speaking_for

log = structlog.get_logger(__name__)

_RELATED = (
    "organization",
    "configuration",
    "agent__provider_account",
    "phone_number",
    "whatsapp_channel__provider_account",
    "email_channel__provider_account",
)
_MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class CampaignContext:
    """A campaign with all its relations loaded, and what follows from them. Shared between threads: never change it."""

    campaign: Campaign
    policy: ContactPolicy
    goal: GoalSpec
    stages: tuple[Stage, ...]  # by position
    speakers: Speakers


Marks = tuple[int, int]
_kept: dict[UUID, tuple[Marks, CampaignContext]] = {}


def campaign_context(campaign_id: UUID, organization_id: UUID) -> CampaignContext:
    """Return the campaign's context as of now: one small query while nothing of its organization changed.

    Whoever must not miss a change that is being committed asks after taking the lock that the change takes. Raises
    `Campaign.DoesNotExist`.
    """
    marks = _marks(organization_id)
    kept = _kept.get(campaign_id)
    if kept is not None and kept[0] == marks:
        return kept[1]
    context = _load(campaign_id)
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    # What was read just now is at least as new as the marks: had it been newer, the next reader would load again.
    _kept[campaign_id] = (marks, context)
    return context


def _marks(organization_id: UUID) -> Marks:
    """Return what differs after every change: changes may become visible in another order than they were numbered."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(id), 0)::bigint FROM organizations_ruleschange WHERE organization_id = %s",
            [organization_id],
        )
        number, total = cursor.fetchone()
    return number, total


def _load(campaign_id: UUID) -> CampaignContext:
    campaign = Campaign.all_objects.select_related(*_RELATED).get(pk=campaign_id)
    stages = Stage.objects.filter(campaign_id=campaign_id).order_by("position", "id")
    speakers = Speakers.of(campaign.organization_id)
    campaign.agent, campaign.phone_number = speaking_for(campaign, speakers)
    policy, goal = ContactPolicy.of(campaign), stored_goal(campaign.goal_spec)
    if policy.is_unreadable:
        log.error("campaign.rules_unreadable", campaign=str(campaign_id))
    return CampaignContext(campaign, policy, goal, tuple(stages), speakers)
