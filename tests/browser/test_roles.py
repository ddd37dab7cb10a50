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
@pytest.mark.parametrize("role", Role)
def test_a_member_finds_their_own_organization_alone(
    role: Role, visit: Visit, acme: Organization, globex: Organization
) -> None:
    ours, _theirs = furnish(acme, OPEN), furnish(globex, SECRET)
    page = visit(member(acme, role))
    page.get_by_role("heading", name="Acme").wait_for()
    assert "1 to decide in the review queue" in " ".join(page.locator(".desk-needs").inner_text().split())
    shown = [text_of(page)]
    for there in (address(Campaign, "change", ours.campaign.pk), address(CampaignTarget, "change", ours.target.pk)):
        page.goto(there)
        assert OPEN in text_of(page)
        shown.append(text_of(page))
    assert [text for text in shown if SECRET in text] == []
    may_start = role != Role.VIEWER
    page.goto(address(Campaign, "change", ours.campaign.pk))
    assert page.get_by_role("button", name="Start").is_visible() is may_start


@pytest.mark.django_db(transaction=True)
def test_a_superuser_sees_both_organizations(visit: Visit, acme: Organization, globex: Organization) -> None:
    page = visit(factories.UserFactory(is_staff=True, is_superuser=True))
    page.get_by_role("heading", name="Acme").wait_for()
    page.get_by_role("heading", name="Globex").wait_for()
