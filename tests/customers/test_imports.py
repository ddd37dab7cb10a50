"""What becomes of the rows of a file, and of the people they mean."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile

from customers.exceptions import InvalidMapping, UnusableFile
from customers.imports import Enrolled, create_import, reading, run_import, stream_rejected_rows
from customers.models import Customer, CustomField, ImportJob, ImportRejection
from customers.services import soft_delete_customer
from customers.suppressions import is_suppressed, suppress
from lib import clock
from lib.errors import DomainError, InvalidField
from lib.lifecycle import TransitionRefused
from organizations.models import Organization
from tests.customers.files import HEADERS, as_csv, counts, import_rows
from tests.factories import CustomerFactory, UserFactory
from tests.lib.tabular.workbooks import workbook

ADA = ("1", "Ada", "Byron", "ada@example.com", "347 123 4567")


@pytest.fixture(params=[2, 2_000], ids=["across batches", "in one batch"], autouse=True)
def batch_rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with people who meet in one batch and with people who meet in different ones."""
    monkeypatch.setattr(reading, "BATCH_ROWS", request.param)


def both(organization: Organization, rows: Sequence[Sequence[str]], *args: Any, **kwargs: Any) -> dict[str, int]:
    """Import rows in a dry run and then in earnest; return the counts, which must be the same."""
    before = list(Customer.objects.order_by("pk").values())
    tried = counts(import_rows(organization, rows, *args, dry_run=True, **kwargs).job)
    assert list(Customer.objects.order_by("pk").values()) == before
    done = counts(import_rows(organization, rows, *args, **kwargs).job)
    assert tried == done
    return done


def test_a_row_becomes_a_customer(acme: Organization) -> None:
    owner = UserFactory()
    headers = (*HEADERS, "Tags", "Notes", "Time zone", "Lang", "Status", "Phone 2")
    row = (*ADA, "vip, lead", 'a "quoted"\nnote', "europe/rome", "IT", "gold", "06 6982 0000")
    report = import_rows(acme, [row], headers, created_by=owner)
    assert counts(report.job) == {"created": 1}
    assert report.headers == headers
    assert report.columns.undeclared == ("Notes",)
    customer = Customer.objects.get()
    assert (customer.organization, customer.owner) == (acme, owner)
    assert (customer.customer_id, customer.full_name, customer.email) == ("1", "Ada Byron", "ada@example.com")
    assert customer.phones == ["+393471234567", "+390669820000"]
    assert (customer.tags, customer.custom_fields) == (["vip", "lead"], {"notes": 'a "quoted"\nnote'})
    assert (customer.timezone, customer.language, customer.status) == ("Europe/Rome", "it", "gold")
    assert abs((clock.now() - customer.created_at).total_seconds()) < 60


def test_rows_are_counted_once_each(acme: Organization) -> None:
    CustomerFactory(organization=acme, customer_id="2")
    rows = [
        ADA,
        ("2", "Grace", "", "grace@example.com", ""),
        ("", "", "", "", ""),
        ("1", "Ada", "", "", "+39 347 1234567"),
        ("3", "Bad", "", "bad@", ""),
    ]
    assert both(acme, rows) == {"created": 1, "updated": 1, "blank": 1, "duplicate": 1, "rejected": 1}
    job = ImportJob.objects.latest("created_at")
    assert (job.state, job.last_row) == ("completed", 6)
    assert job.started_at is not None
    assert job.ended_at is not None


def test_an_empty_cell_changes_nothing_and_lists_only_grow(acme: Organization) -> None:
    known = {
        "name": "Ada",
        "status": "gold",
        "timezone": "Europe/Paris",
        "tags": ["vip"],
        "other_phones": ["+393470000009"],
    }
    CustomerFactory(organization=acme, customer_id="1", custom_fields={"a": 1, "b": 2}, **known)
    headers = ("Customer ID", "Name", "Last name", "Email", "Tags", "Time zone", "Mobile", "Phone", "b")
    row = ("1", "", "King", "ada@example.com", "new, vip", "", "347 000 0009", "347 000 0008", "three")
    assert both(acme, [row], headers) == {"updated": 1}
    ada = Customer.objects.get()
    assert (ada.name, ada.surname, ada.status, ada.timezone) == ("Ada", "King", "gold", "Europe/Paris")
    assert (ada.tags, ada.custom_fields) == (["vip", "new"], {"a": 1, "b": "three"})
    assert ada.phones == ["+393470000008", "+393470000009"]


