"""One campaign: read it with everything about it, change it, delete it, bring it back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.caller import Caller
from api.umanize import access
from api.umanize.base import UmanizeView, body_of, query_of
from api.umanize.configured import put_what_holds, shown_campaign
from api.umanize.filters import CampaignPurgeParameters, StrayParameters
from api.umanize.metrics import metrics_of
from api.umanize.serializers.campaigns import CampaignDetailOut, CampaignGoalUpdate, CampaignOut, CampaignUpdate
from api.umanize.views.campaigns import SHOWN_STAGES, attach
from api.umanize.views.moves import moved_to
from campaigns.counters import read_counters
from campaigns.metrics import CampaignProgress
from campaigns.models import Campaign
from campaigns.readiness import check_readiness
from campaigns.services import restore_campaign, soft_delete_campaign, update_campaign
from targets.purging import purge_campaign, remove_attempts

_RELATED = ("organization", "agent", "phone_number", "whatsapp_channel", "configuration")


class CampaignDetail(UmanizeView):
    takes_stray_parameters = frozenset({"GET", "PATCH", "DELETE"})

    @extend_schema(
        operation_id="get_campaign_detail_campaigns__campaign_id__get",
        tags=["campaigns"],
        parameters=[StrayParameters],
        responses=CampaignDetailOut,
    )
    def get(self, request: DialectRequest, campaign_id: str) -> Response:
        rows = access.campaigns(request.caller).select_related(*_RELATED).prefetch_related(SHOWN_STAGES)
        campaign = access.one(rows, self.ids["campaign_id"])
        counters = read_counters([campaign.pk])[campaign.pk]
        attach(
            campaign,
            numbers=CampaignProgress.of(counters),
            metrics=metrics_of(request.caller, campaign, counters),
            readiness=check_readiness(campaign),
        )
        put_what_holds([campaign])
        return Response(CampaignDetailOut(campaign).data)

    @extend_schema(
        operation_id="update_campaign_campaigns__campaign_id__patch",
        tags=["campaigns"],
        parameters=[StrayParameters],
        request=CampaignUpdate,
        responses=CampaignOut,
    )
    def patch(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        return _changed(request.caller, campaign, body_of(request, CampaignUpdate))

    @extend_schema(
        operation_id="delete_campaign_campaigns__campaign_id__delete",
        tags=["campaigns"],
        parameters=[CampaignPurgeParameters, StrayParameters],
        responses={204: None},
    )
    def delete(self, request: DialectRequest, campaign_id: str) -> Response:
        caller, how = request.caller, query_of(request, CampaignPurgeParameters)
        if how["purge"]:
            gone = access.one(access.campaigns_even_deleted(caller), self.ids["campaign_id"])
            purge_campaign(campaign=gone, delete_attempts=how["delete_attempts"], actor=caller.actor)
        else:
            hidden = access.one(access.campaigns(caller), self.ids["campaign_id"])
            _hide(caller, hidden, delete_attempts=how["delete_attempts"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class CampaignGoal(UmanizeView):
    takes_stray_parameters = frozenset({"PATCH"})

    @extend_schema(
        operation_id="update_campaign_goal_campaigns__campaign_id__goal_patch",
        tags=["campaigns"],
        parameters=[StrayParameters],
        request=CampaignGoalUpdate,
        responses=CampaignOut,
    )
    def patch(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        return _changed(request.caller, campaign, body_of(request, CampaignGoalUpdate))


class CampaignRestore(UmanizeView):
    @extend_schema(
        operation_id="restore_campaign_campaigns__campaign_id__restore_post",
        tags=["campaigns"],
        request=None,
        responses=CampaignOut,
    )
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns_even_deleted(request.caller), self.ids["campaign_id"])
        if campaign.is_deleted:
            campaign = restore_campaign(campaign=campaign, actor=request.caller.actor)
        return Response(shown_campaign(campaign))


@transaction.atomic
def _changed(caller: Caller, campaign: Campaign, changes: dict[str, Any]) -> Response:
    """Change fields first and the status last, so that a start is judged by what the request brought along."""
    wanted = changes.pop("status", None)
    if changes.get("agent") and changes["agent"] != campaign.agent_id:
        changes["agent"] = access.chosen_agent(caller, changes["agent"])
    if changes:
        campaign = update_campaign(campaign=campaign, changes=changes, actor=caller.actor)
    if wanted:
        campaign = moved_to(wanted, campaign, caller.actor)
    return Response(shown_campaign(campaign))


@transaction.atomic
def _hide(caller: Caller, campaign: Campaign, *, delete_attempts: bool) -> None:
    soft_delete_campaign(campaign=campaign, actor=caller.actor)
    if delete_attempts:
        remove_attempts(campaign=campaign, actor=caller.actor)
