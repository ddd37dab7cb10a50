"""Carry out one action on many rows in the background.

The job's counters are its position: a row is done and counted in one transaction under the job's lock, so after any
death the next worker goes on with the next row, two workers never do the same one, and stopping takes effect between
two rows. Whoever asked is asked again at each part whether they still may.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet

from lib import clock, haste
from lib.crash_points import crash_point
from lib.db.clock import RealClock
from lib.errors import DomainError
from lib.wakeup import wake
from organizations.access import read_access
from organizations.bulk_actions import BulkAction, Options, find_bulk_action
from organizations.exceptions import BulkJobBusy
from organizations.models import BulkJob, BulkPart, Organization
from organizations.services.audit import Actor, record_audit
from providers.base import ProviderError

log = structlog.get_logger(__name__)

TASK = "organizations.run_bulk_jobs"
PART_ROWS = 100
_TICK_SECONDS = 20.0
_LEASE = haste.duration(60)
_TRIES = 3
_REASONS_KEPT = 40
_EXAMPLES_KEPT = 20
_OTHER_REASONS = "other reasons"
_GONE = "it is not there any more"
_BROKEN = "it could not be carried out; the log says more"
_NO_ANSWER = "whoever was asked about it does not answer now"
_NO_LONGER_MAY = "whoever asked for this may not do it any more"
_UNKNOWN_ACTION = "this version does not know the action"

_REMEMBER = """
INSERT INTO organizations_bulkpart (id, organization_id, job_id, first_row, row_ids)
SELECT gen_random_uuid(), %s, %s, part * %s, array_agg(id ORDER BY id)
FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS part FROM ({chosen}) AS chosen (id)) AS numbered
GROUP BY part
"""
_REMEMBERED = "SELECT coalesce(sum(cardinality(row_ids)), 0) FROM organizations_bulkpart WHERE job_id = %s"


@transaction.atomic
def queue_bulk_job(
    *,
    organization: Organization,
    action: BulkAction,
    title: str,
    rows: QuerySet[Any],
    options: Mapping[str, str] | None = None,
    actor: Actor,
) -> BulkJob:
    """Have workers do `action` to those of `rows` that are of `organization`, as they are now; return the job."""
    job = BulkJob.objects.create(
        organization=organization,
        created_by=actor.user,
        action=action.name,
        title=title,
        options=dict(options or {}),
        rows_total=0,
    )
    job.rows_total = _remember_rows(job, rows.filter(organization_id=organization.pk))
    job.save(update_fields=["rows_total", "updated_at"])
    _audit(job, "queued", {"action": [None, action.name], "rows": [None, job.rows_total]}, actor)
    wake(TASK)
    return job


def _remember_rows(job: BulkJob, rows: QuerySet[Any]) -> int:
    """Write down which rows were chosen, without bringing their ids here; return how many."""
    chosen, parameters = rows.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            _REMEMBER.format(chosen=chosen), [job.organization_id, job.pk, PART_ROWS, PART_ROWS, *parameters]
        )
        cursor.execute(_REMEMBERED, [job.pk])
        (count,) = cursor.fetchone()
    return int(count)


@transaction.atomic
def stop_bulk_job(*, job: BulkJob, actor: Actor) -> BulkJob:
    """Leave the remaining rows alone; return the fresh row. Changes nothing once it is over. Raises BulkJobBusy."""
    try:
        row = _locked(job.pk)
    except OperationalError:  # the time a web request may wait for a lock is over
        raise BulkJobBusy from None
    if not row.is_over:
        _end(row, BulkJob.State.STOPPED, "somebody stopped it", actor)
    return row


def run_bulk_jobs() -> int:
    """Carry out what is queued and what was cut short, for some seconds; return how many rows were seen to.

    Any number of copies may run. A long job is put aside after its time, so that the others have their turn.
    """
    seen_to, stop = 0, time.monotonic() + _TICK_SECONDS
    while time.monotonic() < stop and (job := _take_next()) is not None:
        seen_to += _run(job, stop)
    if BulkJob.objects.filter(_waiting()).exists():
        wake(TASK)
    return seen_to


def _waiting() -> Q:
    return Q(state__in=BulkJob.UNFINISHED) & (Q(leased_until=None) | Q(leased_until__lte=RealClock()))


@transaction.atomic
def _take_next() -> BulkJob | None:
    """Lease the job that has waited longest, so that no other worker begins with it; None where there is none."""
    waiting = BulkJob.objects.filter(_waiting()).order_by(F("leased_until").asc(nulls_first=True), "created_at")
    job: BulkJob | None = waiting.select_for_update(no_key=True, skip_locked=True).first()
    if job is not None:
        job.state, job.started_at = BulkJob.State.RUNNING, job.started_at or clock.now()
        job.leased_until = RealClock() + _LEASE
        job.save(update_fields=["state", "started_at", "leased_until", "updated_at"])
    return job


def _run(job: BulkJob, stop: float) -> int:
    """Go on with a leased job until `stop` or its end; return how many of its rows were seen to."""
    before = job.position
    while time.monotonic() < stop:
        if job.position >= job.rows_total:
            _finish(job, BulkJob.State.COMPLETED)
            break
        if not _run_part(job, stop):
            break
    BulkJob.objects.filter(pk=job.pk, state=BulkJob.State.RUNNING).update(leased_until=RealClock())
    return job.position - before


def _run_part(job: BulkJob, stop: float) -> bool:
    """Do the rest of the part the job stands in, moving `job` on; return whether the job goes on."""
    action = find_bulk_action(job.action)
    why_not = _why_not_any_more(job, action) if action else _UNKNOWN_ACTION
    if action is None or why_not:
        _finish(job, BulkJob.State.STOPPED, why_not)
        return False
    part = BulkPart.objects.filter(job=job, first_row__lte=job.position).order_by("-first_row").first()
    if part is None:  # the job was ended by somebody else meanwhile
        return False
    for row_id in part.row_ids[job.position - part.first_row :]:
        if not _do_row(job, action, row_id):
            return False
        if time.monotonic() >= stop:
            break
    return True


def _why_not_any_more(job: BulkJob, action: BulkAction) -> str:
    """Return why the job must not go on, "" where whoever asked may still do this there."""
    job.refresh_from_db(fields=["created_by"])
    return "" if read_access(job.created_by).may(action.needs, job.organization_id) else _NO_LONGER_MAY


def _do_row(job: BulkJob, action: BulkAction, row_id: UUID) -> bool:
    """Do one row and count it in `job`; return False where the job is not this worker's any more."""
    for _ in range(_TRIES):
        try:
            if action.asks_outside:
                return _count(job, row_id, *_carry_out(job, action, row_id))
            with transaction.atomic():
                row = _locked(job.pk)
                if not _is_ours(row, job):
                    return False
                _write_count(row, job, row_id, *_carry_out(job, action, row_id))
                return True
        except DatabaseError as error:  # such as a deadlock, or a lock held for too long: nothing of the row is left
            log.warning("bulk.row_refused", job_id=str(job.pk), row_id=str(row_id), error=type(error).__name__)
    return _count(job, row_id, "rows_failed", _BROKEN)


