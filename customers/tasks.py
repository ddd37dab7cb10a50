from __future__ import annotations

from celery import shared_task

from customers.imports import remove_old_files as remove_old_files_now
from lib import clock


@shared_task(name="customers.remove_import_files")
def remove_import_files() -> None:
    """Remove what is kept of imports that are long over."""
    remove_old_files_now(at=clock.now())
