"""Ask a worker to look at the database soon. A wake-up is only a hint: losing one costs a few seconds, never work."""

from __future__ import annotations

import time
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

# A hint is worthless once the sweep has looked anyway, and an outage must not leave a backlog of them.
_EXPIRES_SECONDS = 10
# A hint given twice within this time is given once; a tick of the schedule sees what a hint passed by.
_ENOUGH_SECONDS = 0.1
_MOST_REMEMBERED = 1000
_given: dict[tuple[str, tuple[Any, ...]], float] = {}


def wake(task: str, *args: Any) -> None:
    """Publish the task named `task` after the current transaction commits; a broker that is down is only logged."""
    transaction.on_commit(lambda: _publish_soon(task, args), robust=True)


def _publish_soon(task: str, args: tuple[Any, ...]) -> None:
    """Publish unless this process gave the same hint a moment ago: whoever it woke is still looking."""
    hint, now = (task, args), time.monotonic()
    if now - _given.get(hint, -_ENOUGH_SECONDS) < _ENOUGH_SECONDS:
        return
    if len(_given) > _MOST_REMEMBERED:
        _given.clear()
    _given[hint] = now
    publish(task, *args)


def publish(task: str, *args: Any, expires_seconds: float = _EXPIRES_SECONDS) -> None:
    """Publish the task at once; for callers outside any transaction. No worker begins it after `expires_seconds`."""
    try:
        current_app.send_task(task, args=[str(arg) for arg in args], expires=expires_seconds)
    except OperationalError as error:
        log.warning("wakeup.broker_unreachable", task=task, error=type(error).__name__)
