"""What is kept of an import goes after a while: the file, the cells of its rejected rows, what undoing it needs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from customers.imports import create_import, draft_import, remove_old_files, run_import
from customers.models import ImportBatch, ImportJob, ImportRejection
from lib import clock
from organizations.models import Organization
from targets.import_undo import why_not_undone
from tests.customers.files import as_csv, counts

FILE = as_csv([("1", "Ada", "", "ada@example.com", ""), ("2", "Bad", "", "bad@", "")])


@pytest.fixture(autouse=True)
def kept_days(settings: Settings) -> None:
    settings.IMPORT_FILES_KEPT_DAYS = 30


def stored(organization: Organization) -> ImportJob:
    return create_import(organization=organization, filename="people.csv", file=ContentFile(FILE))


def test_after_the_days_the_file_is_gone_and_the_report_stays(acme: Organization) -> None:
    job = run_import(job=stored(acme)).job
    name = str(job.file.name)
    assert remove_old_files(at=clock.now() + timedelta(days=29)) == 0
    assert default_storage.exists(name)

    at = clock.now() + timedelta(days=31)
    assert remove_old_files(at=at) == 1
    assert not default_storage.exists(name)
    job.refresh_from_db()
    assert (job.file.name, job.file_removed_at) == ("", at)
    assert counts(job) == {"created": 1, "rejected": 1}
    rejection = ImportRejection.objects.get()
    assert (rejection.values, rejection.field) == ([], "email")
    assert not ImportBatch.objects.exists()
    assert "was removed on" in why_not_undone(job)
    assert remove_old_files(at=at) == 0


def test_a_draft_nobody_started_is_forgotten_too(acme: Organization) -> None:
    draft = draft_import(organization=acme, filename="people.csv", file=ContentFile(FILE))
    assert remove_old_files(at=clock.now() + timedelta(days=31)) == 1
    assert not default_storage.exists(str(draft.file.name))


def test_what_waits_runs_or_is_being_undone_is_kept(acme: Organization) -> None:
    queued, undoing = stored(acme), run_import(job=stored(acme)).job
    running = stored(acme)
    ImportJob.objects.filter(pk=running.pk).update(state="running")
    ImportJob.objects.filter(pk=undoing.pk).update(undo_requested_at=clock.now())
    assert remove_old_files(at=clock.now() + timedelta(days=400)) == 0
    for job in (queued, running, undoing):
        assert default_storage.exists(str(job.file.name))


def test_a_removal_that_was_cut_short_is_repeated(acme: Organization) -> None:
    job = run_import(job=stored(acme)).job
    default_storage.delete(str(job.file.name))
    assert remove_old_files(at=clock.now() + timedelta(days=31)) == 1
