"""Importing a file in the admin: from the upload to the report."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from python_calamine import CalamineWorkbook

from customers.imports import reading, run
from customers.models import Customer, CustomField, ImportJob, ImportMapping, ImportRejection
from lib import clock
from organizations.models import AuditEvent, Organization, Role, User
from targets.imports import SMALL_BYTES, run_imports
from targets.models import CampaignTarget
from tests.admin.conftest import Login
from tests.admin.importing import choose, drafted, imported, upload
from tests.admin.pages import page
from tests.admin.world import member
from tests.customers.files import as_csv, counts
from tests.factories import CampaignFactory, CustomerFactory
from tests.lib.tabular.workbooks import workbook

HEADERS = ("Customer ID", "First name", "Phone", "Notes")
ADA = ("1", "Ada", "347 123 4567", "likes tea")
BAD = ("2", "=1+1", "12", "")
PEOPLE = as_csv([ADA, BAD, ADA, ("", "", "", "")], HEADERS)
FATES = {"created": 1, "duplicate": 1, "rejected": 1, "blank": 1}


@pytest.fixture
def operator(acme: Organization) -> User:
    return member(acme, Role.OPERATOR)


@pytest.fixture
def client(login: Login, operator: User) -> Client:
    return login(operator)


def test_a_file_goes_from_upload_to_report(client: Client, acme: Organization, operator: User) -> None:
    campaign = CampaignFactory(organization=acme)
    job = drafted(client, PEOPLE, acme, campaign=str(campaign.pk))
    assert (job.state, job.dry_run, job.created_by) == ("draft", True, operator)

    response = choose(client, job)
    assert response["Location"] == page(ImportJob, "check", job.pk)
    job.refresh_from_db()
    assert (job.state, counts(job), job.targets_created) == ("completed", FATES, 1)
    assert not Customer.objects.exists()
    text = client.get(response["Location"]).content.decode()
    assert "Nothing is written" in text
    assert "Import 1 person" in text
    assert "+393471234567" in text

    client.post(page(ImportJob, "start", job.pk))
    job.refresh_from_db()
    assert (job.state, job.dry_run, counts(job), job.targets_created) == ("completed", False, FATES, 1)
    ada = Customer.objects.get()
    assert (ada.name, ada.phone, ada.custom_fields, ada.owner) == (
        "Ada",
        "+393471234567",
        {"notes": "likes tea"},
        operator,
    )
    assert CampaignTarget.objects.get().campaign == campaign
    assert ImportRejection.objects.count() == 1
    text = client.get(page(ImportJob, "change", job.pk)).content.decode()
    assert "<strong>4</strong> rows = 1 accepted + 1 duplicate + 1 rejected + 1 blank" in text


def test_starting_and_undoing_are_audited(client: Client, acme: Organization, operator: User) -> None:
    job = imported(client, PEOPLE, acme)
    client.post(page(ImportJob, "undo", job.pk), {"_form_submitted": "on"})
    events = AuditEvent.objects.filter(object_id=job.pk).order_by("at")
    assert [event.action for event in events] == ["import.started", "import.undo_requested", "import.undone"]
    assert {event.user for event in events} == {operator}
    assert {event.organization for event in events} == {acme}


def test_starting_twice_imports_once(client: Client, acme: Organization) -> None:
    job = imported(client, PEOPLE, acme)
    client.post(page(ImportJob, "start", job.pk))
    job.refresh_from_db()
    assert counts(job) == FATES
    assert AuditEvent.objects.filter(object_id=job.pk, action="import.started").count() == 1


def test_a_mapping_can_be_changed_and_is_remembered_for_the_same_columns(client: Client, acme: Organization) -> None:
    CustomField.objects.create(organization=acme, key="remark", label="A remark", type="text")
    file = as_csv([("347 123 4567", "x", "y")], ["Contact", "Comment", "Secret"])
    job = drafted(client, file, acme)
    assert b"No column holds phone numbers" in choose(client, job).content
    assert choose(client, job, column_0="phone", column_1="remark", column_2="left_out").status_code == 302
    client.post(page(ImportJob, "start", job.pk))
    customer = Customer.objects.get()
    assert (customer.phone, customer.custom_fields) == ("+393471234567", {"remark": "x"})

    other_order = as_csv([("y", "347 123 4568", "x")], ["Secret", "Contact", "Comment"])
    again = drafted(client, other_order, acme)
    response = client.get(page(ImportJob, "columns", again.pk))
    assert "as chosen the last time" in response.content.decode()
    form = response.context["form"]
    assert [form[f"column_{place}"].value() for place in range(3)] == ["left_out", "phone", "remark"]
    assert ImportMapping.objects.count() == 1


def test_a_mapping_is_not_remembered_for_another_organization(
    client: Client, login: Login, acme: Organization, globex: Organization
) -> None:
    file = as_csv([("347 123 4567", "x")], ["Phone", "Comment"])
    choose(client, drafted(client, file, acme), column_1="left_out")
    theirs = login(member(globex, Role.OPERATOR))
    form = theirs.get(page(ImportJob, "columns", drafted(theirs, file, globex).pk)).context["form"]
    assert form["column_1"].value() == "custom_fields"


def test_two_columns_cannot_be_one_field(client: Client, acme: Organization) -> None:
    job = drafted(client, PEOPLE, acme)
    response = choose(client, job, column_3="phone")
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"column_2", "column_3"}
    assert choose(client, job, column_3="other_phones").status_code == 302


def test_problems_are_marked_at_the_cell(client: Client, acme: Organization) -> None:
    job = drafted(client, PEOPLE, acme)
    choose(client, job)
    first, second, *_ = client.get(page(ImportJob, "check", job.pk)).context["rows"]
    assert [cell.problem for cell in first.cells] == ["", "", "", ""]
    assert first.cells[2].reads_as == "+393471234567"
    assert [bool(cell.problem) for cell in second.cells] == [False, False, True, False]


def test_rejected_rows_come_back_as_a_file_that_can_be_mended_and_uploaded_as_it_is(
    client: Client, acme: Organization
) -> None:
    job = imported(client, PEOPLE, acme)
    response = client.get(page(ImportJob, "rejected", job.pk))
    text = response.getvalue().decode()
    header, row = csv.reader(io.StringIO(text))
    assert header == ["row", "field", "reason", *HEADERS]
    assert row[3:] == ["2", "'=1+1", "12", ""]

    mended = imported(client, text.replace('"12"', '"347 123 4568"').encode(), acme)
    assert counts(mended) == {"created": 1}
    customer = Customer.objects.get(customer_id="2")
    assert (customer.name, customer.phone, customer.custom_fields) == ("=1+1", "+393471234568", {})


def test_rejected_rows_come_back_as_a_workbook_too(client: Client, acme: Organization) -> None:
    job = imported(client, PEOPLE, acme)
    assert "as an Excel workbook" in client.get(page(ImportJob, "change", job.pk)).content.decode()
    content = client.get(page(ImportJob, "rejected", job.pk), {"format": "xlsx"}).getvalue()
    header, row = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert header == ["row", "field", "reason", *HEADERS]
    assert row[3:] == ["2", "=1+1", "12", ""]

    again = drafted(client, content, acme, filename="rejected.xlsx")
    choose(client, again)
    run_imports()
    again.refresh_from_db()
    assert (again.rows_rejected, again.rows_total) == (1, 1)


def test_a_large_file_is_tried_out_and_imported_in_the_background(client: Client, acme: Organization) -> None:
    rows = [(str(number), "x" * 200, f"347 {number:07}", "") for number in range(2_000)]
    content = as_csv(rows, HEADERS)
    assert len(content) > SMALL_BYTES
    job = drafted(client, content, acme)
    choose(client, job)
    for _run in ("tried out", "in earnest"):
        job.refresh_from_db()
        assert (job.state, job.rows_expected) == ("queued", 2_000)
        waiting = client.get(page(ImportJob, "status", job.pk))
        assert 'hx-trigger="every 1s"' in waiting.content.decode()
        assert '<progress max="100" value="0"' in waiting.content.decode()
        assert run_imports() == 1
        assert client.get(page(ImportJob, "status", job.pk))["HX-Refresh"] == "true"
        job.refresh_from_db()
        assert (job.state, counts(job)) == ("completed", {"created": 2_000})
        if job.dry_run:
            client.post(page(ImportJob, "start", job.pk))
    assert (job.dry_run, Customer.objects.count()) == (False, 2_000)


def test_a_worker_that_dies_leaves_an_import_the_next_one_ends(
    client: Client, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 500)
    rows = [(str(number), "x" * 200, f"347 {number:07}", "") for number in range(2_000)]
    job = drafted(client, as_csv(rows, HEADERS), acme)
    choose(client, job)
    client.post(page(ImportJob, "start", job.pk))
    with monkeypatch.context() as dying:
        dying.setattr(run, "write_rejections", dies_at_row(1_001))
        with pytest.raises(Died):
            run_imports()
    job.refresh_from_db()
    assert (job.state, job.rows_total, Customer.objects.count()) == ("running", 1_000, 1_000)
    assert 'value="50"' in client.get(page(ImportJob, "status", job.pk)).content.decode()
    assert run_imports() == 0

    ImportJob.objects.filter(pk=job.pk).update(updated_at=clock.now() - timedelta(minutes=6))
    assert run_imports() == 1
    job.refresh_from_db()
    assert (job.state, counts(job), Customer.objects.count()) == ("completed", {"created": 2_000}, 2_000)


class Died(BaseException):
    """The end of a process, as far as a test in the same process can have it."""


def dies_at_row(row: int) -> Callable[..., None]:
    def write_rejections(*, job: ImportJob, rejections: Sequence[object]) -> None:
        if job.last_row >= row:
            raise Died

    return write_rejections


def test_somebody_in_a_hurry_starts_while_it_is_still_tried_out(client: Client, acme: Organization) -> None:
    rows = [(str(number), "x" * 200, f"347 {number:07}", "") for number in range(2_000)]
    job = drafted(client, as_csv(rows, HEADERS), acme)
    choose(client, job)
    ImportJob.objects.filter(pk=job.pk).update(state="running", rows_total=1_000, rows_created=1_000, last_row=1_001)
    client.post(page(ImportJob, "start", job.pk))
    run_imports()
    job.refresh_from_db()
    assert (job.state, job.dry_run, counts(job)) == ("completed", False, {"created": 2_000})
    assert Customer.objects.count() == 2_000


def test_a_draft_can_be_discarded_with_its_file(
    client: Client, acme: Organization, django_capture_on_commit_callbacks: object
) -> None:
    job = drafted(client, PEOPLE, acme)
    stored = str(job.file.name)
    assert default_storage.exists(stored)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's
        client.post(page(ImportJob, "discard", job.pk))
    assert not ImportJob.objects.exists()
    assert not default_storage.exists(stored)


def test_an_import_that_was_started_is_no_draft_any_more(client: Client, acme: Organization) -> None:
    job = imported(client, PEOPLE, acme)
    report = page(ImportJob, "change", job.pk)
    assert client.get(page(ImportJob, "columns", job.pk))["Location"] == report
    assert client.get(page(ImportJob, "check", job.pk))["Location"] == report
    client.post(page(ImportJob, "discard", job.pk))
    assert ImportJob.objects.filter(pk=job.pk).exists()
    assert client.get(report).status_code == 200


def test_a_campaign_that_ends_meanwhile_takes_nobody(client: Client, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    job = drafted(client, PEOPLE, acme, campaign=str(campaign.pk))
    choose(client, job)
    campaign.status = "completed"
    type(campaign).objects.filter(pk=campaign.pk).update(status="completed")
    response = client.post(page(ImportJob, "start", job.pk), follow=True)
    assert "has ended" in response.content.decode()
    assert not Customer.objects.exists()


def test_undo_takes_back_and_the_page_says_what_stays(client: Client, acme: Organization) -> None:
    known = CustomerFactory(organization=acme, customer_id="1", name="Old")
    job = imported(client, as_csv([ADA, ("3", "Grace", "347 123 4569", "")], HEADERS), acme)
    Customer.objects.filter(pk=known.pk).update(name="Newest")
    client.post(page(ImportJob, "undo", job.pk), {"_form_submitted": "on"})
    assert list(Customer.objects.values_list("name", flat=True)) == ["Newest"]
    text = client.get(page(ImportJob, "change", job.pk)).content.decode()
    assert "1 customer and 0 enrolments removed" in text
    assert "somebody has changed this since" in text
    assert "Undo this import" not in text


BROKEN = {
    "empty.csv": (b"", "empty"),
    "people.pdf": (b"%PDF-1.7", "Upload a CSV file"),
    "binary.csv": (bytes(range(256)) * 40, "not text"),
    "renamed.csv": (b"PK\x03\x04" + b"\0" * 60, "not what its name says"),
    "renamed.xlsx": (b"Phone\n347 123 4567\n", "not what its name says"),
    "encrypted.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "protected by a password"),
    "damaged.xlsx": (b"PK\x03\x04" + b"\0" * 600, "damaged"),
    "blank.csv": (b"\n\n\n", "empty"),
    "wide.csv": (b",".join(b"c%d" % number for number in range(300)), "more than 200 columns"),
}


@pytest.mark.parametrize("filename", BROKEN)
def test_a_file_that_cannot_be_read_is_explained_at_once(client: Client, acme: Organization, filename: str) -> None:
    content, words = BROKEN[filename]
    response = upload(client, content, acme, filename)
    assert response.status_code == 200
    assert words in str(response.context["form"].errors["file"])
    assert not ImportJob.objects.exists()


def test_a_workbook_that_asks_for_too_much_is_explained(client: Client, acme: Organization) -> None:
    bomb = workbook([("People", {"A1": "Phone", "XFD1048576": "x"}, True)])
    response = upload(client, bomb, acme, "bomb.xlsx")
    assert response.status_code == 200
    assert "damaged or too large" in str(response.context["form"].errors["file"])


def test_a_workbook_is_imported_by_the_worker(client: Client, acme: Organization) -> None:
    cells: dict[str, str | int | float] = {"A1": "Name", "B1": "Phone", "A2": "Ada", "B2": 393471234567.0}
    job = drafted(client, workbook([("People", cells, True)]), acme, "people.xlsx")
    choose(client, job)
    text = client.get(page(ImportJob, "status", job.pk)).content.decode()
    assert "<progress" in text
    assert "value=" not in text.partition("<progress")[2].partition(">")[0]
    run_imports()
    client.post(page(ImportJob, "start", job.pk))
    run_imports()
    assert Customer.objects.get().phone == "+393471234567"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_other_encodings_are_understood(client: Client, acme: Organization, encoding: str) -> None:
    imported(client, "Nombre;Teléfono\nJosé;347 123 4567\n".encode(encoding), acme)
    assert Customer.objects.get().name == "José"


def test_a_header_alone_imports_nobody_and_says_so(client: Client, acme: Organization) -> None:
    job = drafted(client, b"Phone\n", acme)
    choose(client, job)
    assert "a header and no row" in client.get(page(ImportJob, "check", job.pk)).content.decode()


def test_a_country_that_is_none_is_refused_at_its_field(client: Client, acme: Organization) -> None:
    response = upload(client, PEOPLE, acme, default_region="xx")
    assert set(response.context["form"].errors) == {"default_region"}


def test_a_file_that_vanished_is_explained_on_every_page(client: Client, acme: Organization) -> None:
    job = drafted(client, PEOPLE, acme)
    default_storage.delete(str(job.file.name))
    assert "upload it again" in client.get(page(ImportJob, "check", job.pk)).content.decode()
    assert client.get(page(ImportJob, "columns", job.pk)).status_code == 200
