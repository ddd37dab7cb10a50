"""Importing a file is to cost little more than copying its clean rows into the same tables."""

from __future__ import annotations

import io
import itertools
import resource

from django.db import connection, transaction

from benchmarks.measuring import Ratio, interleaved
from benchmarks.people import new_campaign, new_organization
from campaigns.models import Campaign
from customers.imports import create_import, run_import
from targets.imports import enrol_in

# In the order of their references.
_WRITTEN = {"customers_customer": "organization_id", "targets_campaigntarget": "organization_id"}
_file = itertools.count(1)


class _Undone(Exception):
    """Take back what a round has copied, so that the next can copy it again."""


def run(size: int) -> list[Ratio]:
    """Compare an import of `size` rows (at most 200,000), with enrolment, with COPY of the rows it writes."""
    rows = min(size, 200_000)
    clean = _taken_out(_import(rows))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    imported, copied = interleaved(3, lambda: _import(rows), lambda: _copy(clean))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    figures = (
        f"{rows / imported:,.0f} / {rows / copied:,.0f} rows a second of CPU; {grown:.0f} MiB of memory more at most"
    )
    return [Ratio(f"an import of {rows:,} rows / COPY of the same rows", imported / copied, 1.5, figures=figures)]


def _import(rows: int) -> Campaign:
    campaign = new_campaign(new_organization(limit=1))
    job = create_import(organization=campaign.organization, filename="bench.csv", default_region="US")
    report = run_import(job=job, source=io.BytesIO(_csv(rows)), enrol=enrol_in(campaign))
    if report.job.rows_created != rows:
        raise RuntimeError(f"{report.job.rows_created} rows were created of {rows}")
    return campaign


def _csv(rows: int) -> bytes:
    serial = next(_file)
    text = io.StringIO()
    text.write("customer_id,name,surname,email,phone,timezone\n")
    for row in range(rows):
        who = f"b{serial}-{row}"
        text.write(f"{who},Ana,López,{who}@example.com,(212) {200 + row // 10_000}-{row % 10_000:04d},\n")
    return text.getvalue().encode()


def _taken_out(campaign: Campaign) -> dict[str, bytes]:
    """Return what was imported, by table, and delete it."""
    taken = {}
    with connection.cursor() as cursor:
        for table, column in _WRITTEN.items():
            rows = f"COPY (SELECT * FROM {table} WHERE {column} = '{campaign.organization_id}') TO STDOUT"
            with cursor.copy(rows) as copy:
                taken[table] = b"".join(bytes(part) for part in copy)
        for table, column in reversed(_WRITTEN.items()):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [campaign.organization_id])
    return taken


def _copy(clean: dict[str, bytes]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in clean.items():
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(rows)
            raise _Undone
    except _Undone:
        return
