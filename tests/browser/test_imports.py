"""Import a file in a real browser: mapping, check, progress, report, undo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from customers.models import Customer, ImportJob
from organizations.models import Organization, Role
from targets.imports import run_imports
from tests.admin.world import member
from tests.browser.conftest import Visit
from tests.customers.files import as_csv
from tests.factories import CampaignFactory, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

MESSY = Path(__file__).resolve().parents[2] / "samples" / "customers_messy.csv"


@pytest.fixture
def acme(transactional_db: None) -> Organization:
    organization: Organization = OrganizationFactory(name="Acme", slug="acme")
    return organization


def shot(page: Page, name: str) -> None:
    """Keep what the page looks like, light and dark, where the variable SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.evaluate("theme => document.documentElement.classList.toggle('dark', theme === 'dark')", theme)
            page.screenshot(path=Path(folder) / f"{name}-{theme}.png")


def test_a_messy_file_is_mapped_checked_imported_and_taken_back(visit: Visit, acme: Organization) -> None:
    CampaignFactory(organization=acme, name="Spring")
    page = visit(member(acme, Role.OPERATOR))
    page.goto("/admin/customers/importjob/")
    page.goto("/admin/customers/importjob/add/")
    shot(page, "1-upload")
    page.locator("input[type=file]").set_input_files(MESSY)
    page.get_by_label("Campaign").select_option(label="Spring")
    page.get_by_role("button", name="Upload", exact=True).click()

    expect(page.get_by_label("What Teléfono / Phone holds")).to_have_value("phone")
    shot(page, "2-columns")
    page.get_by_label("What Notes holds").select_option("left_out")
    page.get_by_role("button", name="Check the file").click()

    expect(page.locator("#import-status")).to_contain_text("Nothing is written")
    expect(page.get_by_text("340 rows = 305 accepted + 11 duplicate + 17 rejected + 7 blank")).to_be_visible()
    shot(page, "3-check")
    assert Customer.objects.count() == 0
    page.get_by_role("button", name="Import 305 people").click()

    expect(page.get_by_text("340 rows = 305 accepted + 11 duplicate + 17 rejected + 7 blank")).to_be_visible()
    shot(page, "4-report")
    assert Customer.objects.count() == 305
    assert not Customer.objects.filter(custom_fields__has_key="notes").exists()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rejected rows").click()
    assert "There is more than one phone number here." in download.value.path().read_text()

    page.get_by_text("Undo this import").click()
    expect(page.locator("#dialog")).to_be_visible()
    shot(page, "5-undo")
    page.locator("#dialog").get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("305 customers and 305 enrolments removed")).to_be_visible()
    shot(page, "6-undone")
    assert Customer.objects.count() == 0


def test_the_progress_of_a_large_file_moves_without_reloading(visit: Visit, acme: Organization) -> None:
    rows = [(str(number), "x" * 100, f"347 {number:07}") for number in range(6_000)]
    page = visit(member(acme, Role.OPERATOR))
    page.goto("/admin/customers/importjob/add/")
    file = {"name": "many.csv", "mimeType": "text/csv", "buffer": as_csv(rows, ["Customer ID", "Name", "Phone"])}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # a plain dict of those keys
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("button", name="Check the file").click()
    bar = page.locator("#import-status progress")
    expect(bar).to_have_attribute("value", "0")

    ImportJob.objects.update(state="running", rows_total=2_000, last_row=2_001, rows_created=2_000)
    expect(bar).to_have_attribute("value", "33")
    shot(page, "7-progress")
    ImportJob.objects.update(state="queued", rows_total=0, last_row=0, rows_created=0)
    run_imports()
    expect(page.get_by_text("6,000 rows = 6,000 accepted")).to_be_visible()
    assert Customer.objects.count() == 0
