from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from customers.models import Customer, ImportJob
from organizations.models import Organization, Role
from targets import imports
from targets.imports import run_imports
from tests.api.umanize.client import Client, client_of
from tests.api.umanize.routes import UPLOADS, Operation, name
from tests.api.umanize.rows import ids_in
from tests.factories import CampaignFactory, CustomerFactory

pytestmark = pytest.mark.django_db

PEOPLE = b"""customer_id,name,email,phone
c-1,Ada,ada@example.com,347 123 4567
c-2,Bo,bo@example.com,
c-1,Ada again,ada@example.com,
,Nobody,,12
,,,
c-3,Known,known@example.com,
"""


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    CustomerFactory(organization=acme, customer_id="c-3", email="known@example.com")
    made: Campaign = CampaignFactory(organization=acme)
    return made


def adds_up(answer: dict[str, Any]) -> bool:
    return bool(answer["total"] == answer["created"] + answer["updated"] + answer["skipped"] + answer["rejected"])


def test_a_small_file_is_imported_in_the_request_and_the_counts_add_up(
    client_of_acme: Client, campaign: Campaign
) -> None:
    response = client_of_acme.upload(f"/campaigns/{campaign.pk}/targets:import", PEOPLE)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["total"], answer["created"], answer["updated"], answer["skipped"]) == (5, 2, 1, 1)
    assert (answer["targets_created"], answer["targets_skipped"]) == (3, 0)
    (fault,) = answer["errors"]
    assert (fault["row"], fault["field"]) == (5, "phone")
    assert adds_up(answer)
    assert campaign.targets.count() == 3
    again = client_of_acme.upload(f"/campaigns/{campaign.pk}/targets:import", PEOPLE).json()
    assert (again["created"], again["updated"], again["targets_created"], again["targets_skipped"]) == (0, 3, 0, 3)
    assert adds_up(again)


def test_customers_can_be_imported_without_a_campaign(client_of_acme: Client, campaign: Campaign) -> None:
    answer = client_of_acme.upload("/customers:import", PEOPLE).json()
    assert (answer["created"], answer["targets_created"]) == (2, 0)
    assert Customer.objects.filter(phone="+393471234567").exists()
    assert not campaign.targets.exists()


def test_a_large_file_becomes_a_job_with_progress_and_errors_to_download(
    client_of_acme: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SMALL_BYTES", 10)
    response = client_of_acme.upload(f"/campaigns/{campaign.pk}/targets:import", PEOPLE)
    assert response.status_code == 202
    path = f"/imports/{response.json()['id']}"
    waiting = client_of_acme.get(path).json()
    assert (waiting["state"], waiting["progress"], waiting["total"]) == ("queued", 0, 0)

    assert run_imports() == 1

    done = client_of_acme.get(path).json()
    assert (done["state"], done["progress"], done["total"], done["targets_created"]) == ("completed", 1, 5, 3)
    assert adds_up(done)
    assert client_of_acme.get("/imports").json()["data"][0]["id"] == done["id"]
    errors = client_of_acme.get(f"{path}/errors")
    assert errors["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(errors.content.decode("utf-8-sig"))))
    assert [(row["row"], row["field"], row["name"], row["phone"]) for row in rows] == [("5", "phone", "Nobody", "12")]
    assert run_imports() == 0


def test_a_job_that_was_cut_short_goes_on_and_one_that_is_running_is_left_alone(
    client_of_acme: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SMALL_BYTES", 10)
    job_id = client_of_acme.upload("/customers:import", PEOPLE).json()["id"]
    ImportJob.objects.filter(pk=job_id).update(state="running")
    assert run_imports() == 0
    monkeypatch.setattr(imports, "_ABANDONED_AFTER", -imports._ABANDONED_AFTER)
    assert run_imports() == 1
    assert ImportJob.objects.get(pk=job_id).state == "completed"


def test_a_job_whose_campaign_ended_meanwhile_fails_and_says_so(
    client_of_acme: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SMALL_BYTES", 10)
    job_id = client_of_acme.upload(f"/campaigns/{campaign.pk}/targets:import", PEOPLE).json()["id"]
    Campaign.objects.filter(pk=campaign.pk).update(status="closed")
    run_imports()
    failed = client_of_acme.get(f"/imports/{job_id}").json()
    assert failed["state"] == "failed"
    assert "ended" in failed["error"]
    assert not Customer.objects.filter(customer_id="c-1").exists()


def test_a_file_that_is_gone_fails_the_job(client_of_acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "SMALL_BYTES", 10)
    job = ImportJob.objects.get(pk=client_of_acme.upload("/customers:import", PEOPLE).json()["id"])
    job.file.storage.delete(str(job.file.name))
    run_imports()
    assert client_of_acme.get(f"/imports/{job.pk}").json()["state"] == "failed"
    assert client_of_acme.get(f"/imports/{job.pk}/errors").status_code == 200


def test_a_list_costs_the_same_queries_however_many_files(
    client_of_acme: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client_of_acme.upload("/customers:import", PEOPLE)
    for _ in range(2):
        with django_assert_num_queries(3):  # key, page, count
            client_of_acme.get("/imports", q="people")
        client_of_acme.upload("/customers:import", PEOPLE)


def test_a_campaign_that_has_ended_takes_no_file(client_of_acme: Client, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, status="completed")
    assert client_of_acme.upload(f"/campaigns/{campaign.pk}/targets:import", PEOPLE).status_code == 409
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    ("content", "filename"),
    [(b"", "people.csv"), (PEOPLE, "people.pdf"), (b"PK\x03\x04", "people.xlsx"), (b"\x01\x02" * 99, "people.csv")],
)
def test_a_file_that_cannot_be_read_is_refused(client_of_acme: Client, content: bytes, filename: str) -> None:
    response = client_of_acme.upload("/customers:import", content, filename)
    assert response.status_code in (400, 422)
    assert not Customer.objects.exists()


@pytest.mark.parametrize("operation", UPLOADS, ids=name)
def test_who_is_no_admin_imports_nothing(acme: Organization, operation: Operation) -> None:
    operator = client_of(acme, role=Role.OPERATOR)
    path = operation.at(**ids_in(acme, operator.user))
    assert operator.upload(path, PEOPLE).status_code == 403
    assert not Customer.objects.filter(customer_id="c-1").exists()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "multipart/form-data; boundary=x", 422),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 422),
        (b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nx\r\n--x--", "multipart/form-data; boundary=x", 422),
        (b"x", "multipart/form-data", 422),
        (b"x", "multipart/form-data; boundary=\u00e9", 422),
        (b"{}", "application/json", 415),
        (b"--x\r\n" * 50_000, "multipart/form-data; boundary=x", 422),
    ],
)
@pytest.mark.parametrize("operation", UPLOADS, ids=name)
def test_a_hostile_upload_is_refused(
    acme: Organization, operation: Operation, body: bytes, content_type: str, status: int
) -> None:
    client = client_of(acme)
    response = client.send("POST", operation.at(**ids_in(acme)), body, content_type=content_type)
    assert response.status_code == status


def test_a_file_that_is_too_large_is_not_looked_at(client_of_acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.umanize.uploads.LARGEST_UPLOAD", 100)
    assert client_of_acme.upload("/customers:import", PEOPLE).status_code == 413
