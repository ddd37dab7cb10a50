"""An import whose process is killed: what it leaves behind, and that it goes on as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from customers.imports import Enrolled, create_import, reading, run_import
from customers.models import Customer, ImportJob, ImportRejection
from lib.lifecycle import TransitionRefused
from organizations.models import Organization
from tests.customers import interrupted_import
from tests.customers.files import as_csv, counts
from tests.customers.interrupted_import import BATCH_ROWS
from tests.factories import CustomerFactory, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

NEW, KNOWN, REPEATED, REJECTED, BLANK = 100, 20, 40, 10, 5
ROWS = NEW + KNOWN + REPEATED + REJECTED + BLANK
BLANK_ROW = ("", "", "", "", "")
EXPECTED = {"created": NEW, "updated": KNOWN, "duplicate": REPEATED, "rejected": REJECTED, "blank": BLANK}


@pytest.fixture
def acme(transactional_db: None) -> Organization:
    organization: Organization = OrganizationFactory(slug="acme")
    for number in range(KNOWN):
        CustomerFactory(organization=organization, customer_id=f"K{number}")
    return organization


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file in whose every part every fate occurs, and whose duplicates follow batches later."""
    new = [(f"N{number}", "", "", f"n{number}@example.com", "") for number in range(NEW)]
    known = [(f"K{number}", "Changed", "", f"k{number}@example.com", "") for number in range(KNOWN)]
    repeated = [("", "", "", row[3].upper(), "") for row in [*new[: REPEATED // 2], *known]]
    rejected = [("", "", "", "bad@", "")] * REJECTED
    rows = [*new[:60], *known, *rejected[:5], *new[60:], BLANK_ROW, *repeated, *rejected[5:]]
    rows += [BLANK_ROW] * (BLANK - 1)
    file = tmp_path / "people.csv"
    file.write_bytes(as_csv(rows))
    return file


def run_and_kill(job: ImportJob, path: Path, point: str, rows: int) -> None:
    program = [sys.executable, "-m", interrupted_import.__name__]
    arguments = [str(connection.settings_dict["NAME"]), str(job.pk), str(path), point, str(rows)]
    # Reading its output to the end also waits for the process that reads the file: it must not outlive its parent.
    ended = subprocess.run([*program, *arguments], capture_output=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def enrol(customer_ids: Sequence[UUID]) -> Enrolled:
    return Enrolled(customer_ids)


def finished(job: ImportJob, path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportJob:
    monkeypatch.setattr(reading, "BATCH_ROWS", BATCH_ROWS)
    with path.open("rb") as file:
        return run_import(job=job, source=file, enrol=enrol).job


@pytest.mark.parametrize(
    ("point", "rows", "left"),
    [("committed", 40, 40), ("written", 60, 60), ("committed", ROWS, ROWS)],
    ids=["between two batches", "before a commit", "before it is called done"],
)
@pytest.mark.parametrize("dry_run", [False, True], ids=["in earnest", "dry run"])
def test_a_killed_import_leaves_whole_batches_and_goes_on_after_them(
    acme: Organization, path: Path, monkeypatch: pytest.MonkeyPatch, point: str, rows: int, left: int, dry_run: bool
) -> None:
    job = create_import(organization=acme, filename="people.csv", dry_run=dry_run)
    run_and_kill(job, path, point, rows)
    job.refresh_from_db()
    before = counts(job)
    assert (job.state, job.rows_total, job.last_row) == ("running", left, left + 1)
    assert ImportRejection.objects.count() == job.rows_rejected
    assert Customer.objects.count() == KNOWN + (0 if dry_run else before["created"])

    job = finished(job, path, monkeypatch)
    assert (job.state, counts(job), job.rows_total) == ("completed", EXPECTED, ROWS)
    assert job.targets_created == NEW + KNOWN
    assert ImportRejection.objects.count() == REJECTED
    assert Customer.objects.count() == KNOWN + (0 if dry_run else NEW)
    assert Customer.objects.filter(name="Changed").count() == (0 if dry_run else KNOWN)


def test_an_import_that_is_killed_again_and_again_ends(
    acme: Organization, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = create_import(organization=acme, filename="people.csv")
    for rows in (20, 60, 100):
        run_and_kill(job, path, "written", rows)
    job = finished(job, path, monkeypatch)
    assert counts(job) == EXPECTED
    assert Customer.objects.count() == KNOWN + NEW


def test_a_finished_import_is_not_run_again(acme: Organization, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = create_import(organization=acme, filename="people.csv")
    finished(job, path, monkeypatch)
    with pytest.raises(TransitionRefused):
        finished(job, path, monkeypatch)
    assert Customer.objects.count() == KNOWN + NEW
