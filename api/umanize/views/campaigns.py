from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count, Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of, body_of
from api.umanize.configured import put_what_holds, shown_campaign
from api.umanize.filters import Asked, CampaignParameters
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.campaigns import STATUS_WORDS, CampaignCreate, CampaignListItemOut, CampaignOut
from api.umanize.views.moves import moved_to
from campaigns.counters import read_counters
from campaigns.metrics import CampaignProgress
from campaigns.models import Campaign
from campaigns.services import create_campaign

SHOWN_STAGES = Prefetch("stages", to_attr="shown_stages")


class Campaigns(UmanizeView):
    @extend_schema(
        operation_id="list_campaigns_campaigns_get",
        tags=["campaigns"],
        parameters=[CampaignParameters],
        responses=envelope(CampaignListItemOut),
    )
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, CampaignParameters)
        return page_of_campaigns(access.campaigns(request.caller, asked), asked)

    @extend_schema(
        operation_id="create_campaign_campaigns_post",
        tags=["campaigns"],
        request=CampaignCreate,
        responses={201: CampaignOut},
    )
    @transaction.atomic
    def post(self, request: DialectRequest) -> Response:
        caller, values = request.caller, body_of(request, CampaignCreate)
        wanted = values.pop("status", "draft")
        values["agent"] = access.chosen_agent(caller, values["agent"])
        campaign = create_campaign(organization=caller.organization, owner=caller.user, actor=caller.actor, **values)
        campaign = moved_to(wanted, campaign, caller.actor)
        return Response(shown_campaign(campaign), status.HTTP_201_CREATED)


def page_of_campaigns(rows: Any, asked: Asked) -> Response:
    """Answer with a page of campaigns, each with its progress."""
    shown = rows.select_related("agent", "phone_number", "configuration")
    if asked.include_stages:
        shown = shown.prefetch_related(SHOWN_STAGES)
    page = Page.of(shown, asked, CampaignParameters)
    put_what_holds(page.rows)
    counters = read_counters(campaign.pk for campaign in page.rows)
    for campaign in page.rows:
        attach(campaign, numbers=CampaignProgress.of(counters[campaign.pk]))
    return page.answer(CampaignListItemOut, _per_status(rows, asked) if asked.include_aggregations else None)


def attach(campaign: Campaign, **facts: Any) -> None:
    """Put what was gathered for a campaign on it under the names its serializer reads, as a prefetch does."""
    vars(campaign).update(facts)


def _per_status(rows: Any, asked: Asked) -> dict[str, Any]:
    counts = dict.fromkeys(STATUS_WORDS.values(), 0)
    for domain_status, count in asked.dated(rows).values_list("status").annotate(count=Count("pk")).order_by():
        counts[STATUS_WORDS[domain_status]] += count
    return {"quick_filters": counts, "extra": {}}
