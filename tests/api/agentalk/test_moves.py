"""Start, now or later, pause, resume, stop and complete."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from campaigns.lifecycle import CAMPAIGN_LIFECYCLE, Status
from campaigns.models import ActivityEvent, Campaign
from campaigns.services import soft_delete_campaign
from campaigns.tasks import start_scheduled
from lib import clock
from organizations.models import AuditEvent, Organization
from tests.api.agentalk import scheduling_worker
from tests.api.agentalk.client import Client, client_of
from tests.factories import CampaignFactory, OrganizationFactory, TargetFactory
from tests.targets.world import clear_clock, set_clock

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
SECOND = timedelta(seconds=1)

# verb: the domain statuses it is allowed in, the dialect's status after it
MOVES: dict[str, tuple[Sequence[str], str]] = {
    "start": (("draft", "scheduled", "running", "paused"), "active"),
    "pause": (CAMPAIGN_LIFECYCLE.sources(Status.PAUSED), "paused"),
    "resume": ((Status.PAUSED,), "active"),
    "stop": (CAMPAIGN_LIFECYCLE.sources(Status.CLOSED), "stopped"),
    "complete": (CAMPAIGN_LIFECYCLE.sources(Status.COMPLETED), "completed"),
}


def ready(organization: Organization, status: str = "draft") -> Campaign:
    campaign: Campaign = CampaignFactory(
        organization=organization, status=status, start_at=clock.now() if status == Status.SCHEDULED else None
    )
    TargetFactory(campaign=campaign)
    return campaign


@pytest.fixture
def stopped_clock(db: None) -> object:
    set_clock(NOW)
    yield
    clear_clock()


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("verb", MOVES)
def test_a_move_is_made_or_refused(client_of_acme: Client, acme: Organization, verb: str, status: str) -> None:
    campaign, (allowed, after) = ready(acme, status), MOVES[verb]
    response = client_of_acme.post(f"/api/campaigns/{campaign.pk}/{verb}")
    assert response.status_code == (200 if status in allowed else 400)
    if status in allowed:
        assert response.json()["status"] == after
    else:
        assert "cannot become" in response.json()["detail"]
        assert Campaign.objects.get(pk=campaign.pk).status == status


def test_a_refusal_speaks_the_words_of_the_dialect(client_of_acme: Client, acme: Organization) -> None:
    answer = client_of_acme.post(f"/api/campaigns/{ready(acme, 'closed').pk}/start").json()
    assert answer == {"detail": "A campaign that is stopped cannot become active."}


@pytest.mark.parametrize("body", [None, {}, {"startAt": None}, {"anything": "else"}])
def test_a_start_is_now(client_of_acme: Client, acme: Organization, body: object) -> None:
    answer = client_of_acme.post(f"/api/campaigns/{ready(acme).pk}/start", body).json()
    assert (answer["status"], answer["startAt"], answer["message"]) == ("active", None, "The campaign is active.")
    assert answer["startedAt"] is not None
    assert AuditEvent.objects.get(action="campaign.started").api_key_id is not None


@pytest.mark.parametrize("body", [None, {"startAt": "2099-01-01T00:00:00Z"}])
def test_what_is_active_stays_as_it_is(client_of_acme: Client, acme: Organization, body: object) -> None:
    campaign = ready(acme, "running")
    answer = client_of_acme.post(f"/api/campaigns/{campaign.pk}/start", body).json()
    assert (answer["status"], answer["startAt"], answer["message"]) == (
        "active",
        None,
        "The campaign is active already.",
    )
    assert Campaign.objects.get().updated_at == campaign.updated_at
    assert not ActivityEvent.objects.exists()


@pytest.mark.parametrize("body", [None, {"startAt": "2099-01-01T00:00:00Z"}])
def test_a_campaign_that_is_not_ready_says_what_is_missing(
    client_of_acme: Client, acme: Organization, body: object
) -> None:
    campaign = CampaignFactory(organization=acme, agent=None, working_hours=[])
    response = client_of_acme.post(f"/api/campaigns/{campaign.pk}/start", body)
    assert response.status_code == 400
    assert all(key in response.json()["detail"] for key in ("agent", "targets", "working_hours"))
    assert "phone_number" not in response.json()["detail"]
    assert Campaign.objects.get().start_at is None


@pytest.mark.parametrize("status", ["completed", "closed"])
def test_what_is_over_is_not_scheduled_either(client_of_acme: Client, acme: Organization, status: str) -> None:
    campaign = ready(acme, status)
    response = client_of_acme.post(f"/api/campaigns/{campaign.pk}/start", {"startAt": "2099-01-01T00:00:00Z"})
    assert (response.status_code, Campaign.objects.get().status) == (400, status)


# --- later -----------------------------------------------------------------------------------------------------------


def start_at(client: Client, campaign: Campaign, at: datetime | str) -> dict[str, object]:
    text = at if isinstance(at, str) else at.isoformat()
    response = client.post(f"/api/campaigns/{campaign.pk}/start", {"startAt": text})
    assert response.status_code == 200, response.content
    answer: dict[str, object] = response.json()
    return answer


def status_at(moment: datetime, campaign: Campaign) -> str:
    """Return the campaign's status once the schedule has run at a moment."""
    set_clock(moment)
    start_scheduled()
    return str(Campaign.objects.get(pk=campaign.pk).status)


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("status", "shown", "kept"), [("draft", "draft", "scheduled"), ("paused", "paused", "paused")])
def test_a_later_start_happens_at_its_second_and_not_before(
    client_of_acme: Client, acme: Organization, status: str, shown: str, kept: str
) -> None:
    campaign = ready(acme, status)
    answer = start_at(client_of_acme, campaign, LATER)
    assert (answer["status"], answer["startAt"]) == (shown, "2026-06-01T11:00:00Z")
    assert answer["message"] == "The campaign starts at 2026-06-01T11:00:00Z."
    assert status_at(LATER - SECOND, campaign) == kept
    assert status_at(LATER, campaign) == "running"
    shown_now = client_of_acme.get(f"/api/campaigns/{campaign.pk}").json()
    assert (shown_now["status"], shown_now["startAt"], shown_now["startedAt"]) == (
        "active",
        None,
        "2026-06-01T11:00:00Z",
    )


