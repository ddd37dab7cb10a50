from __future__ import annotations

import pytest
from django.test import RequestFactory
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from api.base import DialectRequest, DialectView


class Forgetful(DialectView):
    """A view that names neither credentials nor a rule."""

    def get(self, request: DialectRequest) -> Response:
        return Response("open")


class Careless(DialectView):
    """A view that lets everybody in and then asks who it is."""

    permission_classes = [AllowAny]

    def get(self, request: DialectRequest) -> Response:
        return Response(request.organization.name)


@pytest.mark.parametrize("view", [Forgetful, Careless])
def test_a_view_that_forgets_something_is_closed(view: type[APIView]) -> None:
    response = view.as_view()(RequestFactory().get("/"))
    assert response.status_code in (401, 403)


@pytest.mark.parametrize("accepted", ["text/html", "application/xml", "nonsense"])
def test_the_answer_is_json_whatever_is_accepted(accepted: str) -> None:
    response = Forgetful.as_view()(RequestFactory().get("/?format=xml", headers={"Accept": accepted})).render()
    assert response["Content-Type"] == "application/json"
