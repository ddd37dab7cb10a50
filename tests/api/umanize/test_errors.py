from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from rest_framework.exceptions import ErrorDetail

from api.umanize.errors import Unprocessable
from campaigns.models import Campaign
from lib.errors import DomainError
from organizations.models import Organization
from tests.api.umanize.client import Client, client_of
from tests.api.umanize.routes import OPERATIONS, UPLOADS, Operation, name
from tests.api.unreachable import closed_port, database_at
from tests.factories import CampaignFactory, OrganizationFactory, TargetFactory


def detail(text: str, code: str = "invalid") -> ErrorDetail:
    return ErrorDetail(text, code)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ({"name": [detail("a", "required")]}, [(["body", "name"], "missing")]),
        ({"non_field_errors": [detail("a")]}, [(["body"], "invalid")]),
        ({"a": {"b": [detail("x")]}}, [(["body", "a", "b"], "invalid")]),
        ({"a": {2: [detail("x")]}}, [(["body", "a", 2], "invalid")]),
        ({"a": [{}, {"b": [detail("x")]}]}, [(["body", "a", 1, "b"], "invalid")]),
        ({"a": [detail("x"), detail("y", "enum")]}, [(["body", "a"], "invalid"), (["body", "a"], "enum")]),
    ],
)
def test_faults_are_located_however_deep(errors: Any, expected: list[tuple[list[str | int], str]]) -> None:
    faults = Unprocessable.of("body", errors).faults
    assert [(fault["loc"], fault["type"]) for fault in faults] == expected


@pytest.mark.django_db
def test_a_method_an_address_does_not_know_is_refused(acme: Organization) -> None:
    response = client_of(acme).send("PUT", "/campaigns", b"{}")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")


@pytest.mark.django_db
def test_an_error_of_the_domain_nobody_thought_of_is_a_400(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_given: Any) -> None:
        raise DomainError("it is Sunday")

    monkeypatch.setattr("api.umanize.views.customers.create_customer", refuse)
    response = client_of(acme).post("/customers", {"name": "Ada"})
    assert (response.status_code, response.json()) == (400, {"detail": "it is Sunday"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o not in UPLOADS][::6], ids=name)
def test_a_database_that_is_down_is_a_reason_to_come_back(operation: Operation) -> None:
    with database_at(closed_port()):
        response = Client("um_0000000000." + "0" * 49).send(operation.method, operation.at(), b"{}")
        # The key is malformed here, which is found without the database.
        assert response.status_code == 401
    client = client_of(OrganizationFactory())
    with database_at(closed_port()):
        response = client.send(operation.method, operation.at(), b"{}")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


@pytest.fixture
def somebody_else() -> Iterator[Any]:
    """Another process's connection."""
    other = connection.copy()
    yield other
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_is_not_given_in_time_is_a_reason_to_come_back(somebody_else: Any) -> None:
    campaign: Campaign = CampaignFactory()
    TargetFactory(campaign=campaign)
    client = client_of(campaign.organization)
    somebody_else.set_autocommit(False)
    with somebody_else.cursor() as cursor, connections["default"].cursor() as ours:
        cursor.execute("SELECT 1 FROM campaigns_campaign WHERE id = %s FOR UPDATE", [campaign.pk])
        ours.execute("SET lock_timeout = '50ms'")
        response = client.post(f"/campaigns/{campaign.pk}/start")
    somebody_else.rollback()
    assert response.status_code == 503
    assert client.post(f"/campaigns/{campaign.pk}/start").status_code == 200
