"""Put people into a campaign: known customers by their ids, or somebody new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.response import Response

from api.base import DialectRequest
from api.caller import Caller
from api.umanize import access
from api.umanize.base import UmanizeView, body_of
from api.umanize.serializers.targets import (
    CampaignCreateCustomerRequest,
    CampaignEnrollSingleResult,
    CampaignTargetsBulkRequest,
    bulk_answer,
)
from campaigns.models import Campaign
from customers.services import CustomerData
from targets.enrolment import UNKNOWN_AGENT, UNKNOWN_CUSTOMER, EnrolmentResult, enrol
from targets.new_people import enrol_new_person

_BULK_ANSWER = OpenApiExample(
    "What became of the items",
    value={
        "total": 3,
        "targets_created": 1,
        "targets_skipped": 1,
        "errors": [{"row": 3, "field": "customer_id", "message": UNKNOWN_CUSTOMER}],
    },
    response_only=True,
)


class CampaignTargetsBulk(UmanizeView):
    @extend_schema(
        operation_id="enroll_targets_bulk_campaigns__campaign_id__targets_bulk_post",
        tags=["campaign-targets"],
        request=CampaignTargetsBulkRequest,
        responses=OpenApiTypes.ANY,
        examples=[_BULK_ANSWER],
    )
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        items = body_of(request, CampaignTargetsBulkRequest)["items"]
        return Response(bulk_answer(items, _enrol(request.caller, campaign, items)))


class CampaignTargetsCreateCustomer(UmanizeView):
    @extend_schema(
        operation_id="create_customer_and_enroll_campaigns__campaign_id__targets_create_customer_post",
        tags=["campaign-targets"],
        request=CampaignCreateCustomerRequest,
        responses=CampaignEnrollSingleResult,
    )
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        caller = request.caller
        campaign = access.one(access.campaigns(caller).select_related("organization"), self.ids["campaign_id"])
        values = body_of(request, CampaignCreateCustomerRequest)
        assigned = access.chosen_agent(caller, values.pop("assigned_agent_id", None), "assigned_agent")
        agent = access.chosen_agent(caller, values.pop("customer_agent_id", None), "customer_agent")
        result = enrol_new_person(
            campaign=campaign,
            data=CustomerData(**values, agent=agent),
            assigned_agent_id=assigned.pk if assigned else None,
            owner=caller.user,
            may_use=lambda customer: access.may_use(caller, customer),
            actor=caller.actor,
        )
        answer: dict[str, Any] = {
            "created": result.created,
            "skipped": not result.created,
            "reason": result.reason or None,
        }
        return Response(CampaignEnrollSingleResult(answer).data)


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
