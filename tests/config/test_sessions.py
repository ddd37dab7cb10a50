"""What a Celery worker does with its database sessions between tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest.mock import patch
from uuid import uuid4

import pytest
from celery import Celery
from celery.app.trace import build_tracer
from celery.fixups.django import DjangoWorkerFixup  # type: ignore[attr-defined]  # missing in the stubs
from celery.signals import task_postrun, task_prerun
from django.db import connection

import config.celery  # noqa: F401 - its signals are what is tested

pytestmark = pytest.mark.django_db(transaction=True)


# A task of an application of its own is no task of ours.
app = Celery("tests", set_as_current=False)
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="tests.session", shared=False)
def ask_for_the_session() -> None:
    _sessions.append(session())


_sessions: list[int] = []


def session() -> int:
    """Return the process id of the server's end of this thread's session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


@pytest.fixture
def run_task() -> Iterator[Callable[[], int]]:
    """Run one task the way a worker does, and return the session it had."""
    fixup = DjangoWorkerFixup(app)
    fixup.install()
    tracer = build_tracer(ask_for_the_session.name, ask_for_the_session, app=app)

    def run() -> int:
        tracer(str(uuid4()), [], {}, {"is_eager": False, "delivery_info": {}})
        return _sessions.pop()

    with patch.dict(connection.settings_dict, CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True):
        connection.close()
        yield run
        task_prerun.disconnect(fixup.on_task_prerun)
        task_postrun.disconnect(fixup.on_task_postrun)
    connection.close()


def test_a_session_serves_many_tasks(run_task: Callable[[], int]) -> None:
    assert len({run_task() for _ in range(5)}) == 1


def test_a_session_that_broke_is_replaced_before_the_next_task(run_task: Callable[[], int]) -> None:
    broken = run_task()
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [broken])
        other.db.close()
    assert run_task() != broken


def test_a_session_that_is_too_old_is_replaced(run_task: Callable[[], int]) -> None:
    old = run_task()
    connection.close_at = 0
    assert run_task() != old
