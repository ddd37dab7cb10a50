from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of
from api.umanize.filters import TargetParameters
from api.umanize.filtersets import ACTIONS
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.targets import CampaignTargetWithCustomerOut
from campaigns.counters import Counters, read_counters
from targets.models import CampaignTarget


class CampaignTargets(UmanizeView):
    @extend_schema(
        operation_id="list_campaign_targets_campaigns__campaign_id__targets_get",
        tags=["campaign-targets"],
        parameters=[TargetParameters],
        responses=envelope(CampaignTargetWithCustomerOut),
    )
    def get(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        asked = asked_of(request, TargetParameters)
        rows = access.targets(request.caller, campaign, asked)
        counters = read_counters([campaign.pk])[campaign.pk]
        # Counting a million rows costs twenty pages of them; the counter costs nothing.
        count = None if asked.narrows else lambda: counters.get("targets", 0)
        page = Page.of(rows.select_related("customer"), asked, TargetParameters, count)
        aggregations = _aggregations(counters) if asked.include_aggregations else None
        return page.answer(CampaignTargetWithCustomerOut, aggregations)


def _aggregations(counters: Counters) -> dict[str, Any]:
    """Count the campaign's targets by what they can be filtered by, whatever the filters of this request."""
    actions = {action: counters.get(f"targets.action.{action}", 0) for action in ACTIONS}
    labels = {label: counters.get(f"targets.label.{label}", 0) for label in CampaignTarget.Label.values}
    prefix = "targets.stage."
    stages = {name.removeprefix(prefix): count for name, count in counters.items() if name.startswith(prefix)}
    return {"quick_filters": actions, "extra": {"stage": stages, "ai_label": labels, "action_required": actions}}
