"""The view every operation of the dialect builds on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from rest_framework.response import Response

from api.anyreach.access import HasScope, Scopes
from api.anyreach.authentication import BearerAuthentication
from api.anyreach.errors import Unprocessable, answer_error
from api.anyreach.fields import Shape
from api.anyreach.filters import Parameters
from api.base import DialectRequest, DialectView
from api.parsers import StrictJSONParser

AnyParameters = TypeVar("AnyParameters", bound=Parameters)


class LargeBodyParser(StrictJSONParser):
    """Take bodies in which 5,000 contacts with data of their own find room."""

    max_bytes = 16_000_000


class AnyreachView(DialectView):
    """Let in who has a scope the method needs, parse what was sent, answer errors in the dialect's shape."""

    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScope]
    parser_classes = [LargeBodyParser]
    scopes: ClassVar[Mapping[str, Scopes]] = {}

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_error


def body_of(request: DialectRequest, shape: type[Shape]) -> dict[str, Any]:
    """Return the validated body. Raises Unprocessable."""
    serializer = shape(data=request.data)
    if not serializer.is_valid():
        raise Unprocessable.of(serializer.errors)
    values: dict[str, Any] = serializer.validated_data
    return values


def asked_of(request: DialectRequest, parameters: type[AnyParameters]) -> dict[str, Any]:
    """Return what a list is asked for. Raises Unprocessable."""
    serializer = parameters(data=parameters.sent(request.query_params))
    if not serializer.is_valid():
        raise Unprocessable.of(serializer.errors)
    values: dict[str, Any] = serializer.validated_data
    return values
