"""Log people in. Everybody may ask; how often somebody may guess is for the throttle to say."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize.base import UmanizeView, body_of
from api.umanize.serializers.tokens import TokenOut, TokenRefreshRequest, TokenRequest
from organizations.exceptions import InvalidRefreshToken
from organizations.services.access_tokens import log_in, refresh_login


class TokenView(UmanizeView):
    """Credentials are what is asked for here, so none are needed; those that are sent along do not matter."""

    authentication_classes: ClassVar[list[type]] = []  # type: ignore[misc]  # DRF declares it of the instance
    permission_classes = [AllowAny]
    throttle_scope: ClassVar[str] = "login"


class Tokens(TokenView):
    @extend_schema(operation_id="create_token", tags=["auth"], request=TokenRequest, responses=TokenOut)
    def post(self, request: DialectRequest) -> Response:
        return Response(TokenOut(log_in(**body_of(request, TokenRequest))).data)


class TokenRefresh(TokenView):
    @extend_schema(operation_id="refresh_token", tags=["auth"], request=TokenRefreshRequest, responses=TokenOut)
    def post(self, request: DialectRequest) -> Response:
        pair = refresh_login(token=body_of(request, TokenRefreshRequest)["refresh_token"])
        if pair is None:
            raise InvalidRefreshToken
        return Response(TokenOut(pair).data)
