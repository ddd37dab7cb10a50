from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as DjangoClient
from rest_framework.exceptions import ErrorDetail

from api.anyreach.errors import Unprocessable
from lib.errors import DomainError
from organizations.models import Organization
from tests.api.anyreach.client import Client, client_of, key_of
from tests.api.umanize.client import client_of as umanize_client_of
from tests.api.unreachable import closed_port, database_at
from tests.factories import OrganizationFactory


def detail(text: str) -> ErrorDetail:
    return ErrorDetail(text, "invalid")


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ({"name": [detail("x")]}, "name: x"),
        ({"non_field_errors": [detail("x")]}, "x"),
        ({"a": {"b": [detail("x")]}}, "a.b: x"),
        ({"a": {2: [detail("x")]}}, "a[2]: x"),
        ({"a": [{}, {"b": [detail("x")]}]}, "a[1].b: x"),
        ({"a": [detail("x"), detail("y")]}, "a: x; a: y"),
        ({"a": {n: [detail("x")] for n in range(22)}}, "; ".join(f"a[{n}]: x" for n in range(20)) + "; and 2 more"),
    ],
)
def test_faults_are_told_with_their_places(errors: Any, told: str) -> None:
    assert str(Unprocessable.of(errors).detail) == told


@pytest.mark.django_db
def test_an_error_of_the_domain_nobody_thought_of_is_a_400(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_given: Any) -> None:
        raise DomainError("it is Sunday")

    monkeypatch.setattr("api.anyreach.views.configurations.create_configuration", refuse)
    response = client_of(acme).post("/campaign/configurations", {"name": "x"})
    assert (response.status_code, response.json()) == (400, {"detail": "it is Sunday"})


@pytest.mark.django_db
def test_a_fault_of_ours_tells_nothing_of_itself(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_given: Any) -> None:
        raise RuntimeError("a secret")

    token = key_of(acme)
    monkeypatch.setattr("api.anyreach.views.configurations.create_configuration", fail)
    client = DjangoClient(raise_request_exception=False)
    response = client.post(
        "/campaign/configurations",
        b'{"name": "x"}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (response.status_code, response.json()) == (500, {"detail": "Internal Server Error"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/campaign/campaigns", "/campaign/timezones", "/campaign/campaigns/default/contacts"])
def test_a_database_that_is_down_is_a_reason_to_come_back(path: str) -> None:
    client = client_of(OrganizationFactory())
    with database_at(closed_port()):
        response = client.get(path)
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


@pytest.mark.django_db
def test_contacts_of_no_campaign_are_in_no_other_dialects_list(client: Client, acme: Organization) -> None:
    client.post("/campaign/campaigns/default/contacts", {"contacts": [{"phone_numbers": ["+12125550101"]}]})
    assert umanize_client_of(acme).get("/campaigns").json()["data"] == []