def test_a_number_that_becomes_the_first_leaves_the_others(acme: Organization) -> None:
    CustomerFactory(organization=acme, customer_id="1", phone="+393470000001", other_phones=["+393470000002"])
    import_rows(acme, [("1", "", "", "", "347 000 0002")])
    assert Customer.objects.get().phones == ["+393470000002"]


def test_a_row_that_changes_nothing_counts_as_updated_and_leaves_the_row_alone(acme: Organization) -> None:
    import_rows(acme, [ADA])
    before = Customer.objects.values().get()
    assert both(acme, [ADA]) == {"updated": 1}
    assert Customer.objects.values().get() == before


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        (("1", "", "", "b@example.com", "347 000 0003"), "by id"),
        (("", "", "", "B@example.com", "347 000 0003"), "by email"),
        (("9", "", "", "B@example.com", "347 000 0003"), "by email"),
        (("", "", "", "x@example.com", "347 000 0003"), "by phone"),
        (("", "", "", "a@example.com", ""), "by id"),
    ],
)
def test_somebody_is_known_by_customer_id_before_email_before_phone(
    acme: Organization, row: tuple[str, ...], meant: str
) -> None:
    people = {
        "by id": CustomerFactory(organization=acme, customer_id="1", email="a@example.com", phone="+393470000001"),
        "by email": CustomerFactory(organization=acme, customer_id=None, email="b@example.com", phone="+393470000002"),
        "by phone": CustomerFactory(organization=acme, customer_id=None, email="c@example.com", phone="+393470000003"),
    }
    CustomerFactory(organization=acme, customer_id=None, email="b@example.com", phone="+393470000003")
    assert both(acme, [(row[0], "Marked", *row[2:])]) == {"updated": 1}
    assert Customer.objects.get(name="Marked") == people[meant]


def test_two_different_customer_ids_are_never_one_person(acme: Organization) -> None:
    CustomerFactory(organization=acme, customer_id="1", email="home@example.com", phone="+393471234567")
    rows = [(key, "", "", "home@example.com", "347 123 4567") for key in ("2", "3")]
    assert both(acme, rows) == {"created": 2}


def test_a_row_gives_its_customer_id_to_somebody_who_had_none_and_the_next_id_is_somebody_else(
    acme: Organization,
) -> None:
    CustomerFactory(organization=acme, customer_id=None, phone="+393471234567", name="Known")
    rows = [(key, name, "", "", "347 123 4567") for key, name in (("1", "First"), ("2", "Second"), ("2", "Again"))]
    assert both(acme, rows) == {"updated": 1, "created": 1, "duplicate": 1}
    assert set(Customer.objects.values_list("customer_id", "name")) == {("1", "First"), ("2", "Second")}


@pytest.mark.parametrize(
    "second",
    [
        ("1", "", "", "", "347 999 9999"),
        ("", "", "", "ADA@example.com", ""),
        ("", "", "", "", "+39 347-123-4567"),
        ADA,
    ],
)
def test_the_second_row_that_means_somebody_is_a_duplicate(acme: Organization, second: tuple[str, ...]) -> None:
    assert both(acme, [ADA, ("", "Other", "", "", "347 000 0000"), second]) == {"created": 2, "duplicate": 1}
    assert Customer.objects.filter(phone="+393471234567").get().name == "Ada"


