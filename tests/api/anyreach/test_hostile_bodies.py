"""Bodies only this dialect takes, or tells about in its own way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.anyreach.client import Client

pytestmark = pytest.mark.django_db


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
