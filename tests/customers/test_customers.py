"""Creating, changing, finding, hiding and bringing back one customer."""

from __future__ import annotations

from typing import Any

import pytest

from customers.exceptions import CustomerNotFound, DuplicateCustomerId, RestoreConflict
from customers.models import Customer
from customers.services import (
    CustomerData,
    create_customer,
    create_or_update_customer,
    find_customer,
    find_or_create_customer,
    restore_customer,
    soft_delete_customer,
    update_customer,
)
from lib.errors import InvalidField
from organizations.models import AuditEvent, Organization
from tests.connections import run_together
from tests.factories import AgentFactory, CustomerFactory, OrganizationFactory


def test_everything_is_stored_in_its_comparable_form(acme: Organization) -> None:
    data = CustomerData(
        customer_id=" 17 ",
        name=" Ada ",
        email="Ada@Example.COM",
        phone="347 123 4567",
        other_phones=["+39 347 1234567", "06 6982 0000"],
        timezone="europe/rome",
        language="pt_BR",
        tags=["vip", " vip", "lead", ""],
        custom_fields={"plan": "gold"},
        agent=AgentFactory(organization=acme),
    )
    customer = Customer.objects.get(pk=create_customer(organization=acme, data=data).pk)
    assert (customer.customer_id, customer.name, customer.surname) == ("17", "Ada", None)
    assert (customer.email, customer.phone) == ("ada@example.com", "+393471234567")
    assert customer.other_phones == ["+390669820000"]
    assert (customer.timezone, customer.language, customer.tags) == ("Europe/Rome", "pt-br", ["vip", "lead"])
    assert (customer.custom_fields, customer.agent) == ({"plan": "gold"}, data.agent)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 256),
        ("name", 7),
        ("email", "ada@"),
        ("phone", "12"),
        ("other_phones", ["12"]),
        ("other_phones", "+393471234567"),
        ("timezone", "Europe/Atlantis"),
        ("language", "Italian language"),
        ("tags", ["x" * 65]),
        ("tags", [str(number) for number in range(51)]),
        ("custom_fields", [1]),
    ],
)
def test_what_cannot_be_stored_is_refused_without_repeating_it(acme: Organization, field: str, value: Any) -> None:
    with pytest.raises(InvalidField) as caught:
        create_customer(organization=acme, data=CustomerData(**{field: value}))
    assert caught.value.field == field
    if isinstance(value, str):
        assert value not in str(caught.value)
    assert not Customer.objects.exists()


def test_an_agent_of_another_organization_is_refused(acme: Organization, globex: Organization) -> None:
    with pytest.raises(InvalidField):
        create_customer(organization=acme, data=CustomerData(agent=AgentFactory(organization=globex)))


def test_a_customer_id_is_taken_once_in_each_organization(acme: Organization, globex: Organization) -> None:
    data = CustomerData(customer_id="secret-17")
    create_customer(organization=acme, data=data)
    create_customer(organization=globex, data=data)
    with pytest.raises(DuplicateCustomerId) as caught:
        create_customer(organization=acme, data=data)
    assert "secret-17" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_change_touches_only_the_fields_named(acme: Organization) -> None:
    customer = CustomerFactory(organization=acme, name="Ada", tags=["vip"])
    changed = update_customer(customer=customer, changes={"phone": "+34 911 234 567", "status": "gold"})
    assert (changed.name, changed.phone, changed.status, changed.tags) == ("Ada", "+34911234567", "gold", ["vip"])


def test_a_number_that_becomes_the_first_is_not_also_a_further_one(acme: Organization) -> None:
    customer = CustomerFactory(organization=acme, other_phones=["+34911234567"])
    changed = update_customer(customer=customer, changes={"phone": "+34911234567"})
    assert changed.other_phones == []


def test_the_audit_log_says_what_changed_without_personal_data(acme: Organization) -> None:
    customer = CustomerFactory(organization=acme, name="Ada", status="new")
    update_customer(customer=customer, changes={"name": "Grace", "status": "gold"})
    update_customer(customer=customer, changes={"name": "Grace"})
    changes = AuditEvent.objects.get(action="customer.updated").changes
    assert changes == {"name": ["hidden", "hidden"], "status": ["new", "gold"]}


def test_a_field_nobody_knows_is_a_mistake_of_the_caller(acme: Organization) -> None:
    with pytest.raises(TypeError):
        update_customer(customer=CustomerFactory(organization=acme), changes={"organization": None})


