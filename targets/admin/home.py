"""The admin's home page: what is running now, where it stands, and what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpRequest

from campaigns.counters import read_counters
from campaigns.metrics import CampaignProgress
from campaigns.models import Campaign
from lib import clock
from organizations.admin_base import Capability, access_of
from organizations.models import Organization, SystemFlag
from organizations.switches import DIALING_FLAG, ON
from targets.alerts import standing_alerts
from targets.models import Attempt, CampaignTarget, ReviewItem

_ORGANIZATIONS_SHOWN = 20
_CAMPAIGNS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class CampaignLine:
    campaign: Campaign
    progress: CampaignProgress

    @property
    def percent(self) -> int:
        return round(self.progress.progress * 100)

    @property
    def done(self) -> int:
        return self.progress.contacts_total - self.progress.contacts_remaining


@dataclass(frozen=True, slots=True)
class OrganizationCard:
    organization: Organization
    live_calls: int
    open_reviews: int
    running: int


def environment(request: HttpRequest) -> list[str] | None:
    """Return what the header says about the clock, nothing in real time."""
    simulated = clock.simulated()
    return [f"simulated time, {simulated.rate:g} times as fast", "warning"] if simulated else None


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard to the context of the home page; a constant number of queries."""
    organizations = list(_visible(request)[:_ORGANIZATIONS_SHOWN])
    keys = [organization.pk for organization in organizations]
    calls = _count(Attempt.objects.live().filter(channel=CampaignTarget.Channel.CALL), keys)
    reviews = _count(ReviewItem.objects.filter(decided_at__isnull=True), keys)
    running = Campaign.objects.running().filter(organization__in=keys).select_related("organization")
    campaigns = list(running.order_by("-priority", "-pk")[:_CAMPAIGNS_SHOWN])
    counts = _count(running, keys)
    counters = read_counters([campaign.pk for campaign in campaigns])
    flag = SystemFlag.objects.filter(key=DIALING_FLAG).exclude(value=ON).first()
    cards = [OrganizationCard(o, calls.get(o.pk, 0), reviews.get(o.pk, 0), counts.get(o.pk, 0)) for o in organizations]
    lines = [CampaignLine(campaign, CampaignProgress.of(counters[campaign.pk])) for campaign in campaigns]
    alerts = standing_alerts() if access_of(request).is_superuser else []
    shown = {"cards": cards, "running": lines, "platform_switch": flag, "alerts": alerts, "now": clock.now()}
    return {**context, **shown, "title": "Home"}


def _visible(request: HttpRequest) -> QuerySet[Any]:
    access, rows = access_of(request), Organization.objects.order_by("name")
    return rows if access.is_superuser else rows.filter(pk__in=access.organizations(Capability.VIEW))


def _count(rows: QuerySet[Any], organizations: list[UUID]) -> Mapping[UUID, int]:
    counted = rows.filter(organization__in=organizations).order_by().values_list("organization")
    return dict(counted.annotate(count=Count("pk")))