def _carry_out(job: BulkJob, action: BulkAction, row_id: UUID) -> tuple[str, str]:
    row = action.rows().filter(pk=row_id, organization_id=job.organization_id).first()
    return do_to_row(action, row, Actor(user=job.created_by), job.options) if row else ("rows_skipped", _GONE)


def do_to_row(action: BulkAction, row: Any, actor: Actor, options: Options) -> tuple[str, str]:
    """Do one row; return the counter it belongs to, and why it was not done. Raises DatabaseError."""
    try:
        with nullcontext() if action.asks_outside else transaction.atomic():
            action.act(row, actor, options)
    except DomainError as refused:
        return "rows_skipped", str(refused.data.get("reason") or refused.message)
    except ProviderError:
        return "rows_failed", _NO_ANSWER
    except DatabaseError:
        raise
    except Exception:
        log.exception("bulk.row_failed", action=action.name, row_id=str(row.pk))
        return "rows_failed", _BROKEN
    return "rows_done", ""


@transaction.atomic
def _count(job: BulkJob, row_id: UUID, counter: str, reason: str) -> bool:
    """Count a row, which moves the job on; return False where that is not this worker's to say."""
    row = _locked(job.pk)
    if not _is_ours(row, job):
        return False
    _write_count(row, job, row_id, counter, reason)
    return True


def _write_count(row: BulkJob, job: BulkJob, row_id: UUID, counter: str, reason: str) -> None:
    """Count a row in the job's locked `row`, and in `job` as this worker knows it."""
    setattr(row, counter, getattr(row, counter) + 1)
    if reason:
        _remember(row.reasons, reason, row_id)
    row.leased_until = RealClock() + _LEASE
    crash_point("K1")
    row.save(update_fields=[counter, "reasons", "leased_until", "updated_at"])
    setattr(job, counter, getattr(row, counter))


def _remember(reasons: dict[str, Any], reason: str, row_id: UUID) -> None:
    known = reason in reasons or len(reasons) < _REASONS_KEPT
    found = reasons.setdefault(reason if known else _OTHER_REASONS, {"rows": 0, "first": []})
    found["rows"] += 1
    if len(found["first"]) < _EXAMPLES_KEPT:
        found["first"].append(str(row_id))


def _is_ours(row: BulkJob, job: BulkJob) -> bool:
    """Say whether the job, just locked, stands as this worker left it."""
    return row.state == BulkJob.State.RUNNING and row.position == job.position


@transaction.atomic
def _finish(job: BulkJob, state: str, why: str = "") -> None:
    row = _locked(job.pk)
    if _is_ours(row, job):
        _end(row, state, why, Actor(user=row.created_by))


def _end(row: BulkJob, state: str, why: str, actor: Actor) -> None:
    row.state, row.why_stopped, row.ended_at = state, why, clock.now()
    row.save(update_fields=["state", "why_stopped", "ended_at", "updated_at"])
    row.parts.all().delete()
    counts = {name: [None, getattr(row, name)] for name in ("rows_done", "rows_skipped", "rows_failed")}
    _audit(row, str(state), counts, actor)


def _locked(job_id: UUID) -> BulkJob:
    row: BulkJob = BulkJob.objects.select_for_update(no_key=True, of=("self",)).get(pk=job_id)
    return row


def _audit(job: BulkJob, verb: str, changes: Mapping[str, list[Any]], actor: Actor) -> None:
    record_audit(organization=job.organization, action=f"bulk_action.{verb}", subject=job, changes=changes, actor=actor)
