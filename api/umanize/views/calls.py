from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of
from api.umanize.filters import CallParameters
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.calls import CallOut


class Calls(UmanizeView):
    @extend_schema(operation_id="list_calls", tags=["calls"], parameters=[CallParameters], responses=envelope(CallOut))
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, CallParameters)
        rows = access.calls(request.caller, asked).select_related("customer", "campaign")
        page = Page.of(rows, asked, CallParameters)
        for attempt in page.rows:
            vars(attempt)["shown_campaigns"] = [] if attempt.campaign.is_purged else [attempt.campaign]
        return page.answer(CallOut, {} if asked.include_aggregations else None)
