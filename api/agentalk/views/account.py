from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.agentalk import access
from api.agentalk.base import AgentalkView, asked_of
from api.agentalk.filters import PageParameters
from api.agentalk.pagination import numbered, page_of
from api.agentalk.serializers.account import CustomFieldOut, CustomFieldPageOut
from api.base import DialectRequest


class CustomFields(AgentalkView):
    @extend_schema(
        operation_id="account_custom_fields_retrieve",
        tags=["Account"],
        parameters=[PageParameters],
        responses=CustomFieldPageOut,
    )
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, PageParameters)
        found, total = page_of(access.custom_fields(request.caller).order_by("label", "id"), asked)
        return Response(numbered(request, list(CustomFieldOut(found, many=True).data), total, asked))
