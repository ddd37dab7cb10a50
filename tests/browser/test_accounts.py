"""Set up an account with a vendor in a real browser: its kind first, then what that kind needs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from organizations.models import Organization, ProviderAccount, Role
from organizations.services import read_credentials
from tests.admin.world import member
from tests.browser.conftest import Visit
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_email_account_is_asked_for_its_service_and_then_for_what_that_needs(
    visit: Visit, transactional_db: None
) -> None:
    acme: Organization = OrganizationFactory(name="Acme", slug="acme")
    page = visit(member(acme, Role.ADMIN))
    page.goto("/admin/organizations/provideraccount/add/")
    expect(page.get_by_label("Email service")).to_be_hidden()
    page.get_by_label("Kind").select_option(label="Email")
    expect(page.get_by_label("Email service")).to_be_visible()
    page.get_by_label("Email service").select_option(label="Postmark")
    page.get_by_label("Name").fill("Letters")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("It works once it has its credentials")).to_be_visible()
    expect(page.get_by_label("Access token")).to_have_count(0)
    page.get_by_role("textbox", name="Server token").fill("pm-token")
    page.get_by_role("textbox", name="Webhook secret", exact=True).fill("hook:secret")
    page.get_by_role("button", name="Save and continue editing").click()

    expect(page.get_by_role("textbox", name="Server token")).to_have_attribute(
        "placeholder", "stored; leave it empty to keep it"
    )
    expect(page.get_by_role("textbox", name="Server token")).to_have_value("")
    stored = {"service": "postmark", "api_key": "pm-token", "webhook_secret": "hook:secret"}
    assert read_credentials(ProviderAccount.objects.get(name="Letters")) == stored
