"""What belongs to the organization, or to nobody."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.anyreach import access
from api.anyreach.base import AnyreachView, body_of
from api.anyreach.serializers.organization import Concurrency, ConcurrencyIn, Timezones
from api.anyreach.words import live_calls
from api.base import DialectRequest
from lib import zones
from organizations.models import Organization
from organizations.services import set_concurrency_limit


class ConcurrencySettings(AnyreachView):
    scopes = {"GET": access.READ_CONCURRENCY, "PUT": access.MANAGE_CONCURRENCY}

    @extend_schema(operation_id="get_concurrency_settings", responses=Concurrency)
    def get(self, request: DialectRequest) -> Response:
        return _answer(request.organization)

    @extend_schema(operation_id="set_concurrency_settings", request=ConcurrencyIn, responses=Concurrency)
    def put(self, request: DialectRequest) -> Response:
        limit = body_of(request, ConcurrencyIn)["concurrency_limit"]
        caller = request.caller
        return _answer(set_concurrency_limit(organization=caller.organization, limit=limit, actor=caller.actor))


class KnownTimezones(AnyreachView):
    scopes = {"GET": access.ANY}

    @extend_schema(operation_id="list_timezones", responses=Timezones)
    def get(self, request: DialectRequest) -> Response:
        return Response(Timezones({"timezones": zones.available()}).data)


def _answer(organization: Organization) -> Response:
    answer = {"concurrency_limit": organization.concurrency_limit, "active_count": live_calls(organization)}
    return Response(Concurrency(answer).data)
