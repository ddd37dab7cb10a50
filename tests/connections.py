"""Do things at the same time, each on a database connection of its own. For tests with ``transaction=True``."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")

PATIENCE_SECONDS = 20

_ANYBODY_BLOCKED = """
SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))
"""


def run_together(*calls: Callable[[], T]) -> list[T | Exception]:
    """Start all `calls` at once; return what each returned or raised, in their order."""
    barrier = Barrier(len(calls))

    def all_together(call: Callable[[], T]) -> Callable[[], T]:
        def run() -> T:
            barrier.wait(PATIENCE_SECONDS)
            return call()

        return run

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(_on_own_connection, all_together(call)) for call in calls]
        return [future.exception() or future.result() for future in futures]  # type: ignore[misc]  # no BaseException


def start_beside(call: Callable[[], T]) -> Future[T]:
    """Start `call` in a thread of its own; ask the answer for its `result` with a timeout."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(_on_own_connection, call)
    pool.shutdown(wait=False)
    return future


def wait_until_blocked() -> None:
    """Return as soon as another connection waits for a lock that this one holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(_ANYBODY_BLOCKED)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")


def _on_own_connection(call: Callable[[], T]) -> T:
    try:
        return call()
    finally:
        connection.close()
