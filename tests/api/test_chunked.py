from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import RequestFactory

from api import chunked
from api.chunked import measuring_chunked_bodies
from customers.models import Customer
from organizations.models import Organization
from tests.api.umanize.client import token_of
from tests.api.umanize.routes import ANY_ID

pytestmark = pytest.mark.django_db

Send = Callable[..., tuple[int, Any]]


@pytest.fixture
def send(acme: Organization) -> Any:
    """Send a chunked body to the application behind the wrapper, as a server hands it over."""
    key, application = token_of(acme), measuring_chunked_bodies(WSGIHandler())

    def send(body: bytes, path: str = "/customers", *, server_marks_the_end: bool = True) -> tuple[int, Any]:
        environ = RequestFactory().generic("POST", path, b"", "application/json", headers={"X-API-Key": key}).environ
        environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO(body), "CONTENT_LENGTH": ""}
        environ |= {"CONTENT_TYPE": "application/json", "wsgi.input_terminated": server_marks_the_end}
        statuses: list[str] = []
        start: Any = lambda status, _headers, _error=None: statuses.append(status)  # noqa: E731 - needs a type
        parts = application(environ, start)
        return int(statuses[0].split()[0]), json.loads(b"".join(parts))

    # The start of a request would close the connection this test's transaction is in.
    request_started.disconnect(close_old_connections)
    yield send
    request_started.connect(close_old_connections)


def test_a_chunked_body_is_read_like_any_other(send: Send) -> None:
    status, answer = send(b'{"name": "Ada"}')
    assert (status, answer["name"]) == (201, "Ada")


@pytest.mark.parametrize("path", ["/customers", f"/webhooks/elevenlabs/{ANY_ID}"])
def test_a_body_that_cannot_be_measured_is_not_taken_for_an_empty_one(send: Send, path: str) -> None:
    status, answer = send(b'{"name": "Ada"}', path, server_marks_the_end=False)
    assert (status, answer) == (411, {"detail": "Send the body with a Content-Length."})
    assert not Customer.objects.exists()


def test_a_chunked_body_has_a_limit(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "LARGEST_BODY", 100)
    assert send(b'{"name": "' + b"x" * 100 + b'"}')[0] == 413
    assert send(b'{"name": "Ada"}')[0] == 201
