from __future__ import annotations

import pytest

from organizations.models import Organization
from tests.api.agentalk.client import Client, client_of
from tests.contracts.facts import Facts, load


@pytest.fixture(scope="session")
def facts() -> Facts:
    return load("agentalk")


@pytest.fixture
def client_of_acme(acme: Organization) -> Client:
    return client_of(acme)
