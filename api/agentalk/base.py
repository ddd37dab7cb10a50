"""The view every operation of the dialect builds on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from rest_framework.response import Response
from rest_framework.serializers import Serializer

from api.agentalk.authentication import OrganizationTokenAuthentication
from api.agentalk.errors import answer_error
from api.base import DialectRequest, DialectView
from api.permissions import CallerMayAct


class AgentalkView(DialectView):
    """Let in whoever has an organization's token; answer errors as DRF does."""

    authentication_classes = [OrganizationTokenAuthentication]
    permission_classes = [CallerMayAct]
    properties: ClassVar[Mapping[str, str]] = {}  # what fields of the domain are called in what is sent

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_error


def body_of(request: DialectRequest, shape: type[Serializer[Any]]) -> dict[str, Any]:
    """Return the validated body. Raises ValidationError."""
    return _validated(shape(data=request.data))


def asked_of(request: DialectRequest, parameters: type[Serializer[Any]]) -> dict[str, Any]:
    """Return the validated query parameters; one without a value is not taken for one left out.

    Raises ValidationError.
    """
    return _validated(parameters(data=request.query_params.dict()))


def _validated(serializer: Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values
