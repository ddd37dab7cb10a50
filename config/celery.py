"""Celery: what wakes the engine up. Its settings and schedule are in `config.celery_settings`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, setup_logging, task_postrun, task_prerun

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
if Path(sys.argv[0]).parent.name == "celery" or Path(sys.argv[0]).name == "celery":
    os.environ.setdefault("PROCESS_ROLE", "worker")

broker.survive_its_loss()
app = Celery("outbound", amqp=broker.PatientAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["organizations", "campaigns", "customers", "targets"])


@setup_logging.connect
def _keep_our_logging(**_kwargs: Any) -> None:
    """Connecting at all is what stops Celery from configuring logging itself."""


@task_prerun.connect
@task_postrun.connect
def _keep_good_sessions(**_kwargs: Any) -> None:
    """Close the thread's database session only if it is broken or too old, as for web requests."""
    from django.db import close_old_connections

    close_old_connections()


@celeryd_after_setup.connect
def _notice_a_restore(**_kwargs: Any) -> None:
    """Ask before the worker takes its first task: after a restore it must not call anybody."""
    from django.db import connection

    from organizations.quarantine import check_database

    check_database()
    connection.close()
