"""Say whether this process lives, and whether it can do its work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache

import structlog
from celery import current_app
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

log = structlog.get_logger(__name__)

_SECONDS = 1
_CONNECT_SECONDS = 2  # the least libpq takes
# Checks run aside, so that a server that does not answer cannot hold the request for longer.
_checkers = ThreadPoolExecutor(max_workers=6, thread_name_prefix="readiness")


class NotThere(Exception):
    """Say that a check found what it looks for missing."""


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as this process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200, or 503 naming what is not ready within a second: database, migrations, broker."""
    _needed_migrations()  # now, for reading files takes time of its own
    running = {part: _checkers.submit(check) for part, check in CHECKS.items()}
    wait(running.values(), timeout=_SECONDS)
    missing = [part for part, check in running.items() if not _passed(part, check)]
    if missing:
        return JsonResponse({"status": "unavailable", "not_ready": missing}, status=503)
    return JsonResponse({"status": "ok"})


def _passed(part: str, check: Future[None]) -> bool:
    try:
        check.result(timeout=0)
    except Exception as error:  # noqa: BLE001 - whatever stops a check, the part is not ready
        check.cancel()  # one that could not even begin must not pile up
        log.warning("readiness.failed", part=part, error=type(error).__name__)
        return False
    return True


def check_database() -> None:
    with _database() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    with _database() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        if not _needed_migrations() <= set(cursor.fetchall()):
            raise NotThere


def check_broker() -> None:
    with current_app.connection_for_write() as connection:
        connection.connect()  # which pings; its time-outs are those of config.celery


CHECKS: Mapping[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "broker": check_broker,
}


@cache
def _needed_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


@contextmanager
def _database() -> Iterator[BaseDatabaseWrapper]:
    """Open a connection of one's own that gives up by itself, so that no checker thread waits for ever."""
    connection = connections["default"].copy()
    options = connection.settings_dict["OPTIONS"]
    options["connect_timeout"] = _CONNECT_SECONDS
    options["options"] = f"{options.get('options', '')} -c statement_timeout={_SECONDS * 1000}"
    try:
        yield connection
    finally:
        connection.close()
