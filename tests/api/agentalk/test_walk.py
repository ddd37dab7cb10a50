"""The walk in the documentation works as it is written."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from pytest_django.live_server_helper import LiveServer

from organizations.models import Organization
from tests.api.agentalk.client import token_of
from tests.api.agentalk.routes import OPERATIONS
from tests.api.agentalk.walk import differences, filled, steps_of
from tests.factories import AgentFactory, OrganizationFactory, PhoneNumberFactory

PAGE = Path(__file__).resolve().parents[3] / "docs" / "agentalk.md"


@pytest.fixture
def organization(transactional_db: None) -> Organization:
    made: Organization = OrganizationFactory(slug="acme", default_region="US")
    AgentFactory(organization=made)
    PhoneNumberFactory(organization=made)
    return made


def test_every_command_of_the_walk_gets_the_answer_that_is_promised(
    live_server: LiveServer, organization: Organization
) -> None:
    known = {"BASE": live_server.url, "TOKEN": token_of(organization)}
    steps = list(steps_of(PAGE))
    assert len(steps) == 7
    with httpx2.Client(trust_env=False) as client:
        for step in steps:
            headers = {name: filled(value, known) for name, value in step.headers.items()}
            url, body = filled(step.url, known), filled(step.body, known)
            response = client.request(step.method, url, headers=headers, content=body.encode())
            assert response.status_code in (200, 201), response.text
            assert list(differences(step.answer, response.json(), known)) == []
    assert {"CAMPAIGN", "CONTACT"} <= known.keys()


def test_a_promise_that_is_not_kept_is_found() -> None:
    known = {"A": "1"}
    promised = {"id": "$A", "at": "…", "rows": [1]}
    assert list(differences(promised, {"id": "1", "at": 7, "rows": [1]}, known)) == []
    for wrong in ({"id": "2", "at": 7, "rows": [1]}, {"id": "1", "rows": [1]}, {"id": "1", "at": 7, "rows": [2]}):
        assert list(differences(promised, wrong, known))


def test_every_operation_is_in_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for operation in OPERATIONS:
        path = operation.path.replace("<campaign_id>", "{id}").replace("<contact_id>", "{id}")
        verb = f"/{path.rpartition('/')[2]}"
        assert f"{path}`" in page or f"`{verb}`" in page, json.dumps(operation)
