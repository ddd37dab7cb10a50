from __future__ import annotations

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from customers.models import Customer
from customers.services.people_at_numbers import people_at_numbers
from organizations.models import Organization
from tests.connections import run_together
from tests.factories import CustomerFactory, OrganizationFactory

ONE, TWO, THREE = "+12125550101", "+12125550102", "+12125550103"


@pytest.mark.django_db
def test_whoever_has_the_first_number_is_meant_and_the_others_are_made(acme: Organization) -> None:
    known = CustomerFactory(organization=acme, phone=ONE, other_phones=[THREE])
    found = people_at_numbers(organization=acme, numbers=[[ONE, TWO], [TWO, THREE], [THREE]])
    assert found[0] == known.pk
    made = Customer.objects.in_bulk(found[1:])
    assert [(made[key].phone, made[key].other_phones) for key in found[1:]] == [(TWO, [THREE]), (THREE, [])]
    assert all(customer.organization_id == acme.pk for customer in made.values())


@pytest.mark.django_db
def test_nobody_is_meant_twice_and_of_several_the_oldest_first(acme: Organization) -> None:
    older, newer = CustomerFactory(organization=acme, phone=ONE), CustomerFactory(organization=acme, phone=ONE)
    found = people_at_numbers(organization=acme, numbers=[[ONE], [ONE], [ONE]])
    assert found[:2] == [older.pk, newer.pk]
    assert found[2] not in (older.pk, newer.pk)
    assert people_at_numbers(organization=acme, numbers=[[ONE]], other_than=[older.pk]) == [newer.pk]


@pytest.mark.django_db
def test_another_organizations_people_and_deleted_ones_are_not_meant(acme: Organization, globex: Organization) -> None:
    theirs, gone = CustomerFactory(organization=globex, phone=ONE), CustomerFactory(organization=acme, phone=ONE)
    Customer.objects.filter(pk=gone.pk).soft_delete()
    (found,) = people_at_numbers(organization=acme, numbers=[[ONE]])
    assert found not in (theirs.pk, gone.pk)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_mean_the_same_person() -> None:
    acme: Organization = OrganizationFactory(slug="acme")

    def look_up() -> object:
        with transaction.atomic():
            return people_at_numbers(organization=acme, numbers=[[ONE]])[0]

    first, second = run_together(look_up, look_up)
    assert first == second == Customer.objects.get().pk


@pytest.mark.django_db(transaction=True)
def test_it_needs_a_transaction_to_keep_others_out() -> None:
    with pytest.raises(TransactionManagementError):
        people_at_numbers(organization=OrganizationFactory(), numbers=[[ONE]])
