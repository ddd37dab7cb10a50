"""The walk of docs/anyreach.md works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign
from organizations.models import Organization
from targets.models import CampaignTarget
from tests.api.anyreach.client import key_of
from tests.factories import OrganizationFactory

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "anyreach.md"


@pytest.mark.django_db(transaction=True)
def test_the_walk_works_as_it_is_written(live_server: LiveServer) -> None:
    acme: Organization = OrganizationFactory(slug="acme")
    (walk,) = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", walk],
        env={"PATH": os.environ["PATH"], "BASE": live_server.url, "TOKEN": key_of(acme)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:]
    campaign, adhoc = Campaign.objects.order_by("created_at")
    assert (campaign.external_id, campaign.status, adhoc.is_adhoc) == ("spring", "closed", True)
    contacts = CampaignTarget.objects.filter(campaign=campaign)
    assert contacts.count() == 999
    assert contacts.get(external_id="person-8").phones == ["+12125550008"]
    assert CampaignTarget.objects.get(campaign=adhoc).external_id == "call-me"
    acme.refresh_from_db()
    assert acme.concurrency_limit == 20
    for told in ("1000\n1000\n", "paused\nactive\n", "closed\n"):
        assert told in done.stdout
