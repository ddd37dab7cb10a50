"""What workers do when they are woken: look at PostgreSQL and act. Every task may be lost, late or run twice."""

from __future__ import annotations

import os
import socket
import time
from uuid import UUID

import structlog
from celery import shared_task
from django.db import close_old_connections

from customers.suppressions import versions_without_key
from lib.db.clock import read_clock
from lib.wakeup import publish
from organizations.quarantine import check_database as check_database_now
from targets.alerts import check_alerts as check_alerts_now
from targets.alerts import note_heartbeat as note_heartbeat_now
from targets.breaker import trip_breakers as trip_breakers_now
from targets.claims import claim_due_work
from targets.completion import complete_finished_campaigns
from targets.import_undo import drain_undos
from targets.imports import run_imports as run_imports_now
from targets.inbox import process_inbox as process_inbox_now
from targets.invariants import check_live_invariants
from targets.optout_pass import apply_suppressions as apply_suppressions_now
from targets.purging import drain_purges
from targets.reevaluation import drain_resumptions
from targets.submission import submit_attempt
from targets.sweep import sweep as sweep_now
from targets.timing import CLAIM_LEASE
from targets.verification import drain_verifications as drain_verifications_now

log = structlog.get_logger(__name__)

# A tick goes on claiming while there is work, then leaves the rest to the next one.
_TICK_SECONDS = 20.0


@shared_task(name="targets.dispatch")
def dispatch() -> None:
    """Claim due work until none is left, and hand each attempt to a worker."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    stop = time.monotonic() + _TICK_SECONDS
    while time.monotonic() < stop:
        claims = claim_due_work(worker=worker)
        for claim in claims:
            publish("targets.submit", claim.attempt_id, claim.fence, expires_seconds=CLAIM_LEASE.total_seconds())
        if not claims:
            break


@shared_task(name="targets.submit")
def submit(attempt_id: str, fence: str) -> None:
    """Send one reserved attempt."""
    submit_attempt(attempt_id=UUID(attempt_id), fence=int(fence))


@shared_task(name="targets.process_inbox")
def process_inbox() -> None:
    """Apply webhooks that were stored."""
    while process_inbox_now():
        close_old_connections()


@shared_task(name="targets.drain_verifications")
def drain_verifications() -> None:
    """Read conversations that wait for a verdict."""
    drain_verifications_now()


@shared_task(name="targets.sweep")
def sweep() -> None:
    """Move on what was left standing."""
    moved = {kind: count for kind, count in sweep_now().items() if count}
    if moved:
        log.info("sweep.moved", **moved)


@shared_task(name="targets.apply_suppressions")
def apply_suppressions() -> None:
    """Move on whom suppressions bar that were written where targets are out of reach."""
    apply_suppressions_now()


@shared_task(name="targets.trip_breakers")
def trip_breakers() -> None:
    """Pause campaigns whose attempts fail."""
    trip_breakers_now()


@shared_task(name="targets.complete_campaigns")
def complete_campaigns() -> None:
    """Complete campaigns that have nothing left to do."""
    complete_finished_campaigns()


@shared_task(name="targets.resume_unmet")
def resume_unmet() -> None:
    """Go on with people whose outreach ended for a goal that was changed."""
    drain_resumptions()


@shared_task(name="targets.run_imports", soft_time_limit=3500, time_limit=3600)
def run_imports() -> None:
    """Import files that are too large for the request that brought them, and take imports back."""
    run_imports_now()
    drain_undos()


@shared_task(name="targets.purge_campaigns")
def purge_campaigns() -> None:
    """Go on removing campaigns that were purged."""
    drain_purges()


@shared_task(name="targets.check_database")
def check_database() -> None:
    """Quarantine the platform if the database was restored."""
    check_database_now()


@shared_task(name="targets.note_heartbeat")
def note_heartbeat(queue: str) -> None:
    """Show that a worker takes tasks from `queue`."""
    note_heartbeat_now(queue)


@shared_task(name="targets.check_alerts")
def check_alerts() -> None:
    """Tell operators what they have to know."""
    check_alerts_now()


@shared_task(name="targets.check_invariants")
def check_invariants() -> None:
    """Check what must always hold, and raise the alarm where it does not."""
    for name, rows in check_live_invariants().items():
        if rows:
            log.error("invariant.broken", invariant=name, count=len(rows))
    lost = versions_without_key(at=read_clock())
    if lost:
        log.error("suppressions.key_missing", versions=sorted(lost))
