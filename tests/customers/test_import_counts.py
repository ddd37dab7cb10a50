"""Whatever is in a file: every row is counted once, and the counts are the rows in the tables."""

from __future__ import annotations

import csv
import io
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.imports import create_import, reading, run_import, stream_rejected_rows
from customers.models import Customer, ImportBatch, ImportJob, ImportRejection
from organizations.models import Organization
from tests.customers.files import as_csv

HEADERS = ("Customer ID", "First name", "Email", "Phone", "Phone 2", "Country", "Tags", "Notes")
IDS = st.sampled_from(["", "1", "2", "3", " 1 ", "n/a"])
NAMES = st.sampled_from(["", "Ada", "=1+1", "  ", "Zoë", "x" * 300]) | st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), max_size=8
)
EMAILS = st.sampled_from(["", "ada@example.com", "ADA@example.com", "b@example.com", "bad@", "-"])
PHONES = st.sampled_from(["", "347 123 4567", "+39 347 123 4567", "'+393471234568", "12", "3.9E+11", "+1 212 555 0001"])
COUNTRIES = st.sampled_from(["", "IT", "Italia", "USA", "Nowhere"])
WHOLE = st.tuples(IDS, NAMES, EMAILS, PHONES, PHONES, COUNTRIES, st.sampled_from(["", "a,b", "a|a"]), NAMES)
ROWS = st.lists(
    WHOLE | st.just(("",) * len(HEADERS)) | st.lists(NAMES, max_size=len(HEADERS) + 2).map(tuple), max_size=12
)


def run(organization: Organization, content: bytes, **job: Any) -> ImportJob:
    created = create_import(organization=organization, filename="people.csv", **job)
    return run_import(job=created, source=io.BytesIO(content)).job


def conserved(job: ImportJob) -> bool:
    parts = job.rows_accepted + job.rows_duplicate + job.rows_rejected + job.rows_blank
    return job.rows_total == parts


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=ROWS, second=ROWS, batch=st.sampled_from([1, 3, 2_000]))
@pytest.mark.django_db
def test_the_counts_are_the_rows_saved(
    acme: Organization, first: list[tuple[str, ...]], second: list[tuple[str, ...]], batch: int
) -> None:
    for left_over in (ImportRejection, ImportBatch, ImportJob, Customer):
        left_over._default_manager.all().delete()
    with patch.object(reading, "BATCH_ROWS", batch):
        for rows in (first, second):
            content = as_csv(rows, HEADERS)
            before = Customer.objects.count()
            tried = run(acme, content, dry_run=True)
            assert Customer.objects.count() == before
            job = run(acme, content)
            assert conserved(tried)
            assert conserved(job)
            assert job.rows_total == len(list(csv.reader(io.StringIO(content.decode(), newline="")))) - 1
            assert Customer.objects.count() - before == job.rows_created == tried.rows_created
            assert ImportRejection.objects.filter(job=job).count() == job.rows_rejected == tried.rows_rejected
            assert (job.rows_updated, job.rows_duplicate) == (tried.rows_updated, tried.rows_duplicate)
            batches = ImportBatch.objects.filter(job=job)
            assert sum(len(found.created) for found in batches) == job.rows_created
            assert sum(len(found.changed) for found in batches) <= job.rows_updated


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(WHOLE, max_size=12))
@pytest.mark.django_db
def test_rejected_rows_handed_back_and_uploaded_again_are_rejected_for_the_same_reasons(
    acme: Organization, rows: list[tuple[str, ...]]
) -> None:
    job = run(acme, as_csv(rows, HEADERS))
    again = run(acme, "".join(stream_rejected_rows(job=job, headers=job.headers)).encode())
    first, second = (ImportRejection.objects.filter(job=found).order_by("row") for found in (job, again))
    expected = [(found.field, found.message, found.values) for found in first]
    assert [(found.field, found.message, found.values[3:]) for found in second] == expected
