from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of, body_of
from api.umanize.filters import Asked, CampaignParameters, StrayParameters
from api.umanize.metrics import metrics_of
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.campaigns import (
    STATUS_WORDS,
    CampaignCreate,
    CampaignDetailOut,
    CampaignListItemOut,
    CampaignOut,
)
from campaigns.counters import read_counters
from campaigns.metrics import CampaignProgress
from campaigns.models import Campaign
from campaigns.readiness import check_readiness
from campaigns.services import complete_campaign, create_campaign, pause_campaign, resume_campaign, start_campaign

Move = Callable[..., Campaign]
SHOWN_STAGES = Prefetch("stages", to_attr="shown_stages")
# What a new campaign's `status` asks for, and the move that gets it there.
MOVE_TO: Mapping[str, Move] = {
    "running": start_campaign,
    "paused": pause_campaign,
    "done": complete_campaign,
}


class Campaigns(UmanizeView):
    @extend_schema(
        operation_id="list_campaigns", parameters=[CampaignParameters], responses=envelope(CampaignListItemOut)
    )
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, CampaignParameters)
        rows = access.campaigns(request.caller, asked)
        shown = rows.select_related("agent", "phone_number")
        if asked.include_stages:
            shown = shown.prefetch_related(SHOWN_STAGES)
        page = Page.of(shown, asked, CampaignParameters.sortable)
        counters = read_counters(campaign.pk for campaign in page.rows)
        for campaign in page.rows:
            attach(campaign, numbers=CampaignProgress.of(counters[campaign.pk]))
        return page.answer(CampaignListItemOut, _per_status(rows, asked) if asked.include_aggregations else None)

    @extend_schema(operation_id="create_campaign", request=CampaignCreate, responses={201: CampaignOut})
    @transaction.atomic
    def post(self, request: DialectRequest) -> Response:
        caller, values = request.caller, body_of(request, CampaignCreate)
        wanted = values.pop("status", "draft")
        values["agent"] = access.chosen_agent(caller, values["agent"])
        campaign = create_campaign(organization=caller.organization, owner=caller.user, actor=caller.actor, **values)
        if wanted in MOVE_TO:
            campaign = MOVE_TO[wanted](campaign=campaign, actor=caller.actor)
        return Response(CampaignOut(campaign).data, status.HTTP_201_CREATED)


class CampaignDetail(UmanizeView):
    takes_stray_parameters = frozenset({"GET"})

    @extend_schema(operation_id="get_campaign", parameters=[StrayParameters], responses=CampaignDetailOut)
    def get(self, request: DialectRequest, campaign_id: str) -> Response:
        related = ("organization", "agent", "phone_number", "whatsapp_channel", "configuration")
        rows = access.campaigns(request.caller).select_related(*related).prefetch_related(SHOWN_STAGES)
        campaign = access.one(rows, self.ids["campaign_id"])
        counters = read_counters([campaign.pk])[campaign.pk]
        attach(
            campaign,
            numbers=CampaignProgress.of(counters),
            metrics=metrics_of(request.caller, campaign, counters),
            readiness=check_readiness(campaign),
        )
        return Response(CampaignDetailOut(campaign).data)


class CampaignMove(UmanizeView):
    """A verb that moves a campaign's status."""

    def moved(self, request: DialectRequest, move: Move) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        return Response(CampaignOut(move(campaign=campaign, actor=request.caller.actor)).data)


class CampaignStart(CampaignMove):
    @extend_schema(operation_id="start_campaign", request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, start_campaign)


class CampaignPause(CampaignMove):
    @extend_schema(operation_id="pause_campaign", request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, pause_campaign)


class CampaignResume(CampaignMove):
    @extend_schema(operation_id="resume_campaign", request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, resume_campaign)


class CampaignComplete(CampaignMove):
    @extend_schema(operation_id="complete_campaign", request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, complete_campaign)


def attach(campaign: Campaign, **facts: Any) -> None:
    """Put what was gathered for a campaign on it under the names its serializer reads, as a prefetch does."""
    vars(campaign).update(facts)


def _per_status(rows: Any, asked: Asked) -> dict[str, Any]:
    counts = dict.fromkeys(STATUS_WORDS.values(), 0)
    for domain_status, count in asked.dated(rows).values_list("status").annotate(count=Count("pk")).order_by():
        counts[STATUS_WORDS[domain_status]] += count
    return {"quick_filters": counts, "extra": {}}
