from __future__ import annotations

from collections.abc import Sequence

import pytest

from campaigns.lifecycle import CAMPAIGN_LIFECYCLE, Status
from campaigns.models import Campaign
from lib import clock
from organizations.models import AuditEvent, Organization
from tests.api.umanize.client import Client
from tests.factories import CampaignFactory, TargetFactory

pytestmark = pytest.mark.django_db

# verb: the domain statuses it is allowed in, the dialect's status after it
MOVES: dict[str, tuple[Sequence[str], str]] = {
    "start": (CAMPAIGN_LIFECYCLE.sources(Status.RUNNING), "running"),
    "pause": (CAMPAIGN_LIFECYCLE.sources(Status.PAUSED), "paused"),
    "resume": ((Status.PAUSED,), "running"),
    "complete": (CAMPAIGN_LIFECYCLE.sources(Status.COMPLETED), "done"),
}


def campaign_in(organization: Organization, status: str) -> Campaign:
    campaign: Campaign = CampaignFactory(
        organization=organization, status=status, start_at=clock.now() if status == Status.SCHEDULED else None
    )
    TargetFactory(campaign=campaign)
    return campaign


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("verb", MOVES)
def test_a_move_is_made_or_refused_as_the_lifecycle_says(
    client_of_acme: Client, acme: Organization, verb: str, status: str
) -> None:
    campaign, (allowed, after) = campaign_in(acme, status), MOVES[verb]
    response = client_of_acme.post(f"/campaigns/{campaign.pk}/{verb}")
    assert response.status_code == (200 if status in allowed else 409)
    if status in allowed:
        assert response.json()["status"] == after
    else:
        assert Campaign.objects.get(pk=campaign.pk).status == status


def test_a_refusal_speaks_the_words_of_the_dialect(client_of_acme: Client, acme: Organization) -> None:
    campaign = campaign_in(acme, Status.CLOSED)
    answer = client_of_acme.post(f"/campaigns/{campaign.pk}/start").json()
    assert answer == {"detail": "A done campaign cannot become running."}


@pytest.mark.parametrize("verb", ["start", "resume"])
def test_a_start_names_every_check_that_is_missing(client_of_acme: Client, acme: Organization, verb: str) -> None:
    campaign = CampaignFactory(organization=acme, agent=None, working_hours=[], status="paused")
    response = client_of_acme.post(f"/campaigns/{campaign.pk}/{verb}")
    assert response.status_code == 409
    assert all(key in response.json()["detail"] for key in ("agent", "targets", "working_hours"))
    assert "phone_number" not in response.json()["detail"]


def test_a_move_is_in_the_audit_log(client_of_acme: Client, acme: Organization) -> None:
    campaign = campaign_in(acme, Status.DRAFT)
    client_of_acme.post(f"/campaigns/{campaign.pk}/start")
    event = AuditEvent.objects.get(object_id=campaign.pk, action="campaign.started")
    assert event.api_key_id is not None


def test_a_body_nobody_asked_for_is_ignored(client_of_acme: Client, acme: Organization) -> None:
    campaign = campaign_in(acme, Status.DRAFT)
    assert client_of_acme.post(f"/campaigns/{campaign.pk}/start", {"at": "never"}).status_code == 200
