from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.anyreach import access
from api.anyreach.base import AnyreachView, asked_of, body_of
from api.anyreach.errors import Unprocessable
from api.anyreach.fields import as_uuid
from api.anyreach.filters import CampaignParameters
from api.anyreach.pagination import page_of_campaigns
from api.anyreach.serializers.campaigns import Campaign, CampaignCreate, CampaignList, CampaignStats, CampaignUpdate
from api.anyreach.serializers.contacts import as_row
from api.anyreach.words import count_contacts, domain_statuses, live_calls
from api.base import DialectRequest
from campaigns.counters import read_counters
from campaigns.goals import ANSWERED_ONCE
from campaigns.models import Campaign as Model
from campaigns.services import (
    activate_campaign,
    close_campaign,
    create_campaign,
    deactivate_campaign,
    start_campaign,
)
from targets.upsert import UpsertResult, update_campaign_and_targets, upsert_targets


class Campaigns(AnyreachView):
    scopes = {"GET": access.READ, "POST": access.MANAGE}

    @extend_schema(operation_id="list_campaigns", parameters=[CampaignParameters], responses=CampaignList)
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, CampaignParameters)
        rows = access.campaigns(request.caller)
        if asked.get("name"):
            rows = rows.filter(name__icontains=asked["name"])
        if asked.get("status"):
            rows = rows.filter(status__in=domain_statuses(asked["status"]))
        page, following = page_of_campaigns(rows, asked.get("cursor", ""), asked["limit"])
        return Response(CampaignList({"campaigns": page, "next_cursor": following}).data)

    @extend_schema(operation_id="create_campaign", request=CampaignCreate, responses={201: Campaign})
    @transaction.atomic
    def post(self, request: DialectRequest) -> Response:
        caller, values = request.caller, body_of(request, CampaignCreate)
        rows = [as_row(contact) for contact in values.pop("contacts", [])]
        campaign = create_campaign(
            organization=caller.organization,
            owner=caller.user,
            actor=caller.actor,
            **ANSWERED_ONCE,
            **values,
        )
        campaign = start_campaign(campaign=campaign, actor=caller.actor, require_ready=False)
        if rows:
            _require_all(upsert_targets(campaign=campaign, rows=rows, actor=caller.actor))
        return Response(Campaign(campaign).data, status.HTTP_201_CREATED)


class CampaignDetail(AnyreachView):
    scopes = {"GET": access.READ, "PATCH": access.MANAGE}

    @extend_schema(operation_id="get_campaign", responses=Campaign)
    def get(self, request: DialectRequest, id: str) -> Response:
        return Response(Campaign(access.campaign(request.caller, id)).data)

    @extend_schema(operation_id="update_campaign", request=CampaignUpdate, responses=Campaign)
    @transaction.atomic
    def patch(self, request: DialectRequest, id: str) -> Response:
        caller = request.caller
        campaign, values = access.campaign(caller, id), body_of(request, CampaignUpdate)
        rows = [as_row(contact) for contact in values.pop("contacts", [])]
        _require_all(update_campaign_and_targets(campaign=campaign, changes=values, rows=rows, actor=caller.actor))
        campaign.refresh_from_db()
        return Response(Campaign(campaign).data)


class CampaignStart(AnyreachView):
    scopes = {"POST": access.MANAGE}

    @extend_schema(operation_id="start_campaign", request=None, responses=Campaign)
    def post(self, request: DialectRequest, id: str) -> Response:
        campaign = access.campaign(request.caller, id)
        return Response(Campaign(activate_campaign(campaign=campaign, actor=request.caller.actor)).data)


class CampaignPause(AnyreachView):
    scopes = {"POST": access.MANAGE}

    @extend_schema(operation_id="pause_campaign", request=None, responses=Campaign)
    def post(self, request: DialectRequest, id: str) -> Response:
        campaign = access.campaign(request.caller, id)
        return Response(Campaign(deactivate_campaign(campaign=campaign, actor=request.caller.actor)).data)


class CampaignClose(AnyreachView):
    scopes = {"POST": access.MANAGE}

    @extend_schema(operation_id="close_campaign", request=None, responses=Campaign)
    def post(self, request: DialectRequest, id: str) -> Response:
        campaign = access.campaign(request.caller, id)
        return Response(Campaign(close_campaign(campaign=campaign, actor=request.caller.actor)).data)


class Stats(AnyreachView):
    scopes = {"GET": access.READ}

    @extend_schema(operation_id="get_campaign_stats", responses=CampaignStats)
    def get(self, request: DialectRequest, id: str) -> Response:
        if as_uuid(id) is None:
            raise Http404
        return Response(CampaignStats(_stats(access.campaign(request.caller, id))).data)


def _require_all(result: UpsertResult) -> None:
    """Let the request fail as a whole where a contact sent with a campaign was not taken. Raises Unprocessable."""
    if result.failed:
        raise Unprocessable("; ".join(f"contacts[{failure.index}]: {failure.error}" for failure in result.failed[:20]))


def _stats(campaign: Model) -> dict[str, Any]:
    organization, counters = campaign.organization, read_counters([campaign.pk])[campaign.pk]
    contacts, attempts = count_contacts(counters), counters.get("attempts.call", 0)
    return {
        "campaign_id": campaign.pk,
        "status": campaign.status,
        "contacts": contacts,
        "attempts": {
            "total": attempts,
            "average_per_contact": round(attempts / contacts["total"], 2) if contacts["total"] else 0.0,
        },
        "active_calls": live_calls(organization, campaign.pk),
        "concurrency_limit": campaign.concurrency_limit or organization.concurrency_limit,
    }
