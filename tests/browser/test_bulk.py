"""Act on a whole list in a real browser and watch it; type a retry policy and read what it means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from campaigns.models import Configuration
from organizations.admin_base import bulk
from organizations.models import BulkJob, Organization, Role
from organizations.services.bulk_jobs import run_bulk_jobs
from targets.models import CampaignTarget
from tests.admin.pages import page as address
from tests.admin.world import member
from tests.browser.conftest import Visit
from tests.factories import CampaignFactory, OrganizationFactory, TargetFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme(transactional_db: None) -> Organization:
    organization: Organization = OrganizationFactory(name="Acme", slug="acme")
    return organization


def test_a_whole_list_is_chosen_and_followed_without_reloading(
    visit: Visit, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 10)
    campaign = CampaignFactory(organization=acme)
    for _ in range(55):
        TargetFactory(campaign=campaign)
    page = visit(member(acme, Role.OPERATOR))
    page.goto(address(CampaignTarget, "changelist"))
    page.locator("#action-toggle").check()
    page.get_by_text("Select all 55 targets").click()
    page.locator("select[name=action]").select_option("take_selected_out")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("55 targets")).to_be_visible()
    page.get_by_role("button", name="Take out").click()

    bar = page.locator("#bulk-status progress")
    expect(bar).to_have_attribute("value", "0")
    page.evaluate("window.untouched = true")
    BulkJob.objects.update(state="running", rows_done=11)
    expect(bar).to_have_attribute("value", "20")
    assert page.evaluate("window.untouched")
    BulkJob.objects.update(state="queued", rows_done=0)
    run_bulk_jobs()
    expect(page.get_by_text("55 of 55 = 55 done + 0 skipped + 0 failed")).to_be_visible()
    expect(page.locator("#bulk-status").get_by_text("completed")).to_be_visible()
    assert not CampaignTarget.objects.exists()


def test_a_retry_policy_is_typed_by_keyboard_and_told_in_words(visit: Visit, acme: Organization) -> None:
    configuration = Configuration.objects.create(organization=acme, name="Evenings")
    page = visit(member(acme, Role.ADMIN))
    page.goto(address(Configuration, "change", configuration.pk))
    own, waits = page.get_by_label("Busy: own rule"), page.get_by_label("Busy: waits in minutes")
    expect(waits).to_be_disabled()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        waits.scroll_into_view_if_needed()
        page.screenshot(path=Path(folder) / "retry.png")
    own.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(waits).to_be_focused()
    page.keyboard.type("5, 15")
    expect(page.locator("#policy-words")).to_contain_text("busy: again after 5 min, 15 min, at most 2 times")
    page.keyboard.type(", soon")
    expect(page.locator("#policy-words")).to_contain_text("Busy, waits in minutes:")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(waits).to_have_attribute("aria-invalid", "true")
    expect(waits).to_have_value("5, 15, soon")
    waits.fill("5, 15")
    page.get_by_label("Busy: then").select_option(label="WhatsApp")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/configuration/")
    configuration.refresh_from_db()
    assert configuration.retry_policy == {"busy": {"delays_minutes": [5, 15], "then": "whatsapp"}}
