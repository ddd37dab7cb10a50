from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from organizations.models import Organization, Role
from targets.models import CampaignTarget
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.factories import AgentFactory, CampaignFactory, CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme)
    return made


def enrol(client: Client, campaign: Campaign, *items: dict[str, Any]) -> dict[str, Any]:
    response = client.post(f"/campaigns/{campaign.pk}/targets:bulk", {"items": items})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def item(customer: Any, **more: Any) -> dict[str, Any]:
    return {"customer_id": str(getattr(customer, "pk", customer)), **more}


def test_customers_become_targets(client_of_acme: Client, campaign: Campaign) -> None:
    customers = CustomerFactory.create_batch(3, organization=campaign.organization)
    answer = enrol(client_of_acme, campaign, *map(item, customers))
    assert answer == {"total": 3, "targets_created": 3, "targets_skipped": 0, "errors": []}
    assert set(campaign.targets.values_list("customer_id", flat=True)) == {customer.pk for customer in customers}


def test_who_is_there_already_is_skipped(client_of_acme: Client, campaign: Campaign) -> None:
    known, new = CustomerFactory.create_batch(2, organization=campaign.organization)
    enrol(client_of_acme, campaign, item(known))
    answer = enrol(client_of_acme, campaign, item(known), item(new), item(new))
    assert answer == {"total": 3, "targets_created": 1, "targets_skipped": 2, "errors": []}


def test_who_was_deleted_comes_back(client_of_acme: Client, campaign: Campaign) -> None:
    customer = CustomerFactory(organization=campaign.organization)
    enrol(client_of_acme, campaign, item(customer))
    CampaignTarget.objects.filter(campaign=campaign).soft_delete()
    assert enrol(client_of_acme, campaign, item(customer))["targets_created"] == 1
    assert campaign.targets.alive().count() == 1


def test_what_cannot_be_enrolled_is_an_error_of_its_row(
    client_of_acme: Client, campaign: Campaign, globex: Organization
) -> None:
    ours = CustomerFactory.create_batch(2, organization=campaign.organization)
    theirs, their_agent = CustomerFactory(organization=globex), AgentFactory(organization=globex)
    answer = enrol(
        client_of_acme,
        campaign,
        item(uuid4()),
        item(ours[0]),
        item(theirs),
        item(ours[1], assigned_agent_id=str(their_agent.pk)),
    )
    assert (answer["total"], answer["targets_created"]) == (4, 1)
    assert [(error["row"], error["field"]) for error in answer["errors"]] == [
        (1, "customer_id"),
        (3, "customer_id"),
        (4, "assigned_agent_id"),
    ]
    assert answer["errors"][0]["message"] == answer["errors"][1]["message"]


def test_an_agent_can_be_assigned(client_of_acme: Client, campaign: Campaign) -> None:
    agent = AgentFactory(organization=campaign.organization)
    customer = CustomerFactory(organization=campaign.organization)
    enrol(client_of_acme, campaign, item(customer, assigned_agent_id=str(agent.pk)))
    assert campaign.targets.get().assigned_agent == agent


def test_who_is_no_admin_enrols_only_their_own_customers_with_agents_they_may_use(acme: Organization) -> None:
    user, other = user_of(acme, Role.OPERATOR), user_of(acme, Role.OPERATOR)
    campaign = CampaignFactory(organization=acme, owner=user)
    mine, mine_too = CustomerFactory.create_batch(2, organization=acme, owner=user)
    answer = enrol(
        Client(token_of(acme, user)),
        campaign,
        item(CustomerFactory(organization=acme, owner=other)),
        item(mine, assigned_agent_id=str(AgentFactory(organization=acme, owner=other).pk)),
        item(mine_too, assigned_agent_id=str(AgentFactory(organization=acme).pk)),
    )
    assert (answer["targets_created"], [error["field"] for error in answer["errors"]]) == (
        1,
        ["customer_id", "assigned_agent_id"],
    )
    assert campaign.targets.get().customer == mine_too


def test_a_campaign_that_has_ended_takes_nobody(client_of_acme: Client, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, status="closed")
    body = {"items": [item(CustomerFactory(organization=acme))]}
    assert client_of_acme.post(f"/campaigns/{campaign.pk}/targets:bulk", body).status_code == 409


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({}, ["items"]),
        ({"items": None}, ["items"]),
        ({"items": {}}, ["items"]),
        ({"items": ["x"]}, ["items", 0]),
        ({"items": [{"customer_id": str(uuid4())}, {}]}, ["items", 1, "customer_id"]),
        ({"items": [{"customer_id": 7}]}, ["items", 0, "customer_id"]),
        ({"items": [{"customer_id": str(uuid4()), "assigned_agent_id": "x"}]}, ["items", 0, "assigned_agent_id"]),
        ({"items": [{"customer_id": str(uuid4())}] * 1001}, ["items"]),
    ],
)
def test_a_wrong_body_is_located(
    client_of_acme: Client, campaign: Campaign, body: dict[str, Any], loc: list[str | int]
) -> None:
    response = client_of_acme.post(f"/campaigns/{campaign.pk}/targets:bulk", body)
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", *loc]]


def test_a_thousand_cost_no_more_queries_than_one(
    acme: Organization, campaign: Campaign, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(acme)
    client.get("/campaigns")
    for size in (1, 1000):
        customers = CustomerFactory.build_batch(size, organization=acme)
        campaign.organization.customers.bulk_create(customers)
        with django_assert_max_num_queries(13):
            assert enrol(client, campaign, *map(item, customers))["targets_created"] == size
