"""The view every dialect builds on. Nothing is open by omission: without a known caller there is no answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import APIException, NotAuthenticated
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from api import idempotency
from api.caller import Caller
from api.chunked import is_chunked
from api.throttling import RequestThrottle
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
    the operation takes none. Every request is counted (`api.throttling`), and a POST with an Idempotency-Key has one
    effect (`api.idempotency`).
    """

    content_negotiation_class = AlwaysJson
    throttle_classes = [RequestThrottle]
    # Work that calls others or keeps files cannot be one transaction with its answer. After a crash the first request's
    # key is free again in a minute, and a repetition does the work again.
    leaves_the_database: ClassVar[bool] = False

    _throttles: Sequence[BaseThrottle] = ()

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

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Do as DRF does, with the handler's work done once for each Idempotency-Key."""
        self.args, self.kwargs = args, kwargs
        self.request = asked = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(asked, *args, **kwargs)
            answered = self._handle(asked)
        except Exception as error:  # noqa: BLE001 - raised again where it is no answer
            answered = self.handle_exception(error)
        self.response = self.finalize_response(asked, answered, *args, **kwargs)
        return self.response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        for throttle in self._throttles:
            if isinstance(throttle, RequestThrottle) and throttle.standing:
                throttle.standing.write_headers(answer)
        return answer

    def perform_authentication(self, request: Request) -> None:
        """Count the request as soon as it is known whose it is, so that one that is refused counts as well."""
        try:
            super().perform_authentication(request)
        except APIException:
            super().check_throttles(request)
            raise
        super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Do nothing: the request has been counted."""

    def get_throttles(self) -> list[BaseThrottle]:
        self._throttles = super().get_throttles()
        return list(self._throttles)

    def _handle(self, request: DialectRequest) -> HttpResponseBase:
        method = str(request.method).lower()
        known = method in self.http_method_names
        handler = getattr(self, method, self.http_method_not_allowed) if known else self.http_method_not_allowed
        work = partial(handler, request, *self.args, **self.kwargs)
        if method != "post" or idempotency.HEADER not in request.headers or not isinstance(request.auth, Caller):
            answer: HttpResponseBase = work()
            return answer
        dialect = type(self).__module__.split(".")[1]
        return idempotency.answer_once(
            request,
            request.auth,
            dialect,
            lambda: self._rendered(work()),
            lambda error: self._rendered(self.handle_exception(error)),
            together=not self.leaves_the_database,
        )

    def _rendered(self, response: HttpResponseBase) -> HttpResponse:
        """Return the answer with its bytes, as they are sent and kept."""
        finished: HttpResponse = self.finalize_response(self.request, response, *self.args, **self.kwargs)
        if isinstance(finished, Response):
            finished.render()
        return finished
