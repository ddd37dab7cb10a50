"""A campaign is run from its page, against the simulator, and the page tells the truth without being loaded again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign
from organizations.models import Organization, Role
from targets.enrolment import enrol
from targets.models import CampaignTarget
from tests import factories
from tests.admin.pages import page as address
from tests.admin.world import member
from tests.browser.conftest import Visit
from tests.targets.conftest import living_world
from tests.targets.world import World

MONDAY = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)  # eleven in the morning in New York


@pytest.fixture
def acme(transactional_db: None) -> Organization:
    organization: Organization = factories.OrganizationFactory(
        name="Acme", slug="acme", timezone="", default_region="US"
    )
    return organization


@pytest.fixture
def world(tmp_path: Path, live_server: LiveServer, settings: Settings, transactional_db: None) -> Iterator[World]:
    with living_world(tmp_path, live_server, settings) as world:
        yield world


def press(page: Page, name: str) -> None:
    """Press a button of the page's desk and confirm it in the dialog that opens."""
    page.locator("#desk-live").get_by_role("button", name=name).click()
    page.locator("#dialog").get_by_role("button", name=name).click()
    page.wait_for_load_state("load")


def test_an_operator_runs_a_campaign_to_its_end_and_reads_what_was_said(
    world: World, visit: Visit, acme: Organization
) -> None:
    campaign = world.campaign(acme)
    people = [world.person(acme, "agrees", "+12125550101"), world.person(acme, "agrees", "+12125550102")]
    enrol(campaign=campaign, customer_ids=[person.pk for person in people])
    page = visit(member(acme, Role.OPERATOR))
    page.goto(address(Campaign, "change", campaign.pk))
    page.get_by_text("Ready to start").wait_for()

    press(page, "Start")
    page.get_by_text("The campaign is running.").wait_for()
    page.get_by_role("button", name="Pause").wait_for()
    page.evaluate("document.body.dataset.untouched = 'yes'")

    while world.step():
        pass

    page.get_by_text("2 of 2 contacts done").wait_for()
    assert page.locator("#desk-live [data-desk-status]").inner_text().strip().lower() == "completed"
    assert page.locator("#desk-status").inner_text() == "The campaign is completed."
    assert page.get_by_role("button", name="Pause").count() == 0
    assert page.evaluate("document.body.dataset.untouched") == "yes"
    page.wait_for_function("Chart.getChart('outcomes')?.data.datasets[0].data[0] === 2", timeout=30_000)

    target = CampaignTarget.objects.get(customer=people[0])
    page.goto(address(CampaignTarget, "change", target.pk))
    quoted = page.locator(".desk-person.desk-quoted").first
    assert "evidence" in quoted.inner_text().lower()


def test_hours_are_told_in_words_while_they_are_typed(visit: Visit, world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    page = visit(member(acme, Role.ADMIN))
    page.goto(address(Campaign, "change", campaign.pk))
    words = page.locator("#policy-words")
    words.get_by_text("Mon\N{EN DASH}Fri 09:00\N{EN DASH}19:00").wait_for()
    page.get_by_role("link", name="When").or_(page.get_by_text("When", exact=True)).first.click()
    page.locator("[name=call_attempt_delays]").fill("30")
    words.get_by_text("up to 2 calls (30 min apart)").wait_for()
    days = page.get_by_role("group", name="Hours")
    days.get_by_text("Sat").click()
    days.get_by_label("To").fill("13:00")
    words.get_by_text("Mon\N{EN DASH}Sat 09:00\N{EN DASH}13:00").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#result_list").wait_for()
    campaign.refresh_from_db()
    assert campaign.working_hours == [{"days": [0, 1, 2, 3, 4, 5], "start": "09:00", "end": "13:00"}]
    assert campaign.call_attempt_delays == [30]


def test_a_button_is_pressed_and_left_by_keyboard(visit: Visit, world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    page = visit(member(acme, Role.OPERATOR))
    page.goto(address(Campaign, "change", campaign.pk))
    page.locator("#button-start").focus()
    page.keyboard.press("Space")
    page.get_by_role("dialog", name="Start").wait_for()
    page.wait_for_function("document.activeElement.name === 'at'")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.id === 'button-start'")
    nameless = page.locator("button:visible, a[href]:visible, [role=button]:visible").evaluate_all(
        """all => all.filter(each => !(each.getAttribute('aria-label') || each.title || each.innerText.trim()))
                   .map(each => each.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
