"""Register files to import, and hand back the rows that could not be imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.db import OperationalError, transaction

from customers.exceptions import ImportBusy
from customers.imports.columns import ADDED_TO_REJECTED, is_returned
from customers.imports.reading import Reading
from customers.models import CustomField, ImportJob, ImportRejection
from lib import zones
from lib.crash_points import crash_point
from lib.errors import InvalidField
from lib.ids import new_id
from lib.tabular import is_workbook, stream_csv_safe
from organizations.models import Organization, User
from organizations.services import Actor, record_audit

_LONGEST_FILENAME = 255
_ROWS_AT_ONCE = 2_000


def create_import(
    *,
    organization: Organization,
    filename: str,
    file: File[bytes] | None = None,
    campaign_id: UUID | None = None,
    mapping: Mapping[str, str | Sequence[str]] | None = None,
    default_region: str = "",
    dry_run: bool = False,
    is_draft: bool = False,
    created_by: User | None = None,
) -> ImportJob:
    """Register a file to be imported by `run_import`; nothing of it is read yet.

    Without a `file` nothing is stored, and the caller hands it to `run_import`. `mapping` is ``{field: header}`` for
    columns whose headers do not say it; `default_region` is the country of numbers without one, the organization's
    where empty. New customers belong to `created_by`. A draft waits until it is started. Raises InvalidField.
    """
    region = default_region.upper()
    if region and not zones.of_country(region):
        raise InvalidField("default_region", "this is no ISO 3166 country of two letters, such as IT")
    job = ImportJob(
        organization=organization,
        campaign_id=campaign_id,
        created_by=created_by,
        filename=PurePath(filename).name[-_LONGEST_FILENAME:],
        mapping=dict(mapping or {}),
        default_region=region,
        dry_run=dry_run or is_draft,
        state=ImportJob.State.DRAFT if is_draft else ImportJob.State.QUEUED,
    )
    if file is not None:  # under a name nobody can guess, whatever the file was called
        job.rows_expected = _about_how_many_rows(file, job.filename)
        job.file.save(f"{new_id()}{PurePath(filename).suffix.lower()}", file, save=False)
        crash_point("M1")
    with transaction.atomic():
        job.save(force_insert=True)
        if not job.dry_run:
            audit_import(job, "import.started", Actor(user=created_by))
    return job


def audit_import(
    job: ImportJob, action: str, actor: Actor | None, changes: Mapping[str, list[Any]] | None = None
) -> None:
    """Record what was done with an import. Its file's name stays out: it may name people."""
    record_audit(organization=job.organization, action=action, subject=job, changes=changes, actor=actor)


def lock_import(job: ImportJob) -> ImportJob | None:
    """Return the row afresh, locked until the transaction ends; None where it is gone. Raises ImportBusy."""
    try:
        return ImportJob.objects.select_for_update(no_key=True).filter(pk=job.pk).first()
    except OperationalError:  # the time a web request may wait for a lock is over
        raise ImportBusy from None


def reading_of(job: ImportJob) -> Reading:
    """Return how the file of a job is to be read, from where it stands."""
    declared = list(CustomField.objects.for_organization(job.organization_id))
    region = job.default_region or job.organization.default_region or None
    return Reading(job.filename, job.mapping, declared, region, committed_up_to=job.last_row)


def stream_rejected_rows(*, job: ImportJob, headers: Sequence[str]) -> Iterator[str]:
    """Yield the rejected rows as CSV, line by line: row, field, reason, then the row's own cells.

    Mended, the file can be imported as it is: its first three columns are left out then, and what was put in front of
    cells that look like formulas is taken away.
    """
    return stream_csv_safe(*rejected_table(job=job, headers=headers))


def rejected_table(*, job: ImportJob, headers: Sequence[str]) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Return the headers and the rows of that file, to be written in another format."""
    return _rejected_headers(headers), _rejected_rows(job, headers)


def _rejected_headers(headers: Sequence[str]) -> list[str]:
    return [*ADDED_TO_REJECTED, *_own(headers, headers)]


def _rejected_rows(job: ImportJob, headers: Sequence[str]) -> Iterator[Sequence[Any]]:
    rejections = ImportRejection.objects.filter(job=job).order_by("row")
    part = list(rejections[:_ROWS_AT_ONCE])
    while part:
        for found in part:
            yield [found.row, found.field, found.message, *_own(headers, found.values)]
        part = list(rejections.filter(row__gt=part[-1].row)[:_ROWS_AT_ONCE])


def _own(headers: Sequence[str], cells: Sequence[str]) -> Sequence[str]:
    """Return the cells of a row without those that an earlier import put in front."""
    return cells[len(ADDED_TO_REJECTED) :] if is_returned(headers) else cells


def _about_how_many_rows(file: File[bytes], filename: str) -> int | None:
    """Return the lines of a delimited file but its header's; cells may hold some of them. None for workbooks."""
    if is_workbook(filename):
        return None
    lines: int = sum(chunk.count(b"\n") for chunk in file.chunks())
    file.seek(0)
    return max(lines - 1, 1)
