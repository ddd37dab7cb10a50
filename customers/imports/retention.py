"""Remove what is kept of imports that are long over: files, cells of rejected rows, and former values for undoing."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from customers.models import ImportBatch, ImportJob, ImportRejection

log = structlog.get_logger(__name__)

State = ImportJob.State


def remove_old_files(*, at: datetime) -> int:
    """Remove the files of imports that ended, and of drafts made, `IMPORT_FILES_KEPT_DAYS` days before `at`, or more.

    With them go the cells of rejected rows (their reasons stay) and what undoing needs: all of it is personal data
    kept a second time. Returns how many imports it did this for. May run twice at a time, and again after a crash.
    """
    before = at - timedelta(days=settings.IMPORT_FILES_KEPT_DAYS)
    ended = Q(state__in=[State.COMPLETED, State.FAILED], ended_at__lt=before)
    forgotten = Q(state=State.DRAFT, created_at__lt=before)
    old = ImportJob.objects.filter(ended | forgotten, file_removed_at__isnull=True)
    ids = list(old.exclude(undo_requested_at__isnull=False, undone_at__isnull=True).values_list("pk", flat=True))
    removed = sum(_remove(job_id, at) for job_id in ids)
    if removed:
        log.info("imports.files_removed", imports=removed)
    return removed


@transaction.atomic
def _remove(job_id: UUID, at: datetime) -> bool:
    free = ImportJob.objects.select_for_update(no_key=True, skip_locked=True)
    job: ImportJob | None = free.filter(pk=job_id, file_removed_at__isnull=True).first()
    if job is None or job.is_being_undone or job.state in (State.QUEUED, State.RUNNING):
        return False
    if job.file:  # before the row says so: a file nobody knows of any more would stay for ever
        job.file.storage.delete(str(job.file.name))
    ImportRejection.objects.filter(job=job).exclude(values=[]).update(values=[])
    batches = ImportBatch.objects.filter(job=job)
    batches._raw_delete(batches.db)  # nothing belongs to them that Django would have to find
    ImportJob.objects.filter(pk=job.pk).update(file="", file_removed_at=at)
    return True
