"""Import a file: batch by batch, each in one transaction together with the job's counters.

After every commit, `rows_total` (the rows read so far) = created + updated + duplicate + rejected + blank, whatever
happens next: a process that is killed leaves whole batches, and the next run goes on after them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any, cast
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction

from customers.exceptions import ImportTakenOver
from customers.imports.columns import Columns
from customers.imports.jobs import reading_of
from customers.imports.matching import Decision, Fate, Matcher, matching
from customers.imports.reading import Batch, Head, read_file
from customers.imports.writing import write_batch, write_people, write_rejections
from customers.models import Customer, ImportJob
from customers.services.identity import lock_identities
from lib import clock
from lib.crash_points import crash_point
from lib.db.clock import read_clock
from lib.db.statistics import Growth
from lib.errors import DomainError
from lib.lifecycle import TransitionRefused

log = structlog.get_logger(__name__)

_TRIES = 3
# Unique violation (somebody has just given one of the customer ids to another customer), serialization, deadlock.
_WORTH_ANOTHER_TRY = frozenset({"23505", "40001", "40P01"})
_UNFINISHED = (ImportJob.State.QUEUED, ImportJob.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The targets a batch put into a campaign, and how many people were there before or could not be."""

    target_ids: Sequence[UUID] = ()
    skipped: int = 0