@pytest.mark.django_db(transaction=True)
def test_a_later_start_outlives_every_process(transactional_db: None) -> None:
    organization = OrganizationFactory()
    campaign, tomorrow = ready(organization), clock.now() + timedelta(days=1)
    start_at(client_of(organization), campaign, tomorrow)
    for moment, status in ((tomorrow - SECOND, "scheduled"), (tomorrow, "running")):
        look_in_another_process(moment)
        assert Campaign.objects.get(pk=campaign.pk).status == status


def look_in_another_process(moment: datetime) -> None:
    program = [sys.executable, "-m", scheduling_worker.__name__, str(connection.settings_dict["NAME"])]
    environment = {**os.environ, "SIMULATED_CLOCK": f"{moment.isoformat()},{moment.isoformat()},0.0"}
    subprocess.run(program, check=True, timeout=60, env=environment)


@pytest.mark.usefixtures("stopped_clock")
def test_a_new_time_replaces_the_old_one(client_of_acme: Client, acme: Organization) -> None:
    campaign = ready(acme)
    start_at(client_of_acme, campaign, LATER)
    start_at(client_of_acme, campaign, LATER + timedelta(hours=1))
    assert status_at(LATER, campaign) == "scheduled"
    assert status_at(LATER + timedelta(hours=1), campaign) == "running"


@pytest.mark.usefixtures("stopped_clock")
def test_a_start_now_replaces_a_later_one(client_of_acme: Client, acme: Organization) -> None:
    campaign = ready(acme)
    start_at(client_of_acme, campaign, LATER)
    answer = client_of_acme.post(f"/api/campaigns/{campaign.pk}/start").json()
    assert (answer["status"], answer["startAt"]) == ("active", None)


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("verb", "after"), [("pause", "paused"), ("stop", "closed"), ("complete", "completed")])
def test_a_later_start_is_cancelled_by_what_ends_or_pauses(
    client_of_acme: Client, acme: Organization, verb: str, after: str
) -> None:
    campaign = ready(acme)
    start_at(client_of_acme, campaign, LATER)
    assert client_of_acme.post(f"/api/campaigns/{campaign.pk}/{verb}").json()["startAt"] is None
    assert status_at(LATER, campaign) == after


@pytest.mark.usefixtures("stopped_clock")
def test_a_deleted_campaign_does_not_start(client_of_acme: Client, acme: Organization) -> None:
    campaign = ready(acme)
    start_at(client_of_acme, campaign, LATER)
    soft_delete_campaign(campaign=campaign)
    set_clock(LATER)
    start_scheduled()
    assert Campaign.all_objects.get().status == "draft"


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01T11:00:00", "2026-06-01T11:00:00Z"),
        ("2026-06-01T13:00:00+02:00", "2026-06-01T11:00:00Z"),
        ("2026-06-01T11:00:00.250Z", "2026-06-01T11:00:00.250000Z"),
        ("20260601T110000Z", "2026-06-01T11:00:00Z"),
        ("2026-06-02", "2026-06-02T00:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_utc(client_of_acme: Client, acme: Organization, text: str, expected: str) -> None:
    assert start_at(client_of_acme, ready(acme), text)["startAt"] == expected


@pytest.mark.usefixtures("stopped_clock")
def test_a_time_just_past_means_now_and_one_long_past_is_a_mistake(client_of_acme: Client, acme: Organization) -> None:
    assert start_at(client_of_acme, ready(acme), NOW - timedelta(seconds=60))["status"] == "active"
    late = ready(acme)
    body = {"startAt": (NOW - timedelta(seconds=61)).isoformat()}
    response = client_of_acme.post(f"/api/campaigns/{late.pk}/start", body)
    assert (response.status_code, list(response.json())) == (400, ["startAt"])
    assert Campaign.objects.get(pk=late.pk).status == "draft"


@pytest.mark.parametrize(
    "at",
    [
        "",
        "soon",
        5,
        1.5,
        True,
        [],
        {},
        "2026-13-01T00:00:00Z",
        "2026-06-01T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-06-01T11:00:00 Europe/Rome",
        "x" * 100_000,
    ],
)
def test_what_is_no_time_is_refused(client_of_acme: Client, acme: Organization, at: object) -> None:
    campaign = ready(acme)
    response = client_of_acme.post(f"/api/campaigns/{campaign.pk}/start", {"startAt": at})
    assert (response.status_code, list(response.json())) == (400, ["startAt"])
    assert Campaign.objects.get().status == "draft"
