"""The view every dialect builds on. Nothing is open by omission: without a known caller there is no answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from rest_framework import status
from rest_framework.exceptions import APIException, NotAuthenticated
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from api.caller import Caller
from api.chunked import is_chunked
from organizations.models import Organization


class LengthRequired(APIException):
    """Say that a body came without its length, on a server that cannot measure it."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the body with a Content-Length."
    default_code = "length_required"


class DialectRequest(Request):
    """A request whose caller is known; asking for the caller of any other is a 401."""

    @property
    def caller(self) -> Caller:
        caller = self.auth
        if not isinstance(caller, Caller):
            raise NotAuthenticated
        return caller

    @property
    def organization(self) -> Organization:
        return self.caller.organization


class AlwaysJson(BaseContentNegotiation):
    """Answer in JSON whatever the client says it accepts, as the dialects' vendors do."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class DialectView(APIView):
    """A view of one dialect. Subclasses name the credentials it takes and the shape of its errors.

    The body of a writing request is parsed before the handler runs, so that a malformed one is refused even where
    the operation takes none.
    """

    content_negotiation_class = AlwaysJson

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> DialectRequest:
        return DialectRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("POST", "PUT", "PATCH"):
            if is_chunked(request.META):
                raise LengthRequired  # rather than take the body for an empty one
            _ = request.data
