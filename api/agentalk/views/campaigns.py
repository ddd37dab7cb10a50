from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from api.agentalk import access
from api.agentalk.base import AgentalkView, asked_of, body_of
from api.agentalk.filters import CampaignParameters
from api.agentalk.pagination import envelope, slice_of
from api.agentalk.serializers.campaigns import (
    DOMAIN_STATUSES,
    AddContactsRequest,
    CampaignCreate,
    CampaignOut,
    StartRequest,
)
from api.base import DialectRequest
from campaigns.counters import read_counters
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from campaigns.services import (
    close_campaign,
    complete_campaign,
    create_campaign,
    pause_campaign,
    resume_campaign,
    start_campaign,
)
from lib import clock
from lib.lifecycle import TransitionRefused
from targets.rounds import enrol_or_reset

# A client's clock may be this much behind ours; a start any earlier than that is a mistake.
LATEST_START = timedelta(seconds=60)
# What a campaign of this dialect counts as success: what was said where it has a goal in words, else an answered call.
_SAID = {"objectives": [{"type": "ai"}]}
_ANSWERED = {"objectives": [{"type": "contact", "channels": ["call"]}]}


class Campaigns(AgentalkView):
    properties = {
        "agent": "agentId",
        "phone_number": "phoneNumberId",
        "call_opening_message": "openingMessage",
        "call_attempt_delays": "retryDelays",
    }

    @extend_schema(operation_id="campaigns_retrieve", tags=["Campaigns"], responses=OpenApiTypes.OBJECT)
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, CampaignParameters)
        rows = access.campaigns(request.caller)
        if "status" in asked:
            rows = rows.filter(status__in=DOMAIN_STATUSES[asked["status"]])
        found, total = slice_of(rows, asked)
        return Response(envelope("campaigns", _shown(found), total, asked))

    @extend_schema(
        operation_id="campaigns_create", tags=["Campaigns"], request=CampaignCreate, responses={201: CampaignOut}
    )
    def post(self, request: DialectRequest) -> Response:
        caller, values = request.caller, body_of(request, CampaignCreate)
        values.setdefault("agent", access.only_agent(caller))
        values.setdefault("phone_number", access.only_phone_number(caller))
        values["goal_spec"] = _SAID if values.get("goal") else _ANSWERED
        campaign = create_campaign(organization=caller.organization, owner=caller.user, actor=caller.actor, **values)
        return Response(_one_shown(campaign), status.HTTP_201_CREATED)


class CampaignDetail(AgentalkView):
    @extend_schema(operation_id="campaigns_detail_retrieve", tags=["Campaigns"], responses=CampaignOut)
    def get(self, request: DialectRequest, campaign_id: str) -> Response:
        return Response(_one_shown(access.one(access.campaigns(request.caller), campaign_id)))


class CampaignContacts(AgentalkView):
    @extend_schema(
        operation_id="campaigns_contacts_create",
        tags=["Campaigns"],
        request=AddContactsRequest,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), campaign_id)
        sent: list[str] = list(dict.fromkeys(body_of(request, AddContactsRequest)["contact_ids"]))
        ids = {text: _uuid(text) for text in sent}
        wanted = [key for key in ids.values() if key is not None]
        result = enrol_or_reset(campaign=campaign, customer_ids=wanted, actor=request.caller.actor)
        invalid = _named_once(ids, result.rejected)
        return Response(_summary(result.added, result.reset, invalid))


class CampaignStart(AgentalkView):
    @extend_schema(
        operation_id="campaigns_start_create", tags=["Campaigns"], request=StartRequest, responses=OpenApiTypes.OBJECT
    )
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        campaign = access.one(access.campaigns(request.caller), campaign_id)
        at: datetime | None = body_of(request, StartRequest).get("at")
        if at is not None and at < clock.now() - LATEST_START:
            raise ValidationError({"startAt": ["This time is more than 60 seconds in the past."]})
        try:
            started = start_campaign(campaign=campaign, at=at, actor=request.caller.actor, reopen=False)
        except TransitionRefused as refusal:
            if refusal.current != Status.RUNNING:
                raise
            active = access.one(access.campaigns(request.caller), campaign_id)
            return Response(_one_shown(active) | {"message": "The campaign is active already."})
        return Response(_one_shown(started) | {"message": _what_happens(started)})


class CampaignMove(AgentalkView):
    """A verb that moves a campaign's status."""

    def moved(self, request: DialectRequest, campaign_id: str, move: Callable[..., Campaign]) -> Response:
        campaign = access.one(access.campaigns(request.caller), campaign_id)
        return Response(_one_shown(move(campaign=campaign, actor=request.caller.actor)))


class CampaignPause(CampaignMove):
    @extend_schema(operation_id="campaigns_pause_create", tags=["Campaigns"], request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, campaign_id, pause_campaign)


class CampaignResume(CampaignMove):
    @extend_schema(operation_id="campaigns_resume_create", tags=["Campaigns"], request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, campaign_id, resume_campaign)


class CampaignStop(CampaignMove):
    @extend_schema(operation_id="campaigns_stop_create", tags=["Campaigns"], request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, campaign_id, close_campaign)


class CampaignComplete(CampaignMove):
    @extend_schema(operation_id="campaigns_complete_create", tags=["Campaigns"], request=None, responses=CampaignOut)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.moved(request, campaign_id, complete_campaign)


def _shown(campaigns: Sequence[Campaign]) -> list[dict[str, Any]]:
    """Return campaigns as they are answered, with the number of their contacts: one query."""
    counters = read_counters(campaign.pk for campaign in campaigns)
    for campaign in campaigns:
        vars(campaign)["contact_count"] = counters[campaign.pk].get("targets", 0)
    return list(CampaignOut(campaigns, many=True).data)


def _one_shown(campaign: Campaign) -> dict[str, Any]:
    return _shown([campaign])[0]


def _what_happens(campaign: Campaign) -> str:
    if campaign.start_at is None:
        return "The campaign is active."
    return f"The campaign starts at {campaign.start_at:%Y-%m-%dT%H:%M:%SZ}."


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _named_once(ids: dict[str, UUID | None], rejected: Iterable[UUID]) -> list[str]:
    """Return what is invalid as it was sent: what is no id, and what was rejected, in whichever form it came first."""
    first = {key: text for text, key in reversed(ids.items()) if key is not None}
    wrong = {first[key] for key in rejected}
    return [text for text, key in ids.items() if key is None or text in wrong]


def _summary(added: Sequence[UUID], reset: Sequence[UUID], invalid: Sequence[str]) -> dict[str, Any]:
    return {
        "added": len(added),
        "reset": len(reset),
        "invalid": len(invalid),
        "addedIds": [str(key) for key in added],
        "resetIds": [str(key) for key in reset],
        "invalidIds": list(invalid),
    }
