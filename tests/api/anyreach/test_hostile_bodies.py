from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.api import hostile
from tests.api.anyreach.client import Client
from tests.api.anyreach.routes import TAKES_BODY, WRITES, Operation, name

pytestmark = pytest.mark.django_db

# In the fields of this dialect, which takes larger bodies.
HOSTILE: Mapping[str, bytes] = {
    **{name: body for name, body in hostile.HOSTILE.items() if name not in ("a nested value", "more than a megabyte")},
    "nested data": b'{"contacts": [{"phone_numbers": ["+12125550100"], "data": ' + b"[" * 500 + b"]" * 500 + b"}]}",
    "NaN": b'{"priority": NaN}',
    "infinity": b'{"priority": 1e400}',
    "an integer of 5,000 digits": b'{"priority": ' + b"9" * 5_000 + b"}",
    "more than sixteen megabytes": b'{"name": "' + b"x" * 16_100_000 + b'"}',
}
NOT_OBJECTS = list(hostile.NOT_OBJECTS.values())


@pytest.fixture
def ids(campaign: dict[str, Any]) -> dict[str, Any]:
    return {"id": campaign["id"], "config_id": campaign["configuration_id"]}


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("operation", WRITES, ids=name)
def test_a_hostile_body_is_refused(client: Client, ids: dict[str, Any], operation: Operation, body: str) -> None:
    response = client.send(operation.method, operation.at(**ids), HOSTILE[body])
    assert response.status_code == (413 if body == "more than sixteen megabytes" else 422)
    assert set(response.json()) == {"detail"}


@pytest.mark.parametrize("body", NOT_OBJECTS)
@pytest.mark.parametrize("operation", TAKES_BODY, ids=name)
def test_a_body_that_is_no_object_is_refused(
    client: Client, ids: dict[str, Any], operation: Operation, body: bytes
) -> None:
    assert client.send(operation.method, operation.at(**ids), body).status_code == 422


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/json; charset=\u00e9",
        "",
    ],
)
@pytest.mark.parametrize("operation", WRITES, ids=name)
def test_another_content_type_is_refused(
    client: Client, ids: dict[str, Any], operation: Operation, content_type: str
) -> None:
    response = client.send(operation.method, operation.at(**ids), b'{"name": "x"}', content_type=content_type)
    assert response.status_code == 415


def test_a_body_of_many_contacts_with_data_is_taken(client: Client, contacts: str) -> None:
    people = [{"phone_numbers": [f"+1212555{n:04}"], "data": {"note": "x" * 2_000}} for n in range(1000)]
    assert client.post(contacts, {"contacts": people}).json()["inserted"] == 1000


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 1e300, 0.5, "\u0660", [[]], {"": None}, False])
@pytest.mark.parametrize("property_", ["name", "priority", "external_id", "configuration_id", "contacts"])
def test_a_value_of_the_wrong_kind_is_told(
    client: Client, campaign: dict[str, Any], property_: str, value: Any
) -> None:
    if isinstance(value, str) and property_ in ("name", "external_id"):
        return
    body = {"name": "x", "configuration_id": campaign["configuration_id"], property_: value}
    response = client.post("/campaign/campaigns", body)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(property_)
