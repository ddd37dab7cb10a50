from __future__ import annotations

from celery import shared_task

from organizations.services.idempotency import delete_expired_keys

_ROUNDS = 20  # bounded, so that one run stays far from the time limit


@shared_task(name="organizations.delete_expired_keys", max_retries=0)
def delete_expired_idempotency_keys() -> None:
    """Forget the answers of requests that can no longer be repeated."""
    for _ in range(_ROUNDS):
        if not delete_expired_keys():
            return
