"""Who speaks, and from where: what a campaign can be given."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of
from api.umanize.fields import Shape
from api.umanize.filters import Asked, NamedParameters, NumberParameters
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.channels import AgentOut, PhoneNumberOut, WhatsAppChannelOut


class Agents(UmanizeView):
    @extend_schema(operation_id="list_agents", parameters=[NamedParameters], responses=envelope(AgentOut))
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, NamedParameters)
        return _answer(access.agents(request.caller), asked, NamedParameters, AgentOut)


class PhoneNumbers(UmanizeView):
    @extend_schema(operation_id="list_phone_numbers", parameters=[NumberParameters], responses=envelope(PhoneNumberOut))
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, NumberParameters)
        return _answer(access.phone_numbers(request.caller), asked, NumberParameters, PhoneNumberOut)


class WhatsAppChannels(UmanizeView):
    @extend_schema(
        operation_id="list_whatsapp_channels", parameters=[NamedParameters], responses=envelope(WhatsAppChannelOut)
    )
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, NamedParameters)
        return _answer(access.whatsapp_channels(request.caller), asked, NamedParameters, WhatsAppChannelOut)


def _answer(
    rows: Any, asked: Asked, parameters: type[NamedParameters | NumberParameters], item: type[Shape]
) -> Response:
    if asked.q:
        names = [name for name in parameters.sortable if not name.endswith("_at")]
        rows = rows.filter(Q(*[(f"{name}__icontains", asked.q) for name in names], _connector=Q.OR))
    page = Page.of(rows, asked, parameters.sortable)
    return page.answer(item, {} if asked.include_aggregations else None)
