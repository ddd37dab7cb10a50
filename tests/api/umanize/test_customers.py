from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from customers.models import Customer
from organizations.models import AuditEvent, Organization, Role
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.factories import AgentFactory, CampaignFactory, CustomerFactory, TargetFactory

pytestmark = pytest.mark.django_db

ADA = {
    "customer_id": "c-1",
    "name": "Ada",
    "surname": "Bianchi",
    "email": "ada@example.com",
    "phone": "+393471234567",
    "status": "lead",
}


def ids(client: Client, **params: Any) -> list[str]:
    return [item["customer_id"] for item in client.get("/customers", **params).json()["data"]]


def test_a_customer_is_created_and_read_back(client_of_acme: Client, acme: Organization) -> None:
    body = ADA | {"agent_id": str(AgentFactory(organization=acme).pk)}
    created = client_of_acme.post("/customers", body)
    assert created.status_code == 201
    assert {name: created.json()[name] for name in body} == body
    assert client_of_acme.get(f"/customers/{created.json()['id']}").json() == created.json()


def test_what_is_not_known_is_left_out(client_of_acme: Client) -> None:
    answer = client_of_acme.post("/customers", {"name": "Ada", "email": None}).json()
    assert answer.keys() == {"id", "name", "created_at", "updated_at"}


def test_a_phone_is_shown_as_it_is_dialed(client_of_acme: Client) -> None:
    assert client_of_acme.post("/customers", {"phone": "347 123 4567"}).json()["phone"] == "+393471234567"


def test_a_customer_belongs_to_the_user_of_the_key(acme: Organization) -> None:
    user = user_of(acme, Role.OPERATOR)
    created = Client(token_of(acme, user)).post("/customers", {"name": "Ada"}).json()
    assert Customer.objects.get(pk=created["id"]).owner == user


def test_the_audit_log_tells_of_a_customer_and_nothing_about_them(client_of_acme: Client) -> None:
    client_of_acme.post("/customers", ADA)
    event = AuditEvent.objects.get(action="customer.created")
    assert event.api_key_id is not None
    assert ADA["email"] not in str(event.changes)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"phone": "12"}, "phone"),
        ({"phone": 393471234567}, "phone"),
        ({"phone": "+39" * 30}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"name": "x" * 256}, "name"),
        ({"name": ["Ada"]}, "name"),
        ({"status": "x" * 51}, "status"),
        ({"customer_id": True}, "customer_id"),
        ({"agent_id": "x"}, "agent_id"),
    ],
)
def test_a_wrong_value_is_located_and_not_repeated(client_of_acme: Client, body: dict[str, Any], name: str) -> None:
    response = client_of_acme.post("/customers", body)
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", name]]
    assert str(body[name])[:40] not in response.json()["detail"][0]["msg"]
    assert not Customer.objects.exists()


def test_a_customer_id_is_unique_in_its_organization(client_of_acme: Client, globex: Organization) -> None:
    assert client_of_acme.post("/customers", {"customer_id": "c-1"}).status_code == 201
    assert client_of_acme.post("/customers", {"customer_id": "c-1"}).status_code == 409
    assert client_of(globex).post("/customers", {"customer_id": "c-1"}).status_code == 201


def test_another_tenant_s_agent_is_as_if_it_were_not_there(client_of_acme: Client, globex: Organization) -> None:
    foreign = client_of_acme.post("/customers", {"agent_id": str(AgentFactory(organization=globex).pk)})
    missing = client_of_acme.post("/customers", {"agent_id": str(uuid4())})
    assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_customers_are_found_by_what_is_known_of_them(client_of_acme: Client, acme: Organization) -> None:
    CustomerFactory(organization=acme, customer_id="a", name="Ada", status="lead")
    CustomerFactory(organization=acme, customer_id="b", surname="Adamo", phone="+393470000001", status="client")
    assert sorted(ids(client_of_acme, q="ada")) == ["a", "b"]
    assert ids(client_of_acme, q="470000001") == ["b"]
    assert ids(client_of_acme, status="lead") == ["a"]
    assert ids(client_of_acme, q="ada", status="client") == ["b"]
    assert ids(client_of_acme, sort_field="customer_id", sort_dir="asc") == ["a", "b"]
    assert client_of_acme.get("/customers", status="lead").json()["query"]["filters"] == {"status": "lead"}


def test_a_list_shows_only_the_own_organization(
    client_of_acme: Client, acme: Organization, globex: Organization
) -> None:
    CustomerFactory(organization=acme, customer_id="ours", name="Ada")
    CustomerFactory(organization=globex, customer_id="theirs", name="Ada")
    assert ids(client_of_acme) == ["ours"]
    assert ids(client_of_acme, q="Ada") == ["ours"]
    assert client_of_acme.get("/customers").json()["meta"]["total"] == 1