def test_the_second_row_that_means_a_known_person_is_a_duplicate_too(acme: Organization) -> None:
    CustomerFactory(organization=acme, customer_id="1", email="old@example.com", phone="+393470000001")
    rows = [("1", "First", "", "new@example.com", ""), ("", "x", "", "", "1"), ("", "Second", "", "", "347 000 0001")]
    assert both(acme, rows) == {"updated": 1, "rejected": 1, "duplicate": 1}
    assert Customer.objects.get().name == "First"


def test_people_of_another_organization_and_deleted_ones_are_nobody(acme: Organization, globex: Organization) -> None:
    CustomerFactory(organization=globex, customer_id="1", email=ADA[3])
    deleted = CustomerFactory(organization=acme, customer_id="1", email=ADA[3])
    soft_delete_customer(customer=deleted)
    assert both(acme, [ADA]) == {"created": 1}
    deleted.refresh_from_db()
    assert deleted.is_deleted


def test_an_import_lifts_no_suppression(acme: Organization) -> None:
    rule = suppress(organization=acme, address="+393471234567", source="in_call")
    import_rows(acme, [ADA])
    import_rows(acme, [ADA])
    found = is_suppressed(organization_id=acme.pk, address="+393471234567", channel="call", at=clock.now())
    assert found == rule


def test_rejected_rows_are_kept_with_their_cells_and_reason(acme: Organization) -> None:
    bad = ("7", "Bad", "", "bad@", "347 123 4567")
    job = import_rows(acme, [ADA, bad]).job
    kept = ImportRejection.objects.get()
    assert (kept.job, kept.organization, kept.row, kept.field) == (job, acme, 3, "email")
    assert tuple(kept.values) == bad
    assert "valid" in kept.message


def test_rejected_rows_can_be_handed_back_as_a_file_that_is_safe_to_open(acme: Organization) -> None:
    report = import_rows(acme, [ADA, ("7", "=1+1", "", "bad@", "+39 347 1"), ("", "", "", "", "12")])
    lines = "".join(stream_rejected_rows(job=report.job, headers=report.headers)).splitlines()
    assert len(lines) == 1 + 2
    assert lines[0] == '"row","field","reason","Customer ID","First name","Last name","Email","Phone"'
    assert lines[1].startswith('"3","phone",')
    assert lines[1].endswith('"7","\'=1+1","","bad@","\'+39 347 1"')
    assert lines[2].startswith('"4","phone",')


def test_values_of_declared_custom_fields_get_their_type(acme: Organization, globex: Organization) -> None:
    CustomField.objects.create(organization=acme, key="size", label="Company size", type="number")
    CustomField.objects.create(organization=globex, key="floor", label="Floor", type="number")
    headers = ("Phone", "company_size", "floor")
    assert both(acme, [("347 123 4567", "12", "third"), ("347 123 4568", "many", "")], headers) == {
        "created": 1,
        "rejected": 1,
    }
    assert Customer.objects.get().custom_fields == {"size": 12, "floor": "third"}


def test_numbers_without_a_country_are_read_by_the_job_before_the_organization(acme: Organization) -> None:
    assert acme.default_region == "IT"
    import_rows(acme, [("", "", "", "", "020 7946 0001")], default_region="gb")
    assert Customer.objects.get().phone == "+442079460001"


def test_accepted_people_are_enrolled_in_the_order_of_their_rows(acme: Organization) -> None:
    known = CustomerFactory(organization=acme, customer_id="2")
    rows = [ADA, ("2", "", "", "b@example.com", ""), ADA, ("3", "", "", "bad", ""), ("4", "", "", "d@example.com", "")]
    enrolled: list[UUID] = []

    def enrol(customer_ids: Sequence[UUID]) -> Enrolled:
        assert Customer.objects.filter(pk__in=customer_ids).count() == len(customer_ids)
        enrolled.extend(customer_ids)
        return Enrolled([uuid4() for _ in customer_ids[1:]], skipped=1)

    for dry_run in (True, False):
        enrolled.clear()
        job = import_rows(acme, rows, enrol=enrol, dry_run=dry_run).job
        assert len(enrolled) == 3
        assert enrolled[1] == known.pk
        assert job.targets_created + job.targets_skipped == 3
    assert [Customer.objects.get(pk=key).customer_id for key in enrolled] == ["1", "2", "4"]


