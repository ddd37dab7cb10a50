"""Import small files written into the tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from customers.imports import Enrol, ImportReport, create_import, run_import
from customers.models import ImportJob
from organizations.models import Organization

HEADERS = ("Customer ID", "First name", "Last name", "Email", "Phone")


def as_csv(rows: Sequence[Sequence[str]], headers: Sequence[str] = HEADERS) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue().encode()


def import_rows(
    organization: Organization,
    rows: Sequence[Sequence[str]],
    headers: Sequence[str] = HEADERS,
    *,
    enrol: Enrol | None = None,
    **job: Any,
) -> ImportReport:
    created = create_import(organization=organization, filename="people.csv", **job)
    return run_import(job=created, source=io.BytesIO(as_csv(rows, headers)), enrol=enrol)


def counts(job: ImportJob) -> dict[str, int]:
    """Return the counters of a job that are not zero, after checking that they add up."""
    fates = ("created", "updated", "duplicate", "rejected", "blank")
    found = {fate: getattr(job, f"rows_{fate}") for fate in fates}
    assert sum(found.values()) == job.rows_total
    return {fate: rows for fate, rows in found.items() if rows}
