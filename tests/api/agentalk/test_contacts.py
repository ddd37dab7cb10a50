from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from customers.models import Customer, CustomField
from organizations.models import AuditEvent, Organization, Role
from targets.models import CampaignTarget
from tests.api.agentalk.client import Client, client_of
from tests.connections import run_together
from tests.factories import CampaignFactory, CustomerFactory, OrganizationFactory, TargetFactory

pytestmark = pytest.mark.django_db

PHONE = "+393471234567"


def test_a_number_nobody_has_makes_a_new_contact(client_of_acme: Client, acme: Organization) -> None:
    body = {
        "phone": PHONE,
        "firstName": "Ada",
        "lastName": "Lovelace",
        "email": "ada@example.com",
        "tags": ["vip", "spring"],
        "fields": {"plan": "gold", "seats": 3, "nested": {"a": [1, None]}},
    }
    response = client_of_acme.post("/api/contacts", body)
    assert response.status_code == 201
    assert response.json() | body == response.json()
    customer = Customer.objects.get()
    assert (customer.organization, customer.name, customer.surname) == (acme, "Ada", "Lovelace")


def test_a_number_somebody_has_updates_what_is_sent_and_nothing_else(client_of_acme: Client) -> None:
    body: dict[str, Any] = {"phone": PHONE, "firstName": "Ada", "tags": ["vip"], "fields": {"plan": "gold", "seats": 3}}
    first = client_of_acme.post("/api/contacts", body).json()
    response = client_of_acme.post("/api/contacts", {"phone": PHONE, "lastName": "King", "fields": {"seats": 4}})
    answer = response.json()
    assert (response.status_code, answer["id"]) == (200, first["id"])
    assert (answer["firstName"], answer["lastName"], answer["tags"]) == ("Ada", "King", ["vip"])
    assert answer["fields"] == {"plan": "gold", "seats": 4}
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("written", ["+39 347 123 4567", "347 1234567", "0039 347-1234567", " +393471234567 "])
def test_a_number_is_the_same_however_it_is_written(client_of_acme: Client, written: str) -> None:
    first = client_of_acme.post("/api/contacts", {"phone": PHONE}).json()
    assert client_of_acme.post("/api/contacts", {"phone": written}).json()["id"] == first["id"]


