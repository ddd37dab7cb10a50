"""One person in one campaign: put them into a stage, have them judged, take them out, bring them back."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.caller import Caller
from api.umanize import access
from api.umanize.base import UmanizeView, body_of, query_of
from api.umanize.filters import PurgeParameters, StrayParameters
from api.umanize.serializers.targets import CampaignTargetStageUpdate, CampaignTargetWithCustomerOut
from targets.board import set_stage
from targets.goal_verification import verify_goal
from targets.models import CampaignTarget
from targets.removal import purge_target, remove_target, restore_target


class TargetView(UmanizeView):
    def target(self, caller: Caller, *, even_deleted: bool = False) -> CampaignTarget:
        """Return the target the path names, in a campaign of the caller's. Raises Http404."""
        campaign = access.one(access.campaigns(caller), self.ids["campaign_id"])
        rows = access.targets_even_deleted(caller, campaign).select_related("customer")
        target = access.one(rows, self.ids["target_id"])
        if target.is_deleted and not even_deleted:
            raise Http404
        return target


class CampaignTargetDetail(TargetView):
    @extend_schema(
        operation_id="delete_campaign_target_campaigns__campaign_id__targets__target_id__delete",
        tags=["campaign-targets"],
        parameters=[PurgeParameters],
        responses={204: None},
    )
    def delete(self, request: DialectRequest, campaign_id: str, target_id: str) -> Response:
        caller, purges = request.caller, query_of(request, PurgeParameters)["purge"]
        remove = purge_target if purges else remove_target
        remove(target=self.target(caller, even_deleted=purges), actor=caller.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CampaignTargetRestore(TargetView):
    @extend_schema(
        operation_id="restore_campaign_target_campaigns__campaign_id__targets__target_id__restore_post",
        tags=["campaign-targets"],
        request=None,
        responses=CampaignTargetWithCustomerOut,
    )
    def post(self, request: DialectRequest, campaign_id: str, target_id: str) -> Response:
        target = self.target(request.caller, even_deleted=True)
        if target.is_deleted:
            target = restore_target(target=target, actor=request.caller.actor)
        return Response(CampaignTargetWithCustomerOut(target).data)


class CampaignTargetStage(TargetView):
    takes_stray_parameters = frozenset({"PATCH"})

    @extend_schema(
        operation_id="update_campaign_target_stage_campaigns__campaign_id__targets__target_id__stage_patch",
        tags=["campaign-targets"],
        parameters=[StrayParameters],
        request=CampaignTargetStageUpdate,
        responses=CampaignTargetWithCustomerOut,
    )
    def patch(self, request: DialectRequest, campaign_id: str, target_id: str) -> Response:
        target, key = self.target(request.caller), body_of(request, CampaignTargetStageUpdate)["stage"]
        moved = set_stage(target=target, key=key, actor=request.caller.actor)
        return Response(CampaignTargetWithCustomerOut(moved).data)


class CampaignTargetVerifyGoal(TargetView):
    takes_stray_parameters = frozenset({"POST"})
    leaves_the_database = True

    @extend_schema(
        operation_id="verify_goal_for_target_campaigns__campaign_id__targets__target_id__verify_goal_post",
        tags=["campaign-targets"],
        parameters=[StrayParameters],
        request=None,
        responses=CampaignTargetWithCustomerOut,
    )
    def post(self, request: DialectRequest, campaign_id: str, target_id: str) -> Response:
        verified = verify_goal(target=self.target(request.caller), actor=request.caller.actor)
        return Response(CampaignTargetWithCustomerOut(verified).data)
