"""Import files of people that come in over an API or the admin: small ones at once, large ones by a task.

The jobs are the queue. One that no process has touched for a while was cut short, and goes on where it stopped; two
processes that go on with one job never both commit the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.core.files.base import File
from django.db import DatabaseError
from django.db.models import Q, QuerySet

from campaigns.models import Campaign
from customers import imports
from customers.exceptions import ImportTakenOver
from customers.imports import Enrol, Enrolled, create_import, run_import
from customers.models import ImportJob
from lib import clock
from lib.db.statistics import Growth
from lib.errors import DomainError
from lib.lifecycle import TransitionRefused
from lib.tabular import TableError, is_workbook, open_table
from lib.wakeup import wake
from organizations.models import Organization, User
from organizations.services import Actor
from targets.enrolment import enrol, require_open
from targets.exceptions import CampaignNotOpen
from targets.models import CampaignTarget

log = structlog.get_logger(__name__)

TASK = "targets.run_imports"
State = ImportJob.State

# Imported while the request waits: some thousand people.
SMALL_BYTES = 256 * 1024
# Imports at one time, so that other work finds a free thread.
_MOST_AT_ONCE = 2
_ABANDONED_AFTER = timedelta(minutes=5)


def import_people(
    *, organization: Organization, filename: str, file: File[bytes], campaign: Campaign | None = None, user: User | None
) -> ImportJob:
    """Import a CSV file or workbook into the organization, and into `campaign`; return the job.

    A small file has been imported when this returns; a large one is queued. New customers belong to `user`. Raises
    UnusableFile, InvalidMapping, CampaignNotOpen.
    """
    if campaign is not None:
        require_open(campaign)
    is_small = (file.size or 0) <= SMALL_BYTES
    job = create_import(
        organization=organization,
        filename=filename,
        file=None if is_small else file,
        campaign_id=campaign.pk if campaign else None,
        created_by=user,
    )
    if not is_small:
        wake(TASK)
        return job
    file.seek(0)
    return run_import(job=job, source=file, enrol=enrol_in(campaign)).job


def try_out_import(*, job: ImportJob) -> ImportJob:
    """Count what would become of every row of a draft, and write nobody; return the fresh row.

    A small file has been tried out when this returns. Raises ImportNotADraft, ImportFileRemoved, CampaignNotOpen.
    """
    _require_open(job)
    return _carry_out_soon(imports.try_out_import(job=job))


def start_import(*, job: ImportJob, actor: Actor | None = None) -> ImportJob:
    """Import a draft in earnest; return the fresh row. Again, it changes nothing.

    A small file has been imported when this returns. Raises ImportFileRemoved, CampaignNotOpen.
    """
    if job.is_draft:
        _require_open(job)
    return _carry_out_soon(imports.start_import(job=job, actor=actor))


def run_imports() -> int:
    """Carry out queued imports, one after the other, and those that were cut short; return how many."""
    done = 0
    while (job := _next_job()) is not None:
        done += 1
        _carry_out(job)
    return done


def enrol_in(campaign: Campaign | None) -> Enrol | None:
    """Return what enrols the people of each batch in `campaign`; None without one."""
    if campaign is None:
        return None
    growth = Growth(CampaignTarget._meta.db_table)

    def enrol_all(customer_ids: Sequence[UUID]) -> Enrolled:
        if campaign.is_deleted:
            raise CampaignNotOpen("this campaign was deleted; nobody can be enrolled", status="deleted")
        result = enrol(campaign=campaign, customer_ids=customer_ids)
        growth.add(result.created)
        return Enrolled(list(result.target_ids.values()), skipped=result.skipped + len(result.rejected))

    return enrol_all


def headers_of(job: ImportJob) -> Sequence[str]:
    """Return the headers of a job's file, nothing where it was never read and cannot be."""
    if job.headers or not job.file:
        return list(job.headers)
    try:
        with job.file.open("rb") as stored, open_table(stored, job.filename) as table:
            return table.headers
    except (TableError, OSError):
        return ()


def progress_of(job: ImportJob) -> float | None:
    """Return the share of a job's rows that were read, 0..1; None while nobody knows how many there are."""
    if job.state == State.COMPLETED:
        return 1.0
    if job.rows_expected is None:
        return None
    return float(min(job.rows_total / max(job.rows_expected, 1), 0.99))


def _carry_out_soon(job: ImportJob) -> ImportJob:
    """Carry out a queued job at once where its file is small; else have a worker look for it."""
    if job.state == State.QUEUED and _is_small(job):
        try:
            _carry_out(job)
        except DatabaseError as error:  # such as a lock held for longer than a request may wait: a worker goes on
            log.warning("import.left_to_a_worker", job_id=str(job.pk), error=type(error).__name__)
        job.refresh_from_db()
    elif job.state == State.QUEUED:
        wake(TASK)
    return job


def _is_small(job: ImportJob) -> bool:
    """Say whether a stored file is imported in a moment. A workbook of any size may hold anything."""
    try:
        return not is_workbook(job.filename) and job.file.size <= SMALL_BYTES
    except FileNotFoundError:
        return True  # which the import says


def _carry_out(job: ImportJob) -> None:
    try:
        run_import(job=job, enrol=enrol_in(job.campaign))
    except (ImportTakenOver, TransitionRefused):
        log.info("import.taken_over", job_id=str(job.pk))
    except DomainError as error:
        log.info("import.failed", job_id=str(job.pk), code=error.code)
    except FileNotFoundError:
        _fail(job, "the file is not there any more: upload it again")


def _require_open(job: ImportJob) -> None:
    if job.campaign is not None:
        require_open(job.campaign)


def _next_job() -> ImportJob | None:
    jobs = _unfinished(ImportJob.objects.select_related("campaign", "organization"))
    fresh = Q(updated_at__gt=clock.now() - _ABANDONED_AFTER)
    if jobs.filter(fresh, state=State.RUNNING).count() >= _MOST_AT_ONCE:
        return None
    waiting = jobs.filter(Q(state=State.QUEUED) | ~fresh).exclude(file="").order_by("created_at")
    found: ImportJob | None = waiting.first()
    return found


def _unfinished(jobs: QuerySet[ImportJob]) -> QuerySet[ImportJob]:
    return jobs.filter(state__in=[State.QUEUED, State.RUNNING])


def _fail(job: ImportJob, message: str) -> None:
    failed = _unfinished(ImportJob.objects.filter(pk=job.pk))
    failed.update(state=State.FAILED, error=message, ended_at=clock.now(), updated_at=clock.now())
