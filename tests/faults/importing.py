"""`python -m tests.faults.importing ORGANIZATION CAMPAIGN KILLS LOG FOLDER`: import files with a process that dies.

Each import runs in a fork of this process, killed at M1, M2 or M3, and is run again until it comes to its end. Prints
a JSON object: imports, rows, and what was wrong with any of them.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
from collections import Counter
from typing import Any
from uuid import UUID

ROWS = 90
BATCH = 30
POINTS = ("M1", "M2", "M3")


def main(organization: str, campaign: str, kills: int, log: str, folder: str) -> None:
    """Import until each point has had `kills` deaths."""
    import django

    django.setup()
    from django.test import override_settings

    deaths: Counter[str] = Counter()
    wrong: list[str] = []
    imports = 0
    with override_settings(MEDIA_ROOT=folder):
        while imports < 20 * kills and min(deaths[point] for point in POINTS) < kills:
            imports += 1
            wrong += _import_in_pieces(UUID(organization), UUID(campaign), imports, deaths, log, kills)
    sys.stdout.write(json.dumps({"imports": imports, "rows": imports * ROWS, "deaths": deaths, "wrong": wrong}) + "\n")


def _import_in_pieces(
    organization: UUID, campaign: UUID, serial: int, deaths: Counter[str], log: str, kills: int
) -> list[str]:
    for _ in range(50):
        wanted = [point for point in POINTS if deaths[point] < kills]
        point = random.choice(wanted) if wanted and random.random() < 0.8 else ""
        if _in_a_fork(organization, campaign, serial, point, log):
            return _judge(organization, campaign, serial)
        deaths[point] += 1
    return [f"import {serial} never ended"]


def _in_a_fork(organization: UUID, campaign: UUID, serial: int, point: str, log: str) -> bool:
    """Go on with the import, or begin it; True when it has ended, False when the process died on the way."""
    from django.db import connections

    connections.close_all()  # two processes on one connection would be a fault nobody asked for
    pid = os.fork()
    if not pid:
        status = 1
        try:
            _arm(point, log)
            _run(organization, campaign, serial)
            status = 0
        finally:
            os._exit(status)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if ended > 0:
        raise SystemExit(f"import {serial} failed")
    return ended == 0


def _arm(point: str, log: str) -> None:
    from lib import crash_points

    passage = random.randint(1, 3) if point == "M2" else 1
    crash_points.install(
        crash_points.armed_by({"CRASH_POINTS": f"{point}:{passage}", "CRASH_LOG": log} if point else {})
    )


def _run(organization_id: UUID, campaign_id: UUID, serial: int) -> None:
    from django.core.files.base import ContentFile

    from campaigns.models import Campaign
    from customers.imports import create_import, reading, run_import
    from customers.models import ImportJob
    from organizations.models import Organization
    from targets.imports import enrol_in

    reading.BATCH_ROWS = BATCH
    organization, campaign = Organization.objects.get(pk=organization_id), Campaign.objects.get(pk=campaign_id)
    job = ImportJob.objects.for_organization(organization).filter(filename=f"{serial}.csv").first()
    if job is None:
        file = ContentFile(_file(serial))
        job = create_import(
            organization=organization, filename=f"{serial}.csv", file=file, campaign_id=campaign_id, default_region="US"
        )

    run_import(job=job, enrol=enrol_in(campaign))


def _file(serial: int) -> bytes:
    """Return ROWS rows: every tenth is of somebody who stands there already."""
    text = io.StringIO()
    text.write("customer_id,name,email\n")
    for row in range(ROWS):
        who = row - 1 if row % 10 == 9 else row
        text.write(f"i{serial}-{who},Person,i{serial}-{who}@example.com\n")
    return text.getvalue().encode()


def _judge(organization_id: UUID, campaign_id: UUID, serial: int) -> list[str]:
    from customers.models import Customer, ImportJob
    from targets.models import CampaignTarget

    jobs = list(ImportJob.objects.filter(organization_id=organization_id, filename=f"{serial}.csv"))
    people = Customer.objects.filter(organization_id=organization_id, customer_id__startswith=f"i{serial}-")
    targets = CampaignTarget.objects.filter(campaign_id=campaign_id, customer__in=people)
    job = jobs[0]
    fates = job.rows_created + job.rows_updated + job.rows_duplicate + job.rows_rejected + job.rows_blank
    new = ROWS * 9 // 10
    facts: dict[str, tuple[Any, Any]] = {
        "jobs": (len(jobs), 1),
        "state": (job.state, "completed"),
        "rows": (job.rows_total, ROWS),
        "fates": (fates, ROWS),
        "created": (job.rows_created, new),
        "people": (people.count(), new),
        "targets": (targets.count(), new),
    }
    return [f"import {serial}: {name} {found} instead of {due}" for name, (found, due) in facts.items() if found != due]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
