"""Take a file through the steps of the admin, as a browser does."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customers.models import ImportJob
from organizations.models import Organization
from tests.admin.pages import page

BUTTON = {"_form_submitted": "on"}


def upload(
    client: Client, content: bytes, organization: Organization, filename: str = "people.csv", **data: Any
) -> Any:
    file = SimpleUploadedFile(filename, content)
    return client.post(page(ImportJob, "add"), {"organization": str(organization.pk), "file": file, **data})


def drafted(
    client: Client, content: bytes, organization: Organization, filename: str = "people.csv", **data: Any
) -> ImportJob:
    """Upload a file that is in order, and return its draft."""
    before = set(ImportJob.objects.values_list("pk", flat=True))
    response = upload(client, content, organization, filename, **data)
    assert response.status_code == 302, response.context["form"].errors
    job: ImportJob = ImportJob.objects.exclude(pk__in=before).get()
    assert response["Location"] == page(ImportJob, "columns", job.pk)
    return job


def choose(client: Client, job: ImportJob, **changed: str) -> Any:
    """Send the form of columns as it was proposed, but for `changed` (field of the form to choice)."""
    form = client.get(page(ImportJob, "columns", job.pk)).context["form"]
    return client.post(page(ImportJob, "columns", job.pk), {name: form[name].value() for name in form.fields} | changed)


def imported(client: Client, content: bytes, organization: Organization, **data: Any) -> ImportJob:
    """Take a small file through all steps."""
    job = drafted(client, content, organization, **data)
    assert choose(client, job).status_code == 302
    assert client.post(page(ImportJob, "start", job.pk)).status_code == 302
    job.refresh_from_db()
    return job
