"""Views with work that can be watched, to be asked by requests with an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import DialectRequest, DialectView
from api.caller import Caller
from api.parsers import StrictJSONParser
from api.permissions import CallerMayAct
from customers.services import CustomerData, create_customer
from organizations.models import ApiKey, Organization
from organizations.services import issue_api_key

Attempted = Callable[[DialectRequest], Response]


class ByPublicId(BaseAuthentication):
    """Know a program by the public part of its key; the tests' requests have no need for secrets."""

    def authenticate(self, request: Request) -> tuple[None, Caller] | None:
        public_id = request.headers.get("X-Key")
        if public_id is None:
            return None
        key = ApiKey.objects.select_related("organization").filter(public_id=public_id).first()
        if key is None or key.organization is None:
            raise AuthenticationFailed
        return None, Caller(key.organization, api_key=key)

    def authenticate_header(self, request: Request) -> str:
        return "Key"


class CreateCustomer(DialectView):
    """Create a customer named as the body says. `before_answer` may look at, or spoil, what was done."""

    authentication_classes = [ByPublicId]
    permission_classes = [CallerMayAct]
    parser_classes = [StrictJSONParser, MultiPartParser]

    before_answer: Callable[[DialectRequest], Response | None] | None = None

    def get(self, request: DialectRequest) -> Response:
        return Response({})

    def post(self, request: DialectRequest) -> Response:
        name = request.data.get("name", "nobody") if isinstance(request.data, dict) else "nobody"
        customer = create_customer(organization=request.organization, data=CustomerData(name=str(name)))
        hook = type(self).before_answer
        spoiled = hook(request) if hook else None
        return spoiled or Response({"id": str(customer.pk), "name": customer.name}, status.HTTP_201_CREATED)


def key_of(organization: Organization) -> str:
    return issue_api_key(organization=organization, kind=ApiKey.Kind.UMANIZE).key.public_id


def view_that(before_answer: Callable[[DialectRequest], Response | None] | None = None, **members: Any) -> Any:
    """Return a view that calls `before_answer` when its work is done; what that returns is answered instead."""
    held = staticmethod(before_answer) if before_answer else None
    made: type[DialectView] = type("View", (CreateCustomer,), {"before_answer": held, **members})
    return made.as_view()


def post(public_id: str, key: str | None, body: Any = None, *, path: str = "/things", view: Any = None) -> Any:
    """Ask `view` (None: one that just does its work) for something; return the answer with its bytes."""
    headers = {"X-Key": public_id, **({"Idempotency-Key": key} if key is not None else {})}
    content: dict[str, Any] = {"data": body, "content_type": "application/json"}
    if isinstance(body, dict) and any(isinstance(value, SimpleUploadedFile) for value in body.values()):
        content = {"data": body}
    elif isinstance(body, bytes):
        content["data"] = body.decode()
    request = RequestFactory().post(path, headers=headers, **content)
    response = (view or view_that())(request)
    return response.render() if hasattr(response, "render") else response
