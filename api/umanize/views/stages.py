"""The columns of a campaign's board."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.caller import Caller
from api.umanize import access
from api.umanize.base import UmanizeView, body_of
from api.umanize.serializers.campaigns import CampaignStageOut
from api.umanize.serializers.stages import CampaignStageCreate, CampaignStageUpdate
from campaigns.models import Campaign, Stage
from campaigns.services import create_stage, update_stage
from targets.board import delete_stage


class StageView(UmanizeView):
    def campaign(self, caller: Caller) -> Campaign:
        return access.one(access.campaigns(caller), self.ids["campaign_id"])

    def stage(self, caller: Caller) -> Stage:
        rows = access.stages(caller, self.campaign(caller)).select_related("campaign")
        return access.one(rows, self.ids["stage_id"])


class CampaignStages(StageView):
    @extend_schema(operation_id="list_stages", tags=["stages"], responses=CampaignStageOut(many=True))
    def get(self, request: DialectRequest, campaign_id: str) -> Response:
        rows = access.stages(request.caller, self.campaign(request.caller)).order_by("position", "id")
        return Response(CampaignStageOut(rows, many=True).data)

    @extend_schema(
        operation_id="create_stage", tags=["stages"], request=CampaignStageCreate, responses={201: CampaignStageOut}
    )
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign, values = self.campaign(request.caller), body_of(request, CampaignStageCreate)
        stage = create_stage(campaign=campaign, actor=request.caller.actor, **values)
        return Response(CampaignStageOut(stage).data, status.HTTP_201_CREATED)


class CampaignStageDetail(StageView):
    @extend_schema(operation_id="get_stage", tags=["stages"], responses=CampaignStageOut)
    def get(self, request: DialectRequest, campaign_id: str, stage_id: str) -> Response:
        return Response(CampaignStageOut(self.stage(request.caller)).data)

    @extend_schema(
        operation_id="update_stage", tags=["stages"], request=CampaignStageUpdate, responses=CampaignStageOut
    )
    def patch(self, request: DialectRequest, campaign_id: str, stage_id: str) -> Response:
        stage, changes = self.stage(request.caller), body_of(request, CampaignStageUpdate)
        changed = update_stage(stage=stage, changes=changes, actor=request.caller.actor)
        return Response(CampaignStageOut(changed).data)

    @extend_schema(operation_id="delete_stage", tags=["stages"], responses={204: None})
    def delete(self, request: DialectRequest, campaign_id: str, stage_id: str) -> Response:
        delete_stage(stage=self.stage(request.caller), actor=request.caller.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
