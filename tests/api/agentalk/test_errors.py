from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from pytest_django import Settings

from campaigns.models import Campaign
from lib.errors import DomainError
from organizations.models import IdempotencyKey, Organization
from tests.api.agentalk.client import Client, client_of
from tests.api.agentalk.routes import OPERATIONS, POSTS, Operation, name
from tests.api.unreachable import closed_port, database_at
from tests.factories import CampaignFactory, CustomerFactory, OrganizationFactory, TargetFactory


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "DISPATCH"])
def test_a_method_an_address_does_not_know_is_refused(acme: Organization, method: str) -> None:
    response = client_of(acme).send(method, "/api/campaigns", b"{}")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/", "/api", "/api/campaigns/", "/api/nowhere", "/api/campaigns/x/contacts/y"])
def test_an_address_nobody_has_is_not_found(acme: Organization, path: str) -> None:
    assert client_of(acme).get(path).status_code == 404


@pytest.mark.django_db
def test_an_error_of_the_domain_nobody_thought_of_is_a_400(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_given: Any) -> None:
        raise DomainError("it is Sunday")

    monkeypatch.setattr("api.agentalk.views.contacts.create_or_update_customer", refuse)
    response = client_of(acme).post("/api/contacts", {"phone": "+393471234567"})
    assert (response.status_code, response.json()) == (400, {"detail": "it is Sunday"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k1"}], ids=["without a key", "with a key"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_database_that_is_down_is_a_reason_to_come_back(operation: Operation, headers: dict[str, str]) -> None:
    client = client_of(OrganizationFactory())
    with database_at(closed_port()):
        response = client.send(operation.method, operation.at(), b"{}", headers=headers)
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


@pytest.fixture
def somebody_else() -> Iterator[Any]:
    """Another process's connection."""
    other = connection.copy()
    yield other
    other.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["start", "contacts"])
def test_a_lock_that_is_not_given_in_time_is_a_reason_to_come_back_with_the_same_key(
    somebody_else: Any, verb: str
) -> None:
    campaign: Campaign = CampaignFactory()
    TargetFactory(campaign=campaign)
    client, key = client_of(campaign.organization), {"Idempotency-Key": "k1"}
    body = {"contactIds": [str(CustomerFactory(organization=campaign.organization).pk)]} if verb == "contacts" else {}
    path = f"/api/campaigns/{campaign.pk}/{verb}"
    somebody_else.set_autocommit(False)
    with somebody_else.cursor() as cursor, connections["default"].cursor() as ours:
        cursor.execute("SELECT 1 FROM campaigns_campaign WHERE id = %s FOR UPDATE", [campaign.pk])
        ours.execute("SET lock_timeout = '50ms'")
        response = client.post(path, body, **key)
    somebody_else.rollback()
    assert response.status_code == 503
    assert not IdempotencyKey.objects.exists()
    assert client.post(path, body, **key).status_code == 200


@pytest.mark.django_db
def test_too_many_requests_are_refused_with_the_time_to_wait(acme: Organization, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    client = client_of(acme)
    answers = [client.get("/api/campaigns") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (list(answers[2].json()), int(answers[2]["Retry-After"]) > 0) == (["detail"], True)
    assert answers[2]["RateLimit-Policy"] == '"credential";q=2;w=60'
    assert answers[2]["RateLimit"].startswith('"credential";r=0;t=')


# --- every POST is done once for each key ----------------------------------------------------------------------------


def _bodies(organization: Organization) -> dict[str, Any]:
    return {
        "/api/campaigns": {"name": "Spring"},
        "/api/contacts": {"phone": "+393471234567"},
        "/api/campaigns/<campaign_id>/contacts": {"contactIds": [str(CustomerFactory(organization=organization).pk)]},
    }


@pytest.mark.django_db
@pytest.mark.parametrize("operation", POSTS, ids=name)
def test_every_post_is_replayed_and_refuses_its_key_for_anything_else(acme: Organization, operation: Operation) -> None:
    campaign = CampaignFactory(organization=acme, status="paused" if operation.path.endswith("resume") else "running")
    if operation.path.endswith(("start", "resume")):
        TargetFactory(campaign=campaign)
    client, path, key = client_of(acme), operation.at(campaign_id=campaign.pk), str(uuid.uuid4())
    body = _bodies(acme).get(operation.path, {})

    first = client.post(path, body, **{"Idempotency-Key": key})
    second = client.post(path, body, **{"Idempotency-Key": key})
    other = client.post(path, {**body, "another": "body"}, **{"Idempotency-Key": key})

    assert first.status_code in (200, 201)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (second["Idempotent-Replayed"], "Idempotent-Replayed" in first) == ("true", False)
    assert (other.status_code, list(other.json())) == (422, ["detail"])


@pytest.mark.django_db
@pytest.mark.parametrize("operation", POSTS, ids=name)
def test_what_is_no_key_is_refused_in_drf_s_shape(acme: Organization, operation: Operation) -> None:
    path = operation.at(campaign_id=CampaignFactory(organization=acme).pk)
    response = client_of(acme).send("POST", path, b"{}", headers={"Idempotency-Key": "x" * 256})
    assert (response.status_code, list(response.json())) == (400, ["detail"])


@pytest.mark.django_db
def test_another_tenant_s_key_is_its_own(acme: Organization, globex: Organization) -> None:
    clients: list[Client] = [client_of(acme), client_of(globex)]
    answers = [c.post("/api/contacts", {"phone": "+393471234567"}, **{"Idempotency-Key": "k1"}) for c in clients]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert "Idempotent-Replayed" not in answers[1]
