"""Prepare an import in steps: upload it, say what its columns hold, look at it and try it out, start it.

All of it is one `ImportJob`. Until it is started it is a draft: it may be changed and tried out as often as somebody
likes, and writes nobody. A dry run that goes on meanwhile notices, and stops. Every step but the upload may raise
ImportBusy.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.files.base import File
from django.db import transaction

from customers.exceptions import ImportFileRemoved, ImportNotADraft, UnusableFile
from customers.imports.columns import mapping_of
from customers.imports.jobs import audit_import, create_import, lock_import, reading_of
from customers.imports.mappings import propose_choices, remember_choices
from customers.models import ImportJob, ImportRejection
from lib.tabular import Limits, TableError, open_table
from organizations.models import Organization, User
from organizations.services import Actor

State = ImportJob.State
_COUNTERS = (
    "rows_total",
    "rows_created",
    "rows_updated",
    "rows_duplicate",
    "rows_rejected",
    "rows_blank",
    "targets_created",
    "targets_skipped",
    "last_row",
)
# Somebody waits for the answer.
PATIENCE = Limits(workbook_seconds=20)


def draft_import(
    *,
    organization: Organization,
    filename: str,
    file: File[bytes],
    campaign_id: UUID | None = None,
    default_region: str = "",
    created_by: User | None = None,
) -> ImportJob:
    """Take in a file, with what its columns were last taken for or seem to hold. Raises UnusableFile, InvalidField."""
    try:
        with open_table(file, filename, PATIENCE) as table:
            headers = list(table.headers)
    except TableError as error:
        raise UnusableFile(str(error)) from error
    file.seek(0)
    choices, _remembered = propose_choices(organization=organization, headers=headers)
    job = create_import(
        organization=organization,
        filename=filename,
        file=file,
        campaign_id=campaign_id,
        mapping=mapping_of(choices),
        default_region=default_region,
        is_draft=True,
        created_by=created_by,
    )
    ImportJob.objects.filter(pk=job.pk).update(headers=headers)
    job.headers = headers
    return job


@transaction.atomic
def choose_columns(*, job: ImportJob, choices: Mapping[str, str]) -> ImportJob:
    """Say what each column of a draft holds (``{header: choice}``), and remember it; what was tried out is void.

    Returns the fresh row. Raises InvalidMapping, UnusableFile where nothing says how to reach people, ImportNotADraft.
    """
    row = _locked_draft(job)
    row.mapping = mapping_of(choices)
    reading_of(row).columns_of(row.headers)
    remember_choices(job=row, choices=choices)
    return _rewind(row, State.DRAFT)


@transaction.atomic
def try_out_import(*, job: ImportJob) -> ImportJob:
    """Queue a dry run of a draft's whole file; return the fresh row. Raises ImportNotADraft, ImportFileRemoved."""
    return _rewind(_locked_draft(job), State.QUEUED)


@transaction.atomic
def start_import(*, job: ImportJob, actor: Actor | None = None) -> ImportJob:
    """Queue a draft to be imported in earnest; return the fresh row. Again, it changes nothing.

    Raises ImportFileRemoved, ImportBusy.
    """
    try:
        row = _locked_draft(job)
    except ImportNotADraft:
        started: ImportJob = ImportJob.objects.get(pk=job.pk)
        return started
    if row.state == State.COMPLETED:
        row.rows_expected = row.rows_total
    row.dry_run = False
    row = _rewind(row, State.QUEUED)
    audit_import(row, "import.started", actor)
    return row


@transaction.atomic
def discard_draft(*, job: ImportJob) -> None:
    """Forget a draft and its file. Raises ImportNotADraft."""
    row = _locked_draft(job, needs_file=False)
    file = row.file.name
    row.delete()
    if file:
        transaction.on_commit(lambda: row.file.storage.delete(file))


def _locked_draft(job: ImportJob, *, needs_file: bool = True) -> ImportJob:
    row = lock_import(job)
    if row is None or not row.is_draft:
        raise ImportNotADraft
    if needs_file and not row.file:
        raise ImportFileRemoved
    return row


def _rewind(row: ImportJob, state: State) -> ImportJob:
    """Save the job as one nothing of which was read."""
    rejections = ImportRejection.objects.filter(job=row)
    rejections._raw_delete(rejections.db)  # nothing belongs to them that Django would have to find
    for counter in _COUNTERS:
        setattr(row, counter, 0)
    row.state, row.error, row.started_at, row.ended_at = state, "", None, None
    row.save()
    return row
