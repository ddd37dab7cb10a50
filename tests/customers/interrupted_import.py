"""Run an import that kills itself. Started as a program of its own by `test_import_resuming`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import django
from django.db import connection

BATCH_ROWS = 20


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def main(database: str, job_id: str, path: str, point: str, rows: str) -> None:
    """Die after the commit of the batch that reaches `rows`, or before the commit of the one after it."""
    connection.settings_dict["NAME"] = database
    from customers.imports import Enrolled, reading, run_import
    from customers.models import ImportJob

    reading.BATCH_ROWS = BATCH_ROWS
    committed = 0

    def committed_one(job: ImportJob) -> None:
        nonlocal committed
        committed = job.rows_total
        if point == "committed" and committed >= int(rows):
            die()

    def enrol(customer_ids: Sequence[UUID]) -> Enrolled:
        if point == "written" and committed >= int(rows):
            die()
        return Enrolled(customer_ids)

    with Path(path).open("rb") as file:
        run_import(job=ImportJob.objects.get(pk=job_id), source=file, enrol=enrol, progress=committed_one)


if __name__ == "__main__":
    django.setup()
    main(*sys.argv[1:])
