"""Register files to import, and hand back the rows that could not be imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import IO, Any
from uuid import UUID

from django.core.files.base import File
from django.db import transaction

from customers.models import ImportJob, ImportRejection
from lib import zones
from lib.crash_points import crash_point
from lib.errors import InvalidField
from lib.ids import new_id
from lib.tabular import write_csv_safe
from organizations.models import Organization, User

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
    created_by: User | None = None,
) -> ImportJob:
    """Register a file to be imported by `run_import`; nothing of it is read yet.

    Without a `file` nothing is stored, and the caller hands it to `run_import`. `mapping` is ``{field: header}`` for
    columns whose headers do not say it; `default_region` is the country of numbers without one, the organization's
    where empty. New customers belong to `created_by`. Raises InvalidField.
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
        dry_run=dry_run,
    )
    if file is not None:  # under a name nobody can guess, whatever the file was called
        job.file.save(f"{new_id()}{PurePath(filename).suffix.lower()}", file, save=False)
        crash_point("M1")
    job.save(force_insert=True)
    return job


def write_rejected_rows(*, job: ImportJob, headers: Sequence[str], file: IO[str]) -> int:
    """Write the rejected rows as CSV: row, field, reason, then the row's own cells; return how many.

    `file` is a text file opened with ``newline=""``. Corrected and without its first three columns it can be imported.
    """
    with transaction.atomic():  # else the whole result would be held in memory
        return write_csv_safe(file, ["row", "field", "reason", *headers], _rejected_rows(job))


def _rejected_rows(job: ImportJob) -> Iterator[Sequence[Any]]:
    rejections = ImportRejection.objects.filter(job=job).order_by("row")
    for found in rejections.iterator(chunk_size=_ROWS_AT_ONCE):
        yield [found.row, found.field, found.message, *found.values]