def test_null_and_an_empty_text_clear_a_field(client_of_acme: Client) -> None:
    client_of_acme.post("/api/contacts", {"phone": PHONE, "firstName": "Ada", "email": "ada@example.com"})
    answer = client_of_acme.post("/api/contacts", {"phone": PHONE, "firstName": None, "email": ""}).json()
    assert (answer["firstName"], answer["email"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": None}, "phone"),
        ({"phone": ""}, "phone"),
        ({"phone": "  "}, "phone"),
        ({"phone": "nobody"}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"phone": 393471234567}, "phone"),
        ({"phone": "+3" * 40}, "phone"),
        ({"firstName": 5}, "firstName"),
        ({"firstName": "x" * 256}, "firstName"),
        ({"lastName": ["x"]}, "lastName"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b@c"}, "email"),
        ({"tags": "vip"}, "tags"),
        ({"tags": [5]}, "tags"),
        ({"tags": ["x" * 65]}, "tags"),
        ({"tags": [str(n) for n in range(51)]}, "tags"),
        ({"fields": []}, "fields"),
        ({"fields": {"": 1}}, "fields"),
        ({"fields": {str(n): n for n in range(201)}}, "fields"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_written(
    client_of_acme: Client, change: dict[str, Any], field: str
) -> None:
    response = client_of_acme.post("/api/contacts", {"phone": PHONE} | change)
    assert (response.status_code, list(response.json())) == (400, [field])
    assert not Customer.objects.exists()


def test_a_number_is_needed(client_of_acme: Client) -> None:
    response = client_of_acme.post("/api/contacts", {"firstName": "Ada"})
    assert (response.status_code, response.json()) == (400, {"phone": ["This field is required."]})


def test_the_same_number_in_another_organization_is_another_contact(acme: Organization, globex: Organization) -> None:
    ours, theirs = (client_of(organization).post("/api/contacts", {"phone": PHONE}) for organization in (acme, globex))
    assert (ours.status_code, theirs.status_code) == (201, 201)
    assert ours.json()["id"] != theirs.json()["id"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_contact(transactional_db: None) -> None:
    client = client_of(OrganizationFactory(default_region="IT"))
    answers = run_together(
        *[partial(client.post, "/api/contacts", {"phone": PHONE, "tags": [str(number)]}) for number in range(12)]
    )
    assert sorted(getattr(answer, "status_code", 0) for answer in answers) == [200] * 11 + [201]
    assert Customer.objects.count() == 1


def test_the_audit_log_tells_that_a_contact_changed_and_not_to_what(client_of_acme: Client) -> None:
    client_of_acme.post("/api/contacts", {"phone": PHONE, "firstName": "Ada"})
    client_of_acme.post("/api/contacts", {"phone": PHONE, "firstName": "Grace"})
    events = AuditEvent.objects.filter(action__startswith="customer.")
    assert {event.action for event in events} == {"customer.created", "customer.updated"}
    assert "Grace" not in str([event.changes for event in events])


def test_a_contact_belongs_to_the_token_s_user(acme: Organization) -> None:
    client = client_of(acme, role=Role.OPERATOR)
    client.post("/api/contacts", {"phone": PHONE})
    assert Customer.objects.get().owner == client.user


# --- lists, one, delete ----------------------------------------------------------------------------------------------


def test_a_list_shows_what_the_organization_has(
    client_of_acme: Client, acme: Organization, globex: Organization
) -> None:
    first, second, gone = CustomerFactory.create_batch(3, organization=acme)
    CustomerFactory(organization=globex)
    Customer.objects.filter(pk=gone.pk).soft_delete()
    answer = client_of_acme.get("/api/contacts").json()
    assert [contact["id"] for contact in answer["contacts"]] == [str(second.pk), str(first.pk)]
    assert (answer["total"], answer["limit"], answer["offset"]) == (2, 50, 0)
    assert client_of_acme.get("/api/contacts", limit=1, offset=1).json()["contacts"][0]["id"] == str(first.pk)


def test_a_list_is_searched(client_of_acme: Client, acme: Organization) -> None:
    CustomerFactory(organization=acme, name="Ada")
    CustomerFactory(organization=acme, name="Grace")
    found = client_of_acme.get("/api/contacts", q="aD").json()
    assert [contact["firstName"] for contact in found["contacts"]] == ["Ada"]
    assert found["total"] == 1


@pytest.mark.parametrize(("name", "value"), [("limit", "0"), ("limit", "x"), ("offset", "-1"), ("q", "x" * 256)])
def test_a_wrong_parameter_is_named(client_of_acme: Client, name: str, value: str) -> None:
    response = client_of_acme.get("/api/contacts", **{name: value})
    assert (response.status_code, list(response.json())) == (400, [name])


def test_a_page_costs_the_same_queries_however_many_rows(
    client_of_acme: Client, acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    CustomerFactory(organization=acme)
    client_of_acme.get("/api/contacts")
    for _ in range(2):
        with django_assert_num_queries(3):  # token, count, page
            client_of_acme.get("/api/contacts", q="1")
        CustomerFactory.create_batch(3, organization=acme)


def test_one_contact_is_shown_with_everything(client_of_acme: Client, acme: Organization) -> None:
    customer = CustomerFactory(organization=acme, tags=["a"], custom_fields={"plan": "gold"})
    answer = client_of_acme.get(f"/api/contacts/{customer.pk}").json()
    assert (answer["phone"], answer["tags"], answer["fields"]) == (customer.phone, ["a"], {"plan": "gold"})


def test_a_deleted_contact_is_gone_and_out_of_every_campaign(client_of_acme: Client, acme: Organization) -> None:
    target = TargetFactory(campaign=CampaignFactory(organization=acme))
    other = TargetFactory(campaign=target.campaign)
    path = f"/api/contacts/{target.customer_id}"
    response = client_of_acme.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert client_of_acme.get(path).status_code == 404
    assert client_of_acme.delete(path).status_code == 404
    assert list(CampaignTarget.objects.all()) == [other]
    assert AuditEvent.objects.filter(action="customer.deleted", object_id=target.customer_id).exists()
    added = client_of_acme.post(
        f"/api/campaigns/{target.campaign_id}/contacts", {"contactIds": [str(target.customer_id)]}
    )
    assert added.json()["invalidIds"] == [str(target.customer_id)]


# --- custom fields ---------------------------------------------------------------------------------------------------


def test_custom_fields_come_in_pages(client_of_acme: Client, acme: Organization, globex: Organization) -> None:
    for number in range(5):
        CustomField.objects.create(organization=acme, key=f"key-{number}", label=f"Label {number}", type="number")
    CustomField.objects.create(organization=globex, key="theirs", label="Theirs")
    pages = [client_of_acme.get("/api/account/custom-fields", page=page, page_size=2).json() for page in (1, 2, 3)]
    assert [field["key"] for page in pages for field in page["results"]] == [f"key-{number}" for number in range(5)]
    assert {page["count"] for page in pages} == {5}
    assert pages[0]["next"].endswith("/api/account/custom-fields?page=2&page_size=2")
    assert [page["previous"] is None for page in pages] == [True, False, False]
    assert [page["next"] is None for page in pages] == [False, False, True]
    assert pages[0]["results"][0] | {"label": "Label 0", "type": "number"} == pages[0]["results"][0]


def test_an_account_without_custom_fields_has_one_empty_page(client_of_acme: Client) -> None:
    answer = client_of_acme.get("/api/account/custom-fields").json()
    assert answer == {"count": 0, "next": None, "previous": None, "results": []}
    beyond = client_of_acme.get("/api/account/custom-fields", page=2)
    assert (beyond.status_code, beyond.json()) == (404, {"detail": "Invalid page."})


@pytest.mark.parametrize(
    ("name", "value"), [("page", "0"), ("page", "last"), ("page_size", "101"), ("page_size", "0"), ("page", "9" * 30)]
)
def test_a_wrong_page_is_named(client_of_acme: Client, name: str, value: str) -> None:
    response = client_of_acme.get("/api/account/custom-fields", **{name: value})
    assert (response.status_code, list(response.json())) == (400, [name])


def test_the_largest_page_is_allowed(client_of_acme: Client) -> None:
    assert client_of_acme.get("/api/account/custom-fields", page_size=100).status_code == 200
