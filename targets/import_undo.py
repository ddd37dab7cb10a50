"""Take an import back: the customers it created, the people it enrolled, the values it changed.

Only what is still as the import left it goes: whoever was contacted, wrote, was enrolled otherwise or was changed since
stays, and is listed with the reason. What goes is hidden as by any deletion, so attempts, conversations and the dial
ledger stay whole.

Each batch of the import is undone in one transaction, which marks it: an undo that is cut short goes on after the last
one, and two at once share the batches. The locks are those of the engine and of enrolment: under the campaign's row no
contact is being decided, so a target either has an attempt to be seen here, or will be seen hidden there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog
from django.db import OperationalError, transaction

from campaigns.models import Campaign
from customers.exceptions import CannotUndo
from customers.imports import audit_import, lock_import
from customers.imports.restoring import restore_changes
from customers.models import Customer, ImportBatch, ImportJob, ImportRemnant
from customers.services.identity import lock_identities
from lib.db.clock import read_clock
from lib.wakeup import wake
from organizations.models import User
from organizations.services import Actor
from targets.lifecycle import VOID_STATES, AttemptState
from targets.models import Attempt, CampaignTarget, InboundMessage
from targets.removal import give_back

log = structlog.get_logger(__name__)

TASK = "targets.run_imports"
# Batches undone while the request waits.
_AT_ONCE = 2


def why_not_undone(job: ImportJob) -> str:
    """Return why an import cannot be taken back, "" where it can."""
    if job.dry_run:
        return "nothing was imported"
    if job.undo_requested_at is not None:
        return "it has been taken back" if job.undone_at else "it is being taken back"
    if not job.is_over:
        return "it is not over yet"
    if job.file_removed_at is not None:
        return f"what this needs was removed on {job.file_removed_at:%-d %B %Y}"
    if job.rows_accepted and not job.batches.exists():
        return "it is older than the record this needs"
    return "" if job.rows_accepted else "it brought nobody in and changed nobody"


def undo_import(*, job: ImportJob, actor: Actor | None = None) -> ImportJob:
    """Take an import back, a large one by a task; return the fresh row. Asked again, it changes nothing.

    Raises CannotUndo, ImportBusy.
    """
    with transaction.atomic():
        row = lock_import(job)
        if row is None:
            raise CannotUndo("this import is not there any more")
        if row.undo_requested_at is None:
            why = why_not_undone(row)
            if why:
                raise CannotUndo(f"this import cannot be taken back: {why}")
            row.undo_requested_at = read_clock()
            row.undo_requested_by = actor.user if actor else None
            row.save()
            audit_import(row, "import.undo_requested", actor)
        wake(TASK)
    with suppress(OperationalError):  # somebody holds a lock for longer than a request may wait: a worker goes on
        for _ in range(_AT_ONCE):
            if not _undo_next(row.pk):
                break
    row.refresh_from_db()
    return row


def drain_undos() -> None:
    """Go on with imports that are being taken back. Any number of copies may run."""
    asked = ImportJob.objects.filter(undo_requested_at__isnull=False, undone_at__isnull=True)
    for job_id in list(asked.order_by("undo_requested_at").values_list("pk", flat=True)):
        while _undo_next(job_id):
            pass


def undo_progress(job: ImportJob) -> float:
    """Return the share of an import that was taken back, 0..1."""
    batches = job.batches.all()
    done = batches.filter(undone_at__isnull=False).count()
    return 1.0 if job.undone_at else done / max(batches.count(), 1)


@transaction.atomic
def _undo_next(job_id: UUID) -> bool:
    """Undo the latest batch that is left; return whether there may be another."""
    job: ImportJob = ImportJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if not job.is_being_undone:
        return False
    batch: ImportBatch | None = job.batches.filter(undone_at__isnull=True).order_by("-last_row").first()
    if batch is None:
        _finish(job)
        return False
    lock_identities(job.organization_id)
    undo = _BatchUndo(job, batch)
    job.targets_taken_back += undo.take_back_targets()
    job.customers_taken_back += undo.take_back_customers()
    job.customers_restored += undo.restore_changes()
    undo.save_remnants()
    ImportBatch.objects.filter(pk=batch.pk).update(undone_at=read_clock(), changed={})
    job.save()
    return True


def _finish(job: ImportJob) -> None:
    job.undone_at = read_clock()
    job.save()
    counts = {
        name: [None, getattr(job, name)]
        for name in ("customers_taken_back", "targets_taken_back", "customers_restored")
    }
    remnants = {"remnants": [None, job.remnants.count()]}
    by: User | None = job.undo_requested_by
    audit_import(job, "import.undone", Actor(user=by), counts | remnants)
    log.info("import.undone", job_id=str(job.pk))


class _BatchUndo:
    """Takes back what one batch wrote, in the transaction of the caller."""

    def __init__(self, job: ImportJob, batch: ImportBatch) -> None:
        self.job = job
        self.batch = batch
        self.remnants: list[ImportRemnant] = []

    def take_back_targets(self) -> int:
        """Hide the targets the batch enrolled that nothing was sent to; return how many."""
        if not self.batch.enrolled:
            return 0
        Campaign.all_objects.select_for_update(no_key=True, of=("self",)).filter(pk=self.job.campaign_id).first()
        give_back(self.batch.enrolled)
        targets = CampaignTarget.objects.filter(pk__in=self.batch.enrolled).order_by("pk")
        present = list(targets.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
        sent = _sent().filter(target_id__in=present).values_list("target_id", flat=True)
        kept = self._keep(ImportRemnant.Kind.TARGET, present, {ImportRemnant.Reason.CONTACTED: sent})
        return CampaignTarget.all_objects.filter(pk__in=set(present) - kept).soft_delete(read_clock())

    def take_back_customers(self) -> int:
        """Hide the customers the batch created that are as it left them; return how many."""
        customers = Customer.objects.filter(pk__in=self.batch.created).order_by("pk")
        present = list(customers.select_for_update(no_key=True))
        ids = [customer.pk for customer in present]
        reasons = {
            ImportRemnant.Reason.CONTACTED: _sent().filter(customer_id__in=ids).values_list("customer_id", flat=True),
            ImportRemnant.Reason.WROTE: InboundMessage.objects.filter(customer_id__in=ids).values_list(
                "customer_id", flat=True
            ),
            ImportRemnant.Reason.ENROLLED: CampaignTarget.objects.filter(customer_id__in=ids).values_list(
                "customer_id", flat=True
            ),
            ImportRemnant.Reason.CHANGED: [
                customer.pk for customer in present if customer.updated_at != customer.created_at
            ],
        }
        kept = self._keep(ImportRemnant.Kind.CUSTOMER, ids, reasons)
        return Customer.all_objects.filter(pk__in=set(ids) - kept).soft_delete(read_clock())

    def restore_changes(self) -> int:
        """Give customers the batch changed their former values where they hold the new ones; return how many."""
        restored, kept = restore_changes(organization_id=self.job.organization_id, changed=self.batch.changed)
        for found in kept:
            self._remember(ImportRemnant.Kind.CHANGE, found.customer, found.reason, found.fields)
        return restored

    def save_remnants(self) -> None:
        ImportRemnant.objects.bulk_create(self.remnants, batch_size=1_000)

    def _keep(
        self, kind: ImportRemnant.Kind, ids: Collection[UUID], reasons: Mapping[ImportRemnant.Reason, Any]
    ) -> set[UUID]:
        """Note which of `ids` stay, each for the first reason that names it; return them."""
        kept: dict[UUID, ImportRemnant.Reason] = {}
        for reason, named in reasons.items():
            kept |= {key: reason for key in named if key not in kept}
        for key in ids:
            if key in kept:
                self._remember(kind, key, kept[key], [])
        return set(kept)

    def _remember(self, kind: ImportRemnant.Kind, key: UUID, reason: str, fields: list[str]) -> None:
        mine = {"organization_id": self.job.organization_id, "job": self.job}
        self.remnants.append(ImportRemnant(**mine, kind=kind, object_id=key, reason=reason, fields=fields))


def _sent() -> Any:
    """Return the attempts something was, or may have been, sent for."""
    return Attempt.objects.exclude(state__in=[*VOID_STATES, AttemptState.RESERVED])
