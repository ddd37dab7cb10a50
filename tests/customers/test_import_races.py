"""Imports at the same time as each other and as other writers."""

from __future__ import annotations

import io

import pytest
from django.db import transaction

from customers.exceptions import ImportTakenOver
from customers.imports import ImportReport, create_import, reading, run_import
from customers.models import Customer, ImportJob
from customers.services import CustomerData, create_customer, find_or_create_customer, update_customer
from lib.lifecycle import TransitionRefused
from organizations.models import Organization
from tests.connections import PATIENCE_SECONDS, run_together, start_beside, wait_until_blocked
from tests.customers.files import as_csv, counts
from tests.factories import CustomerFactory, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 60
FILE = as_csv([("", "Ada", "", f"ada{number}@example.com", "") for number in range(PEOPLE)])


@pytest.fixture
def acme(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Organization:
    monkeypatch.setattr(reading, "BATCH_ROWS", 5)
    organization: Organization = OrganizationFactory(slug="acme")
    return organization


def run(job: ImportJob, file: bytes = FILE) -> ImportReport:
    return run_import(job=job, source=io.BytesIO(file))


def test_two_imports_of_the_same_people_create_each_once(acme: Organization) -> None:
    jobs = [create_import(organization=acme, filename=f"{number}.csv") for number in range(3)]
    reports = run_together(*[lambda job=job: run(job) for job in jobs])
    found = [counts(report.job) for report in reports if isinstance(report, ImportReport)]
    assert len(found) == 3
    assert sum(count.get("created", 0) for count in found) == PEOPLE == Customer.objects.count()
    assert sum(count.get("updated", 0) for count in found) == 2 * PEOPLE


def test_one_import_run_by_two_processes_is_done_once(acme: Organization) -> None:
    job = create_import(organization=acme, filename="people.csv")
    results = run_together(*[lambda: run(ImportJob.objects.get(pk=job.pk))] * 3)
    assert sorted(type(result) in (ImportTakenOver, TransitionRefused) for result in results) == [False, True, True]
    job.refresh_from_db()
    assert (job.state, counts(job)) == ("completed", {"created": PEOPLE})
    assert Customer.objects.count() == PEOPLE


def test_a_customer_id_given_away_meanwhile_makes_the_batch_look_again(acme: Organization) -> None:
    job = create_import(organization=acme, filename="people.csv")
    file = as_csv([("1", "Ada", "", "ada@example.com", ""), ("2", "Grace", "", "grace@example.com", "")])
    with transaction.atomic():
        create_customer(organization=acme, data=CustomerData(customer_id="1"))
        importing = start_beside(lambda: run(job, file))
        wait_until_blocked()
    report = importing.result(PATIENCE_SECONDS)
    assert counts(report.job) == {"created": 1, "updated": 1}
    assert set(Customer.objects.values_list("customer_id", "name")) == {("1", "Ada"), ("2", "Grace")}


def test_a_change_made_meanwhile_is_not_undone(acme: Organization) -> None:
    ada = CustomerFactory(organization=acme, customer_id="1", status="old", tags=["a"])
    job = create_import(organization=acme, filename="people.csv")
    file = as_csv([("1", "ada@example.com", "b")], ["Customer ID", "Email", "Tags"])
    with transaction.atomic():
        update_customer(customer=ada, changes={"status": "new", "tags": ["a", "c"]})
        importing = start_beside(lambda: run(job, file))
        wait_until_blocked()
    importing.result(PATIENCE_SECONDS)
    ada.refresh_from_db()
    assert (ada.status, ada.tags, ada.email) == ("new", ["a", "c", "b"], "ada@example.com")


def test_an_import_waits_for_somebody_who_is_being_looked_up_or_created(acme: Organization) -> None:
    job = create_import(organization=acme, filename="people.csv")
    with transaction.atomic():
        find_or_create_customer(organization=acme, data=CustomerData(email="ada0@example.com"))
        importing = start_beside(lambda: run(job))
        wait_until_blocked()
    assert counts(importing.result(PATIENCE_SECONDS).job) == {"created": PEOPLE - 1, "updated": 1}
    assert Customer.objects.count() == PEOPLE