def test_what_enrolment_refuses_fails_the_job_and_takes_the_batch_back(acme: Organization) -> None:
    def refuse(_customer_ids: Sequence[UUID]) -> Enrolled:
        raise DomainError("this campaign has ended")

    with pytest.raises(DomainError):
        import_rows(acme, [ADA], enrol=refuse)
    job = ImportJob.objects.get()
    assert (job.state, job.error, counts(job)) == ("failed", "this campaign has ended", {})
    assert not Customer.objects.exists()


def test_a_file_that_cannot_be_read_fails_the_job_with_the_reason(acme: Organization) -> None:
    job = create_import(organization=acme, filename="people.pdf")
    with pytest.raises(UnusableFile, match="Upload a CSV"):
        run_import(job=job, source=io.BytesIO(b"%PDF"))
    job.refresh_from_db()
    assert job.state == "failed"
    assert "Upload a CSV" in job.error
    with pytest.raises(TransitionRefused):
        run_import(job=job, source=io.BytesIO(as_csv([ADA])))


def test_a_mapping_that_makes_no_sense_fails_the_job(acme: Organization) -> None:
    with pytest.raises(InvalidMapping):
        import_rows(acme, [ADA], mapping={"phone": "Telefon"})
    assert ImportJob.objects.get().state == "failed"


def test_a_file_with_a_header_alone_is_imported_and_holds_nobody(acme: Organization) -> None:
    assert counts(import_rows(acme, []).job) == {}
    assert ImportJob.objects.get().state == "completed"


def test_a_workbook_is_imported_as_its_cells_are_seen(acme: Organization) -> None:
    cells: dict[str, str | int | float] = {"A1": "Customer ID", "B1": "Phone", "A2": 17.0, "B2": 393471234567.0}
    file = io.BytesIO(workbook([("People", {**cells, "A3": "18", "B3": "3.9E+11", "C1": "Country", "C2": "IT"}, True)]))
    report = run_import(job=create_import(organization=acme, filename="people.xlsx"), source=file)
    assert counts(report.job) == {"created": 1, "rejected": 1}
    assert Customer.objects.values_list("customer_id", "phone").get() == ("17", "+393471234567")


def test_a_damaged_workbook_fails_the_job(acme: Organization) -> None:
    whole = workbook([("People", {"A1": "Phone", "A2": "+393471234567"}, True)])
    job = create_import(organization=acme, filename="people.xlsx")
    with pytest.raises(UnusableFile):
        run_import(job=job, source=io.BytesIO(whole[: len(whole) // 2]))
    job.refresh_from_db()
    assert job.state == "failed"


def test_a_stored_file_is_kept_under_a_name_nobody_can_guess(acme: Organization) -> None:
    file = ContentFile(as_csv([ADA]))
    job = create_import(organization=acme, filename="../secret plans.CSV", file=file)
    assert job.filename == "secret plans.CSV"
    stored = str(job.file.name)
    assert "secret" not in stored
    assert stored.endswith(".csv")
    assert counts(run_import(job=job).job) == {"created": 1}


def test_a_region_that_is_no_country_is_refused(acme: Organization) -> None:
    with pytest.raises(InvalidField):
        create_import(organization=acme, filename="x.csv", default_region="XX")


def test_progress_is_told_after_every_commit(acme: Organization) -> None:
    told: list[int] = []
    job = create_import(organization=acme, filename="x.csv")
    rows = [("", "", "", f"{number}@example.com", "") for number in range(5)]
    run_import(job=job, source=io.BytesIO(as_csv(rows)), progress=lambda job: told.append(job.rows_total))
    assert told == [*range(reading.BATCH_ROWS, 5, reading.BATCH_ROWS), 5]
