from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.base import DialectRequest
from api.caller import Caller
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of, body_of
from api.umanize.filters import ACTIONS, TargetParameters, narrowed_targets
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.targets import (
    CampaignTargetsBulkOut,
    CampaignTargetsBulkRequest,
    CampaignTargetWithCustomerOut,
    bulk_answer,
)
from campaigns.counters import Counters, read_counters
from campaigns.models import Campaign
from targets.enrolment import UNKNOWN_AGENT, UNKNOWN_CUSTOMER, EnrolmentResult, enrol
from targets.models import CampaignTarget


class CampaignTargets(UmanizeView):
    @extend_schema(
        operation_id="list_campaign_targets",
        parameters=[TargetParameters],
        responses=envelope(CampaignTargetWithCustomerOut),
    )
    def get(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        asked = asked_of(request, TargetParameters)
        rows = narrowed_targets(access.targets(request.caller, campaign, asked), asked)
        counters = read_counters([campaign.pk])[campaign.pk]
        # Counting a million rows costs twenty pages of them; the counter costs nothing.
        count = None if asked.narrows else lambda: counters.get("targets", 0)
        page = Page.of(rows.select_related("customer"), asked, TargetParameters.sortable, count)
        aggregations = _aggregations(counters) if asked.include_aggregations else None
        return page.answer(CampaignTargetWithCustomerOut, aggregations)


class CampaignTargetsBulk(UmanizeView):
    @extend_schema(
        operation_id="enroll_targets_bulk", request=CampaignTargetsBulkRequest, responses=CampaignTargetsBulkOut
    )
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        items = body_of(request, CampaignTargetsBulkRequest)["items"]
        return Response(bulk_answer(items, _enrol(request.caller, campaign, items)))


def _enrol(caller: Caller, campaign: Campaign, items: Sequence[Mapping[str, UUID]]) -> EnrolmentResult:
    """Enrol what the caller may see; anything else is as if it were not there."""
    unseen = _unseen(caller, items)
    wanted = [item for item in items if item["customer_id"] not in unseen]
    agents = {item["customer_id"]: item["assigned_agent_id"] for item in wanted if "assigned_agent_id" in item}
    result = enrol(campaign=campaign, customer_ids=[item["customer_id"] for item in wanted], assigned_agent_ids=agents)
    return replace(result, rejected={**unseen, **result.rejected})


def _unseen(caller: Caller, items: Sequence[Mapping[str, UUID]]) -> dict[UUID, str]:
    if caller.is_admin:
        return {}  # the service looks for itself in the whole organization
    customer_ids = {item["customer_id"] for item in items}
    agent_ids = {item["customer_id"]: item["assigned_agent_id"] for item in items if "assigned_agent_id" in item}
    customers = set(access.customers(caller).filter(pk__in=customer_ids).values_list("pk", flat=True))
    agents = set(access.agents(caller).filter(pk__in=agent_ids.values()).values_list("pk", flat=True))
    without_agent = {customer: UNKNOWN_AGENT for customer, agent in agent_ids.items() if agent not in agents}
    return without_agent | dict.fromkeys(customer_ids - customers, UNKNOWN_CUSTOMER)


def _aggregations(counters: Counters) -> dict[str, Any]:
    """Count the campaign's targets by what they can be filtered by, whatever the filters of this request."""
    actions = {action: counters.get(f"targets.action.{action}", 0) for action in ACTIONS}
    labels = {label: counters.get(f"targets.label.{label}", 0) for label in CampaignTarget.Label.values}
    prefix = "targets.stage."
    stages = {name.removeprefix(prefix): count for name, count in counters.items() if name.startswith(prefix)}
    return {"quick_filters": actions, "extra": {"stage": stages, "ai_label": labels, "action_required": actions}}
