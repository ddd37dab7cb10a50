"""The file of people newcomers import first: as messy as real ones, and nobody in it exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from customers.imports import ImportReport, create_import, run_import
from customers.models import Customer, ImportRejection
from lib import phone
from organizations.models import Organization
from tests.customers.files import counts

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "customers_messy.csv"
EXPECTED = {"created": 305, "duplicate": 11, "rejected": 17, "blank": 7}

# Ranges kept free for fiction where a country has some; elsewhere blocks of zeros, which nobody is given.
FICTION = {
    "US": r"\+1\d{3}55501\d\d",
    "CA": r"\+1\d{3}55501\d\d",
    "GB": r"\+44(207946|161496|121496|131496|292018|289018)0\d{3}",
    "AU": r"\+61(491570(156|157|158|159|110)|[2378]5550\d{4})",
    "DE": r"\+49(3023125\d{3}|6990009\d{3}|4066969\d{3}|2214710\d{3}|17604069\d{3}|17139200\d\d)",
    "FR": r"\+33(19900|26191|35301|46571|53649)\d{4}",
    "SE": r"\+468465004\d\d",
    "ES": r"\+349[136]00000\d\d",
    "IT": r"\+390(6|2|11)0000\d{4}",
    "MX": r"\+52550000\d{4}",
    "BR": r"\+55112000\d{4}",
}


def imported(organization: Organization, region: str = "") -> ImportReport:
    job = create_import(organization=organization, filename=SAMPLE.name, default_region=region)
    with SAMPLE.open("rb") as file:
        return run_import(job=job, source=file)


@pytest.mark.parametrize("region", ["", "US"])
def test_most_rows_are_accepted_wherever_the_organization_is(acme: Organization, region: str) -> None:
    report = imported(acme, region)
    assert counts(report.job) == EXPECTED
    assert report.columns.undeclared == ("Notes",)


def test_rows_are_rejected_for_many_reasons(acme: Organization) -> None:
    imported(acme)
    reasons = ImportRejection.objects.values_list("field", "message").distinct()
    assert len(reasons) >= 9


def test_people_live_in_many_countries_and_zones(acme: Organization) -> None:
    imported(acme)
    numbers = [customer.phone for customer in Customer.objects.exclude(phone=None)]
    countries = Counter(phone.region(number) for number in numbers if number)
    assert set(countries) == set(FICTION)
    zones = {zone for number in numbers if number for zone in phone.zones(number)}
    american = {zone for zone in zones if zone.startswith(("America/", "Pacific/Honolulu"))}
    assert len(american) >= 10
    assert len(zones) >= 20


def test_no_number_is_anybodys(acme: Organization) -> None:
    imported(acme)
    for number in Customer.objects.exclude(phone=None).values_list("phone", flat=True):
        assert re.fullmatch(FICTION[str(phone.region(number))], number), number
    for email in Customer.objects.exclude(email=None).values_list("email", flat=True):
        assert email.endswith(("example.com", "example.org", "example.net")), email


def test_importing_it_again_creates_nobody(acme: Organization) -> None:
    imported(acme)
    again = counts(imported(acme).job)
    assert again == {"updated": EXPECTED["created"], **{fate: EXPECTED[fate] for fate in EXPECTED if fate != "created"}}
