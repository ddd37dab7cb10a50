"""Everybody logs in, finds what their role gives them, and nothing of the other organization."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign
from organizations.models import Organization, Role
from targets.models import CampaignTarget
from tests import factories
from tests.admin.conftest import OPEN, SECRET
from tests.admin.pages import page as address
from tests.admin.world import furnish, member
from tests.browser.conftest import Visit, text_of


@pytest.mark.django_db(transaction=True)
def test_every_role_finds_its_own_organization_alone(visit: Visit, acme: Organization, globex: Organization) -> None:
    ours, _theirs = furnish(acme, OPEN), furnish(globex, SECRET)
    for role in Role:
        page = visit(member(acme, role))
        page.get_by_role("heading", name="Acme").wait_for()
        needs = " ".join(page.locator(".desk-needs").inner_text().split())
        assert "1 to decide in the review queue" in needs, role
        shown = [text_of(page)]
        for model, row in ((CampaignTarget, ours.target), (Campaign, ours.campaign)):
            page.goto(address(model, "change", row.pk))
            shown.append(text_of(page))
        assert all(OPEN in text for text in shown[1:]), role
        assert [text for text in shown if SECRET in text] == [], role
        assert page.get_by_role("button", name="Start").is_visible() is (role != Role.VIEWER), role


@pytest.mark.django_db(transaction=True)
def test_a_superuser_sees_both_organizations(visit: Visit, acme: Organization, globex: Organization) -> None:
    page = visit(factories.UserFactory(is_staff=True, is_superuser=True))
    page.get_by_role("heading", name="Acme").wait_for()
    page.get_by_role("heading", name="Globex").wait_for()
