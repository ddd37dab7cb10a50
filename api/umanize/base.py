"""The view every operation of the dialect builds on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from api.base import DialectRequest, DialectView
from api.permissions import CallerMayAct
from api.umanize.authentication import ApiKeyAuthentication, BearerAuthentication
from api.umanize.errors import Unprocessable, answer_error
from api.umanize.fields import Shape
from api.umanize.filters import Asked, ListParameters, StrayParameters

AnyShape = TypeVar("AnyShape", bound=Shape)


class UmanizeView(DialectView):
    """Parse what was sent, answer errors in the dialect's shapes. Ids in the path become UUIDs in `ids`."""

    authentication_classes = [ApiKeyAuthentication, BearerAuthentication]
    permission_classes = [CallerMayAct]
    takes_stray_parameters: ClassVar[frozenset[str]] = frozenset()  # the methods that do

    ids: Mapping[str, UUID]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.ids = {name: _path_id(name, text) for name, text in kwargs.items()}
        if request.method in self.takes_stray_parameters:
            _parsed(StrayParameters, "query", request.query_params)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_error


def query_of(request: DialectRequest, shape: type[Shape]) -> dict[str, Any]:
    """Return the validated query parameters of an operation that is no list. Raises Unprocessable."""
    values: dict[str, Any] = _parsed(shape, "query", request.query_params).validated_data
    return values


def body_of(request: DialectRequest, shape: type[Shape]) -> dict[str, Any]:
    """Return the validated body. Raises Unprocessable, also where there is none."""
    if request.stream is None:
        raise Unprocessable.at(("body",), "Field required", "missing")
    values: dict[str, Any] = _parsed(shape, "body", request.data).validated_data
    return values


def asked_of(request: DialectRequest, parameters: type[ListParameters]) -> Asked:
    """Return what a list is asked for. Raises Unprocessable."""
    return _parsed(parameters, "query", request.query_params).asked()


def _parsed(shape: type[AnyShape], root: str, data: Any) -> AnyShape:
    serializer = shape(data=data)
    if not serializer.is_valid():
        raise Unprocessable.of(root, serializer.errors)
    return serializer


def _path_id(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Unprocessable.at(("path", name), "Input should be a valid UUID", "uuid_parsing") from error
