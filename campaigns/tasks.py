from __future__ import annotations

from celery import shared_task

from campaigns.counters import fold_counters
from campaigns.services import start_due_campaigns
from lib import clock

_FOLDS_AT_ONCE = 50


@shared_task(name="campaigns.start_scheduled", max_retries=0)
def start_scheduled() -> None:
    start_due_campaigns(now=clock.now())


@shared_task(name="campaigns.fold_counters", max_retries=0)
def fold_pending_counters() -> None:
    # Bounded, so that one run stays far from the time limit whatever a large import has piled up.
    for _ in range(_FOLDS_AT_ONCE):
        if not fold_counters():
            return