def test_changing_to_a_customer_id_somebody_has_is_refused(acme: Organization) -> None:
    CustomerFactory(organization=acme, customer_id="1")
    other = CustomerFactory(organization=acme, customer_id="2")
    with pytest.raises(DuplicateCustomerId):
        update_customer(customer=other, changes={"customer_id": "1"})


def test_a_deleted_customer_is_hidden_and_comes_back(acme: Organization) -> None:
    customer = CustomerFactory(organization=acme)
    soft_delete_customer(customer=customer)
    assert not Customer.objects.filter(pk=customer.pk).exists()
    with pytest.raises(CustomerNotFound):
        update_customer(customer=customer, changes={"name": "x"})
    with pytest.raises(CustomerNotFound):
        soft_delete_customer(customer=customer)
    restore_customer(customer=customer)
    assert Customer.objects.filter(pk=customer.pk).exists()
    with pytest.raises(CustomerNotFound):
        restore_customer(customer=customer)


def test_a_customer_whose_id_was_taken_cannot_come_back(acme: Organization) -> None:
    customer = CustomerFactory(organization=acme, customer_id="1")
    soft_delete_customer(customer=customer)
    CustomerFactory(organization=acme, customer_id="1")
    with pytest.raises(RestoreConflict):
        restore_customer(customer=customer)


def test_a_customer_is_found_by_id_before_email_before_phone(acme: Organization) -> None:
    by_id = CustomerFactory(organization=acme, customer_id="1", email="a@example.com", phone="+393470000001")
    by_email = CustomerFactory(organization=acme, customer_id=None, email="b@example.com", phone="+393470000001")
    by_phone = CustomerFactory(organization=acme, customer_id=None, email="c@example.com", phone="+393470000003")
    CustomerFactory(organization=acme, customer_id=None, email="b@example.com", phone="+393470000003")
    found = [
        find_customer(organization=acme, customer_id="1", email="b@example.com", phone="+393470000003"),
        find_customer(organization=acme, email="B@Example.com", phone="+393470000003"),
        find_customer(organization=acme, phone="347 000 0003"),
    ]
    assert found == [by_id, by_email, by_phone]


def test_two_different_customer_ids_are_never_one_person(acme: Organization) -> None:
    CustomerFactory(organization=acme, customer_id="1", email="a@example.com", phone="+393470000001")
    assert find_customer(organization=acme, customer_id="2", email="a@example.com", phone="+393470000001") is None


def test_nobody_is_found_in_another_organization_or_among_the_deleted(acme: Organization, globex: Organization) -> None:
    CustomerFactory(organization=globex, email="a@example.com")
    soft_delete_customer(customer=CustomerFactory(organization=acme, email="a@example.com"))
    assert find_customer(organization=acme, email="a@example.com") is None
    assert find_customer(organization=acme) is None


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_create_one_customer() -> None:
    organization = OrganizationFactory()
    data = CustomerData(email="ada@example.com")
    results = run_together(*[lambda: find_or_create_customer(organization=organization, data=data)] * 6)
    outcomes = [result for result in results if not isinstance(result, Exception)]
    assert sorted(created for _customer, created in outcomes) == [False] * 5 + [True]
    assert Customer.objects.count() == 1


def test_the_number_decides_who_is_updated_and_what_is_not_named_stays(acme: Organization) -> None:
    first = CustomerFactory(
        organization=acme, phone="+393471234567", name="Ada", custom_fields={"plan": "gold", "n": 1}
    )
    CustomerFactory(organization=acme, phone="+393471234567")  # the oldest is meant
    changes = {"surname": "King", "custom_fields": {"n": 2}}
    customer, is_new = create_or_update_customer(organization=acme, phone="347 1234567", changes=changes)
    assert (customer.pk, is_new, customer.name, customer.surname) == (first.pk, False, "Ada", "King")
    assert customer.custom_fields == {"plan": "gold", "n": 2}


def test_a_number_of_another_organization_is_nobody_s_here(acme: Organization, globex: Organization) -> None:
    CustomerFactory(organization=globex, phone="+393471234567")
    customer, is_new = create_or_update_customer(organization=acme, phone="+393471234567", changes={"name": "Ada"})
    assert (is_new, customer.organization, customer.name) == (True, acme, "Ada")
    with pytest.raises(InvalidField):
        create_or_update_customer(organization=acme, phone=" ", changes={})
