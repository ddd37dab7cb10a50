from __future__ import annotations

from typing import Any

import pytest

from organizations.models import Organization
from tests.api.agentalk.client import Client, client_of
from tests.api.agentalk.routes import POSTS, Operation, name
from tests.api.hostile import HOSTILE, NOT_OBJECTS
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db

BODY = b'{"phone": "+393471234567"}'
TAKES_BODY = [operation for operation in POSTS if operation.path.endswith(("campaigns", "contacts", "start"))]


@pytest.fixture
def client(acme: Organization) -> Client:
    return client_of(acme)


@pytest.fixture
def ids(acme: Organization) -> dict[str, Any]:
    return {"campaign_id": CampaignFactory(organization=acme).pk}


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("operation", POSTS, ids=name)
def test_a_hostile_body_is_refused(client: Client, ids: dict[str, Any], operation: Operation, body: str) -> None:
    response = client.send("POST", operation.at(**ids), HOSTILE[body])
    assert response.status_code == (413 if body == "more than a megabyte" else 400)
    assert list(response.json()) == ["detail"]


@pytest.mark.parametrize("body", NOT_OBJECTS)
@pytest.mark.parametrize("operation", TAKES_BODY, ids=name)
def test_a_body_that_is_no_object_is_refused(
    client: Client, ids: dict[str, Any], operation: Operation, body: str
) -> None:
    response = client.send("POST", operation.at(**ids), NOT_OBJECTS[body])
    assert (response.status_code, list(response.json())) == (400, ["non_field_errors"])


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=bz2_codec",
        "application/json; charset=\u00e9",
        "",
    ],
)
@pytest.mark.parametrize("operation", POSTS, ids=name)
def test_another_content_type_is_refused(
    client: Client, ids: dict[str, Any], operation: Operation, content_type: str
) -> None:
    response = client.send("POST", operation.at(**ids), b'{"name": "x"}', content_type=content_type)
    assert response.status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON"])
def test_json_may_be_named_in_any_way(client: Client, content_type: str) -> None:
    assert client.send("POST", "/api/contacts", BODY, content_type=content_type).status_code == 201


@pytest.mark.parametrize("length", ["-1", "nine"])
def test_a_length_that_is_none_does_no_harm(client: Client, length: str) -> None:
    response = client.send("POST", "/api/contacts", BODY, headers={"Content-Length": length})
    assert response.status_code < 500
