"""What became of a campaign so far: its numbers, and its timeline."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of
from api.umanize.filters import ActivityParameters
from api.umanize.filtersets import CALL_OUTCOMES
from api.umanize.metrics import metrics_of
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.insight import ActivityOut, CampaignAnalyticsOut
from api.umanize.views.campaigns import SHOWN_STAGES, attach
from campaigns.counters import Counters, read_counters
from campaigns.metrics import CampaignProgress
from campaigns.models import Stage
from targets.models import CampaignTarget


class CampaignAnalytics(UmanizeView):
    @extend_schema(operation_id="get_campaign_analytics", tags=["analytics"], responses=CampaignAnalyticsOut)
    def get(self, request: DialectRequest, campaign_id: str) -> Response:
        rows = access.campaigns(request.caller).prefetch_related(SHOWN_STAGES)
        campaign = access.one(rows, self.ids["campaign_id"])
        counters = read_counters([campaign.pk])[campaign.pk]
        numbers = CampaignProgress.of(counters)
        attach(
            campaign,
            numbers=numbers,
            metrics=metrics_of(request.caller, campaign, counters),
            funnel={
                "contacts": numbers.contacts_total,
                "contacted": numbers.contacts_contacted,
                "succeeded": numbers.contacts_succeeded,
            },
            stage_counts=[_with_count(stage, counters) for stage in vars(campaign)["shown_stages"]],
            labels=_counts(counters, "targets.label", CampaignTarget.Label.values),
            call_outcomes=_counts(counters, "attempts.call", CALL_OUTCOMES),
            ended_because=_counts(counters, "targets.done", CampaignTarget.DoneReason.values),
        )
        return Response(CampaignAnalyticsOut(campaign).data)


class CampaignActivity(UmanizeView):
    @extend_schema(
        operation_id="list_campaign_activity",
        tags=["analytics"],
        parameters=[ActivityParameters],
        responses=envelope(ActivityOut),
    )
    def get(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        asked = asked_of(request, ActivityParameters)
        page = Page.of(access.activity(request.caller, campaign, asked), asked, ActivityParameters)
        return page.answer(ActivityOut, {} if asked.include_aggregations else None)


def _with_count(stage: Stage, counters: Counters) -> dict[str, Any]:
    contacts = counters.get(f"targets.stage.{stage.key}", 0)
    return {"key": stage.key, "name": stage.name, "semantic_type": stage.semantic_type, "contacts": contacts}


def _counts(counters: Counters, prefix: str, names: list[str]) -> dict[str, int]:
    return {name: counters.get(f"{prefix}.{name}", 0) for name in names}
