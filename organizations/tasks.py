from __future__ import annotations

from celery import shared_task

from organizations.services.bulk_jobs import TASK
from organizations.services.bulk_jobs import run_bulk_jobs as run_bulk_jobs_now
from organizations.services.idempotency import delete_expired_keys

_ROUNDS = 20  # bounded, so that one run stays far from the time limit


@shared_task(name="organizations.delete_expired_keys", max_retries=0)
def delete_expired_idempotency_keys() -> None:
    """Forget the answers of requests that can no longer be repeated."""
    for _ in range(_ROUNDS):
        if not delete_expired_keys():
            return


@shared_task(name=TASK, soft_time_limit=110, time_limit=120)
def run_bulk_jobs() -> None:
    """Go on with actions on many rows."""
    run_bulk_jobs_now()