# Given the ids of customers in the order of their rows. Called in the transaction of the batch.
Enrol = Callable[[Sequence[UUID]], Enrolled]
Progress = Callable[[ImportJob], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: the job with its counters, the file's headers, and what each column was taken for."""

    job: ImportJob
    headers: tuple[str, ...]
    columns: Columns


def run_import(
    *,
    job: ImportJob,
    source: IO[bytes] | None = None,
    enrol: Enrol | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the file of a queued job, or go on with one whose run was cut short; return what became of it.

    `source` is a seekable file in place of the stored one. `progress` is called after every commit. A dry run counts
    the same and writes no customer and no target. What the counters mean: *created* and *updated* rows are accepted,
    updated ones whether or not they changed anything; a *duplicate* means somebody whom an earlier row of the file
    meant; *rejected* rows are kept as `ImportRejection`, one each; *blank* ones have nothing in any cell. A file has no
    say in suppressions: nobody becomes contactable by being imported again.

    Raises TransitionRefused for a job that has ended or is a draft, ImportTakenOver where another process goes on with
    it; and UnusableFile, InvalidMapping and what `enrol` raises: the job has failed then, batches committed before
    stay. After any other exception, as after the death of the process, the job can be run again.
    """
    if source is None:
        with job.file.open("rb") as stored:
            return run_import(job=job, source=stored, enrol=enrol, progress=progress)
    job = _begin(job)
    try:
        return _run(job, source, enrol, progress)
    except ImportTakenOver:
        raise  # the other process goes on with it
    except DomainError as error:
        _fail(job, error.message)
        raise


def _run(job: ImportJob, source: IO[bytes], enrol: Enrol | None, progress: Progress | None) -> ImportReport:
    with (
        closing(read_file(source, reading_of(job))) as items,
        matching(organization_id=job.organization_id, dry_run=job.dry_run) as matcher,
    ):
        head = cast(Head, next(items))
        job = _remember_headers(job, head)
        committer = _Committer(job, matcher, enrol)
        for batch in cast(Iterator[Batch], items):
            job = committer.commit(batch)
            if progress:
                progress(job)
    return ImportReport(_complete(job), head.headers, head.columns)


class _Committer:
    """Commits the batches of one run, in their order."""

    def __init__(self, job: ImportJob, matcher: Matcher, enrol: Enrol | None) -> None:
        self._job = job
        self._matcher = matcher
        self._enrol = enrol
        self._growth = Growth(Customer._meta.db_table)

    def commit(self, batch: Batch) -> ImportJob:
        """Commit a batch and return the job as it stands then. Raises ImportTakenOver, DatabaseError."""
        for tries_left in reversed(range(_TRIES)):
            try:
                with transaction.atomic():
                    self._job = self._committed(batch)
                return self._job
            except DatabaseError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if state not in _WORTH_ANOTHER_TRY:
                    raise
                if not tries_left:  # the database's own message repeats customer ids
                    raise DatabaseError(f"the database refused a batch {_TRIES} times, SQLSTATE {state}") from None
        raise AssertionError("unreachable")

    def _committed(self, batch: Batch) -> ImportJob:
        job = _locked(self._job)
        lock_identities(job.organization_id)
        decisions = self._matcher.decide(batch.people)
        if not batch.committed:
            targets = self._write(job, batch, decisions)
            write_rejections(job=job, rejections=batch.rejections)
            _count(job, batch, decisions, targets)
            crash_point("M2")
            self._growth.add(0 if job.dry_run else len(batch.people))
        self._matcher.remember(decisions)
        return job

    def _write(self, job: ImportJob, batch: Batch, decisions: Sequence[Decision]) -> Enrolled:
        """Write customers and targets with what undoing them needs, and take all back in a dry run."""
        if job.dry_run and self._enrol is None:
            return Enrolled()
        accepted = [decision.customer for decision in decisions if decision.fate is not Fate.DUPLICATE]
        with transaction.atomic():
            changed = write_people(job=job, decisions=decisions, at=read_clock())
            enrolled = self._enrol(accepted) if self._enrol and accepted else Enrolled()
            if accepted and not job.dry_run:
                created = [decision.customer for decision in decisions if decision.fate is Fate.CREATED]
                write_batch(
                    job=job, last_row=batch.last_row, created=created, enrolled=enrolled.target_ids, changed=changed
                )
            transaction.set_rollback(job.dry_run)
        return enrolled


def _count(job: ImportJob, batch: Batch, decisions: Sequence[Decision], targets: Enrolled) -> None:
    fates = Counter(decision.fate for decision in decisions)
    job.rows_total += batch.rows
    job.rows_created += fates[Fate.CREATED]
    job.rows_updated += fates[Fate.UPDATED]
    job.rows_duplicate += fates[Fate.DUPLICATE]
    job.rows_rejected += len(batch.rejections)
    job.rows_blank += batch.blank
    job.targets_created += len(targets.target_ids)
    job.targets_skipped += targets.skipped
    job.last_row = batch.last_row
    job.save()


def _remember_headers(job: ImportJob, head: Head) -> ImportJob:
    if job.headers != list(head.headers):
        job.headers = list(head.headers)
        ImportJob.objects.filter(pk=job.pk).update(headers=job.headers)
    return job


@transaction.atomic
def _begin(job: ImportJob) -> ImportJob:
    row: ImportJob = ImportJob.objects.select_for_update(no_key=True).get(pk=job.pk)
    if row.state not in _UNFINISHED:
        raise TransitionRefused("import", row.state, ImportJob.State.RUNNING)
    row.state = ImportJob.State.RUNNING
    row.started_at = row.started_at or clock.now()
    row.save()
    return row


def _locked(job: ImportJob) -> ImportJob:
    """Return the row afresh, locked. Raises ImportTakenOver where it is not as this process left it."""
    row: ImportJob = ImportJob.objects.select_for_update(no_key=True).get(pk=job.pk)
    if _stand(row) != _stand(job):
        raise ImportTakenOver
    return row


def _stand(job: ImportJob) -> tuple[Any, ...]:
    """Return what another process changes that goes on with the job, or begins it afresh."""
    return job.state, job.last_row, job.dry_run, job.started_at


@transaction.atomic
def _complete(job: ImportJob) -> ImportJob:
    row = _locked(job)
    row.state, row.ended_at = ImportJob.State.COMPLETED, clock.now()
    crash_point("M3")
    row.save()
    log.info("import.completed", job_id=str(row.pk), rows=row.rows_total, rejected=row.rows_rejected)
    return row


def _fail(job: ImportJob, message: str) -> None:
    failed = ImportJob.objects.filter(pk=job.pk, state__in=_UNFINISHED)
    failed.update(state=ImportJob.State.FAILED, error=message, ended_at=clock.now(), updated_at=clock.now())
