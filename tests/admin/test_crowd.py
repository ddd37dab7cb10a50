"""With a crowd in the campaign a page asks as much of the database as with a handful."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from customers.models import Customer
from targets.models import Attempt, CampaignTarget
from tests.admin.pages import page

# Queries of each page, those of the session, the person and their organizations included.
MOST = {
    "home": 16,
    "campaigns": 8,
    "campaign": 34,
    "fresh part": 21,
    "charts": 7,
    "targets": 8,
    "stage": 8,
    "search": 8,
    "target": 26,
    "attempts": 7,
    "customers": 6,
}


def addresses(campaign: Campaign) -> dict[str, str]:
    target = CampaignTarget.objects.filter(campaign=campaign, state="ready").latest("id")
    targets = f"{page(CampaignTarget, 'changelist')}?campaign={campaign.pk}"
    return {
        "home": "/admin/",
        "campaigns": page(Campaign, "changelist"),
        "campaign": page(Campaign, "change", campaign.pk),
        "fresh part": page(Campaign, "live", campaign.pk),
        "charts": f"{page(Campaign, 'live', campaign.pk)}?part=charts",
        "targets": targets,
        "stage": f"{targets}&stage__exact=won",
        "search": f"{page(CampaignTarget, 'changelist')}?q=Person+7",
        "target": page(CampaignTarget, "change", target.pk),
        "attempts": page(Attempt, "changelist"),
        "customers": page(Customer, "changelist"),
    }


@pytest.mark.parametrize("people", [20, 400])
def test_a_page_costs_the_same_with_a_crowd(people: int, root: Client) -> None:
    call_command("seed_million", count=people, json=True, stdout=StringIO(), stderr=StringIO())
    campaign = Campaign.objects.get()
    Campaign.objects.filter(pk=campaign.pk).update(status=Status.RUNNING)
    too_many = {}
    for name, address in addresses(campaign).items():
        root.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert root.get(address).status_code == 200
        if len(asked) > MOST[name]:
            too_many[name] = len(asked)
    assert too_many == {}
