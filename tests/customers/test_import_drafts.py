"""A draft of an import: changed, tried out and started, also while somebody else has hold of it."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction

from customers.exceptions import ImportBusy, ImportFileRemoved, ImportNotADraft, InvalidMapping, UnusableFile
from customers.imports import choose_columns, discard_draft, draft_import, run_import, start_import, try_out_import
from customers.models import Customer, ImportJob, ImportRejection
from lib.lifecycle import TransitionRefused
from organizations.models import Organization
from tests.connections import PATIENCE_SECONDS, start_beside
from tests.customers.files import as_csv, counts

ROWS = [("1", "Ada", "347 123 4567"), ("2", "Bad", "12")]
FILE = as_csv(ROWS, ["Customer ID", "First name", "Phone"])
CHOICES = {"Customer ID": "customer_id", "First name": "name", "Phone": "phone"}


def draft(organization: Organization, content: bytes = FILE) -> ImportJob:
    return draft_import(organization=organization, filename="people.csv", file=ContentFile(content))


def test_a_draft_is_not_run_until_somebody_asks_for_it(acme: Organization) -> None:
    job = draft(acme)
    with pytest.raises(TransitionRefused):
        run_import(job=job)
    assert counts(run_import(job=try_out_import(job=job)).job) == {"created": 1, "rejected": 1}
    assert not Customer.objects.exists()
    assert counts(run_import(job=start_import(job=job)).job) == {"created": 1, "rejected": 1}
    assert ImportRejection.objects.count() == Customer.objects.count() == 1


def test_trying_out_again_counts_from_nothing(acme: Organization) -> None:
    job = draft(acme)
    for _ in range(2):
        assert counts(run_import(job=try_out_import(job=job)).job) == {"created": 1, "rejected": 1}
    job = choose_columns(job=job, choices=CHOICES)
    assert (job.state, counts(job)) == ("draft", {})
    assert not ImportRejection.objects.exists()


def test_choices_that_make_no_sense_are_refused_and_change_nothing(acme: Organization) -> None:
    job = draft(acme)
    with pytest.raises(InvalidMapping):
        choose_columns(job=job, choices={**CHOICES, "First name": "phone"})
    with pytest.raises(InvalidMapping):
        choose_columns(job=job, choices={**CHOICES, "First name": "shoe_size"})
    with pytest.raises(UnusableFile):
        choose_columns(job=job, choices={**CHOICES, "Phone": "left_out"})
    job.refresh_from_db()
    assert job.mapping == {field: [header] for header, field in CHOICES.items()}


def test_what_was_started_is_no_draft(acme: Organization) -> None:
    job = start_import(job=draft(acme))
    for step in (lambda: choose_columns(job=job, choices=CHOICES), lambda: discard_draft(job=job)):
        with pytest.raises(ImportNotADraft):
            step()
    assert start_import(job=job).state == "queued"


def test_a_draft_without_its_file_can_only_be_discarded(acme: Organization) -> None:
    job = draft(acme)
    ImportJob.objects.update(file="")
    with pytest.raises(ImportFileRemoved):
        start_import(job=job)
    discard_draft(job=job)
    assert not ImportJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_a_worker_is_told_so(acme: Organization) -> None:
    job = draft(acme)

    def start_impatiently() -> ImportJob:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        return start_import(job=job)

    with transaction.atomic():
        ImportJob.objects.select_for_update().get(pk=job.pk)
        with pytest.raises(ImportBusy):
            start_beside(start_impatiently).result(PATIENCE_SECONDS)
