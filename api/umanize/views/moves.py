"""Move campaigns through their statuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView
from api.umanize.configured import shown_campaign
from api.umanize.serializers.campaigns import STATUS_WORDS, CampaignOut
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from campaigns.services import complete_campaign, pause_campaign, resume_campaign, start_campaign
from lib.lifecycle import TransitionRefused
from organizations.services import Actor

Move = Callable[..., Campaign]
# What a wanted `status` asks for.
_MOVES: Mapping[str, Move] = {"running": start_campaign, "paused": pause_campaign, "done": complete_campaign}


def moved_to(wanted: str, campaign: Campaign, actor: Actor) -> Campaign:
    """Return the campaign in the status of the dialect that is wanted; one that has it stays as it is.

    Raises TransitionRefused, NotReady.
    """
    if STATUS_WORDS[campaign.status] == wanted:
        return campaign
    if wanted == "draft":
        raise TransitionRefused("campaign", campaign.status, Status.DRAFT)
    move = resume_campaign if wanted == "running" and campaign.status == Status.PAUSED else _MOVES[wanted]
    return move(campaign=campaign, actor=actor)


class CampaignMove(UmanizeView):
    """A verb that moves a campaign's status."""

    def moved(self, request: DialectRequest, move: Move) -> Response:
        campaign = access.one(access.campaigns(request.caller), self.ids["campaign_id"])
        return Response(shown_campaign(move(campaign=campaign, actor=request.caller.actor)))


class CampaignStart(CampaignMove):
    @extend_schema(operation_id="start_campaign", tags=["campaigns"], request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, start_campaign)


class CampaignPause(CampaignMove):
    @extend_schema(operation_id="pause_campaign", tags=["campaigns"], request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, pause_campaign)


class CampaignResume(CampaignMove):
    @extend_schema(operation_id="resume_campaign", tags=["campaigns"], request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, resume_campaign)


class CampaignComplete(CampaignMove):
    @extend_schema(operation_id="complete_campaign", tags=["campaigns"], request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, complete_campaign)
