from __future__ import annotations

from typing import Any

import pytest

from organizations.models import Organization
from tests.api.anyreach.client import ALWAYS, Client, client_of
from tests.contracts.facts import Facts, load


@pytest.fixture(scope="session")
def facts() -> Facts:
    return load("anyreach")


@pytest.fixture
def client(acme: Organization) -> Client:
    return client_of(acme)


@pytest.fixture
def configuration(client: Client) -> dict[str, Any]:
    body = {"name": "Office hours", "schedule": {"default_windows": ALWAYS}}
    answer: dict[str, Any] = client.post("/campaign/configurations", body).json()
    return answer


@pytest.fixture
def campaign(client: Client, configuration: dict[str, Any]) -> dict[str, Any]:
    body = {"name": "Spring", "configuration_id": configuration["id"], "external_id": "spring-1"}
    answer: dict[str, Any] = client.post("/campaign/campaigns", body).json()
    return answer


@pytest.fixture
def contacts(campaign: dict[str, Any]) -> str:
    """The path of the campaign's contacts."""
    return f"/campaign/campaigns/{campaign['id']}/contacts"