def test_deleted_customers_come_to_admins_on_request(client_of_acme: Client, acme: Organization) -> None:
    CustomerFactory(organization=acme, customer_id="here")
    Customer.objects.filter(pk=CustomerFactory(organization=acme, customer_id="gone").pk).soft_delete()
    assert ids(client_of_acme) == ["here"]
    assert ids(client_of_acme, only_deleted=True) == ["gone"]
    assert client_of(acme, role=Role.OPERATOR).get("/customers", only_deleted=True).status_code == 403


def test_a_page_costs_the_same_queries_however_many_rows(
    client_of_acme: Client, acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    CustomerFactory.create_batch(2, organization=acme)
    client_of_acme.get("/customers")
    for _ in range(2):
        with django_assert_num_queries(3):  # key, count, page
            client_of_acme.get("/customers", q="name")
        CustomerFactory.create_batch(4, organization=acme)


def test_what_is_named_changes_and_null_empties(client_of_acme: Client, acme: Organization) -> None:
    agent = AgentFactory(organization=acme)
    customer = CustomerFactory(organization=acme, customer_id="c-1", name="Ada", agent=agent)
    path = f"/customers/{customer.pk}"
    changed = client_of_acme.patch(path, {"phone": "347 765 4321", "email": None, "status": "lead"}).json()
    assert (changed["phone"], changed["status"], changed["name"]) == ("+393477654321", "lead", "Ada")
    assert "email" not in changed
    assert changed["agent_id"] == str(agent.pk)
    assert "agent_id" not in client_of_acme.patch(path, {"agent_id": None}).json()
    assert client_of_acme.patch(path, {"phone": "12"}).json()["detail"][0]["loc"] == ["body", "phone"]
    CustomerFactory(organization=acme, customer_id="c-2")
    assert client_of_acme.patch(path, {"customer_id": "c-2"}).status_code == 409
    assert client_of_acme.patch(path, {"agent_id": str(uuid4())}).status_code == 404


def test_a_deleted_customer_comes_back_unless_another_took_their_id(client_of_acme: Client) -> None:
    customer = client_of_acme.post("/customers", {"customer_id": "c-1"}).json()
    path = f"/customers/{customer['id']}"
    assert client_of_acme.delete(path).status_code == 204
    assert client_of_acme.get(path).status_code == client_of_acme.delete(path).status_code == 404
    assert client_of_acme.post(f"{path}/restore").json()["id"] == customer["id"]
    assert client_of_acme.post(f"{path}/restore").status_code == 200
    client_of_acme.delete(path)
    client_of_acme.post("/customers", {"customer_id": "c-1"})
    assert client_of_acme.post(f"{path}/restore").status_code == 409


def test_a_customer_s_campaigns_are_those_they_are_a_target_in(client_of_acme: Client, acme: Organization) -> None:
    customer = CustomerFactory(organization=acme)
    campaigns = CampaignFactory.create_batch(3, organization=acme)
    for campaign in campaigns[:2]:
        TargetFactory(campaign=campaign, customer=customer)
    path = f"/customers/{customer.pk}/campaigns"
    answer = client_of_acme.get(path, include_aggregations=True).json()
    assert {item["id"] for item in answer["data"]} == {str(campaign.pk) for campaign in campaigns[:2]}
    assert (answer["meta"]["total"], answer["aggregations"]["quick_filters"]["draft"]) == (2, 2)
    client_of_acme.delete(f"/campaigns/{campaigns[0].pk}")
    assert client_of_acme.get(path).json()["meta"]["total"] == 1
    assert client_of_acme.get(path, include_deleted=True).json()["meta"]["total"] == 2
    assert client_of_acme.get(path, q=campaigns[1].name).json()["meta"]["total"] == 1
    assert client_of_acme.get(path, sort_field="agent").status_code == 422
    assert client_of_acme.get(f"/customers/{CustomerFactory(organization=acme).pk}/campaigns").json()["data"] == []


def test_a_customer_s_campaigns_cost_the_same_queries_however_many(
    client_of_acme: Client, acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customer = CustomerFactory(organization=acme)
    client_of_acme.get(f"/customers/{customer.pk}")
    for _ in range(2):
        TargetFactory(campaign=CampaignFactory(organization=acme), customer=customer)
        with django_assert_num_queries(5):  # key, customer, page, count, counters
            client_of_acme.get(f"/customers/{customer.pk}/campaigns")
