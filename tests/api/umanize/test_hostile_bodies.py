from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from organizations.models import Organization
from tests.api import hostile
from tests.api.hostile import NOT_OBJECTS
from tests.api.umanize.client import Client, client_of
from tests.api.umanize.routes import POSTS, Operation
from tests.api.umanize.rows import ids_in

pytestmark = pytest.mark.django_db

# In the fields of this dialect.
HOSTILE: Mapping[str, bytes] = {
    **hostile.HOSTILE,
    "a nested value": b'{"goal_spec": ' + b"[" * 500 + b"]" * 500 + b"}",
    "NaN": b'{"whatsapp_after_attempts": NaN}',
    "infinity": b'{"whatsapp_after_attempts": 1e400}',
    "an integer of 5,000 digits": b'{"whatsapp_after_attempts": ' + b"9" * 5_000 + b"}",
}
VERBS = ("start", "pause", "resume", "complete", "restore", "verify-goal")
TAKES_BODY = [operation for operation in POSTS if not operation.path.endswith(VERBS)]


@pytest.fixture
def client(acme: Organization) -> Client:
    return client_of(acme)


@pytest.fixture
def ids(acme: Organization) -> dict[str, Any]:
    return dict(ids_in(acme))


# Every operation parses its body the same way: a few are tried with everything, each with something.
_SOME = [operation for operation in POSTS if operation.path in ("/campaigns", "/customers/<customer_id>")]
HOSTILE_TO = [
    (operation, body)
    for number, operation in enumerate(POSTS)
    for body in (HOSTILE if operation in _SOME else [list(HOSTILE)[number % len(HOSTILE)]])
]
BODIES_TO = [(operation, list(NOT_OBJECTS)[number % len(NOT_OBJECTS)]) for number, operation in enumerate(TAKES_BODY)]
TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=latin-1",
    "application/json; charset=bz2_codec",
    "application/json; charset=\u00e9",
    "",
]
TYPES_TO = [
    (operation, content_type)
    for number, operation in enumerate(POSTS)
    for content_type in (TYPES if operation in _SOME else [TYPES[number % len(TYPES)]])
]


@pytest.mark.parametrize(("operation", "body"), HOSTILE_TO, ids=str)
def test_a_hostile_body_is_refused(client: Client, ids: dict[str, Any], operation: Operation, body: str) -> None:
    response = client.send(operation.method, operation.at(**ids), HOSTILE[body])
    assert response.status_code == (413 if body == "more than a megabyte" else 422)
    if response.status_code == 422:
        assert response.json()["detail"][0]["loc"] == ["body"]


@pytest.mark.parametrize(("operation", "body"), BODIES_TO, ids=str)
def test_a_body_that_is_no_object_is_refused(
    client: Client, ids: dict[str, Any], operation: Operation, body: str
) -> None:
    response = client.send(operation.method, operation.at(**ids), NOT_OBJECTS[body])
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][0] == "body"


@pytest.mark.parametrize(("operation", "content_type"), TYPES_TO, ids=str)
def test_another_content_type_is_refused(
    client: Client, ids: dict[str, Any], operation: Operation, content_type: str
) -> None:
    response = client.send(operation.method, operation.at(**ids), b'{"name": "x"}', content_type=content_type)
    assert response.status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON"])
def test_json_may_be_named_in_any_way(client: Client, content_type: str) -> None:
    assert client.send("POST", "/customers", b'{"name": "x"}', content_type=content_type).status_code == 201


@pytest.mark.parametrize("length", ["-1", "nine"])
def test_a_length_that_is_none_does_no_harm(client: Client, length: str) -> None:
    response = client.send("POST", "/customers", b'{"name": "x"}', headers={"Content-Length": length})
    assert response.status_code < 500
