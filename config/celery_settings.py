"""Celery's settings, queues and the one schedule. PostgreSQL is the queue; a message is only a hint to look.

Nothing here may be needed for correctness: every message can be lost, late or doubled. The reasons for the settings
are in docs/adr/0003-postgresql-is-the-queue.md.
"""

from __future__ import annotations

import sys
from typing import Any


def _transport_options(socket_timeout_seconds: int) -> dict[str, Any]:
    return {
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": socket_timeout_seconds,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "retry_on_timeout": False,
        "global_keyprefix": "outbound:",
        "client_name": "celery",
    }


def celery_settings(redis_url: str, *, socket_timeout_seconds: int) -> dict[str, Any]:
    """Return Celery's settings for the broker at `redis_url`.

    A broker that hangs without closing holds up whoever gives a hint for `socket_timeout_seconds`.
    """
    return {
        "broker_url": redis_url,
        "broker_transport_options": _transport_options(socket_timeout_seconds),
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 4,
        "broker_pool_limit": 10,
        "broker_pool_acquire_timeout": 2,
        # Celery would close the database session after every task, so that each begins with empty caches of the
        # server; config/celery.py keeps sessions for as long as CONN_MAX_AGE says.
        "db_reuse_max": sys.maxsize,
        "result_backend": None,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "event_serializer": "json",
        "enable_utc": True,
        "timezone": "UTC",
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        "task_acks_on_failure": True,
        "task_acks_on_timeout": True,
        "task_publish_retry": True,
        "task_publish_retry_policy": {"max_retries": 0},
        "task_soft_time_limit": 45,
        "task_time_limit": 60,
        "task_create_missing_queues": False,
        "task_default_queue": "default",
        "task_queues": {name: {} for name in QUEUES},
        "task_routes": {name: {"queue": queue} for name, queue in ROUTES.items()},
        "task_always_eager": False,
        # A thread worker that holds all it may hold looks for more only when its poll times out, up to two seconds
        # later. With a few hints waiting inside, it never idles beside due work; hints are cheap to lose.
        "worker_prefetch_multiplier": 4,
        "worker_eta_task_limit": 100,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_deduplicate_successful_tasks": False,
        "worker_soft_shutdown_timeout": 20.0,
        "worker_enable_soft_shutdown_on_idle": True,
        "worker_max_tasks_per_child": 2000,
        "worker_max_memory_per_child": 400_000,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "beat_max_loop_interval": 1,
        "beat_schedule": SCHEDULE,
    }


QUEUES = ("default", "dial", "inbox", "sweep", "outgoing", "bulk")

# One queue per kind of work, so that an import cannot delay a result and a slow provider cannot delay an import.
ROUTES = {
    "targets.dispatch": "dial",
    "targets.submit": "dial",
    "targets.process_inbox": "inbox",
    "targets.drain_verifications": "outgoing",
    "targets.sweep": "sweep",
    "targets.apply_suppressions": "bulk",
    "targets.resume_unmet": "bulk",
    "targets.run_imports": "bulk",
    "targets.purge_campaigns": "bulk",
    "customers.remove_import_files": "bulk",
    "targets.trip_breakers": "sweep",
    "targets.complete_campaigns": "sweep",
    "targets.check_invariants": "sweep",
    "targets.check_alerts": "sweep",
    "targets.check_database": "sweep",
    "targets.note_heartbeat": "default",
    "campaigns.start_scheduled": "sweep",
    "campaigns.fold_counters": "sweep",
    "organizations.delete_expired_keys": "bulk",
    "organizations.run_bulk_jobs": "bulk",
}


def _heartbeat(queue: str) -> dict[str, Any]:
    """Return the entry that makes a worker of `queue` show that it still takes tasks from it."""
    entry = _every("targets.note_heartbeat", 30.0)
    return {**entry, "args": [queue], "options": {**entry["options"], "queue": queue}}


def _every(task: str, seconds: float) -> dict[str, Any]:
    # Hints expire, so that an outage leaves no backlog.
    return {"task": task, "schedule": seconds, "options": {"expires": 10}}


# The one schedule. Intervals only: "start at 09:00" is a column, never a crontab.
SCHEDULE = {
    "dispatch": _every("targets.dispatch", 1.0),
    "process-inbox": _every("targets.process_inbox", 2.0),
    "drain-verifications": _every("targets.drain_verifications", 2.0),
    "sweep": _every("targets.sweep", 5.0),
    "apply-suppressions": _every("targets.apply_suppressions", 3.0),
    "purge-campaigns": _every("targets.purge_campaigns", 60.0),
    "run-imports": _every("targets.run_imports", 10.0),
    "run-bulk-jobs": _every("organizations.run_bulk_jobs", 10.0),
    "remove-import-files": _every("customers.remove_import_files", 3600.0),
    "resume-unmet": _every("targets.resume_unmet", 10.0),
    "trip-breakers": _every("targets.trip_breakers", 2.0),
    "complete-campaigns": _every("targets.complete_campaigns", 2.0),
    "start-scheduled": _every("campaigns.start_scheduled", 1.0),
    "fold-counters": _every("campaigns.fold_counters", 5.0),
    "check-invariants": _every("targets.check_invariants", 60.0),
    "check-alerts": _every("targets.check_alerts", 60.0),
    "check-database": _every("targets.check_database", 60.0),
    "delete-expired-keys": _every("organizations.delete_expired_keys", 300.0),
    **{f"heartbeat-{queue}": _heartbeat(queue) for queue in QUEUES},
}
