from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from lib import clock
from organizations.models import Organization
from targets.models import Appointment
from tests.api.umanize.client import Client
from tests.factories import CampaignFactory, TargetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme, status="running")
    return made


def test_a_campaign_comes_with_its_numbers_checks_and_stages(client_of_acme: Client, campaign: Campaign) -> None:
    TargetFactory.create_batch(3, campaign=campaign)
    TargetFactory(campaign=campaign, last_contacted_at=clock.now(), goal_met_at=clock.now())
    answer = client_of_acme.get(f"/campaigns/{campaign.pk}").json()
    assert answer["id"] == str(campaign.pk)
    assert (answer["targets_total"], answer["targets_contacted"], answer["targets_succeeded"]) == (4, 1, 1)
    assert answer["metrics"]["contact_rate"] == 0.25
    assert answer["readiness"]["can_start"]
    checks = ["agent", "phone_number", "targets", "goal", "working_hours", "call_opening_message", "whatsapp_channel"]
    assert [check["key"] for check in answer["readiness"]["checks"]] == checks
    assert [stage["position"] for stage in answer["stages"]] == [0, 1, 2, 3]


def test_every_metric_is_there_even_of_an_empty_campaign(
    client_of_acme: Client, campaign: Campaign, facts: dict[str, dict[str, dict[str, dict[str, object]]]]
) -> None:
    metrics = client_of_acme.get(f"/campaigns/{campaign.pk}").json()["metrics"]
    assert metrics == dict.fromkeys(facts["shapes"]["CampaignMetricsOut"]["properties"].keys() - {"next_call_at"}, 0)


def test_the_next_call_is_the_first_that_is_due_of_any_rank(client_of_acme: Client, campaign: Campaign) -> None:
    now = clock.now()
    for rank, hours in ((0, 5), (1, 2), (2, 3)):
        TargetFactory(campaign=campaign, queue_rank=rank, next_attempt_at=now + timedelta(hours=hours))
    TargetFactory(campaign=campaign, next_channel="whatsapp", next_attempt_at=now)
    shown = client_of_acme.get(f"/campaigns/{campaign.pk}").json()["metrics"]["next_call_at"]
    assert shown == (now + timedelta(hours=2)).isoformat().replace("+00:00", "Z")


def test_a_campaign_that_does_not_run_has_no_next_call(client_of_acme: Client, acme: Organization) -> None:
    target = TargetFactory(campaign=CampaignFactory(organization=acme, status="paused"))
    assert "next_call_at" not in client_of_acme.get(f"/campaigns/{target.campaign_id}").json()["metrics"]


def test_appointments_are_counted_unless_cancelled(client_of_acme: Client, campaign: Campaign) -> None:
    target, now = TargetFactory(campaign=campaign, last_contacted_at=clock.now()), clock.now()
    for day, cancelled_at in ((-1, None), (1, None), (2, now)):
        Appointment.objects.create(
            organization=campaign.organization,
            target=target,
            starts_at=now + timedelta(days=day),
            cancelled_at=cancelled_at,
        )
    metrics = client_of_acme.get(f"/campaigns/{campaign.pk}").json()["metrics"]
    assert (metrics["appointments_booked"], metrics["appointments_upcoming"]) == (2, 1)


def test_hours_with_several_windows_show_the_first(client_of_acme: Client, acme: Organization) -> None:
    windows = [{"days": [0], "start": "08:00", "end": "24:00"}, {"days": [1], "start": "09:00", "end": "12:00"}]
    campaign = CampaignFactory(organization=acme, working_hours=windows)
    shown = client_of_acme.get(f"/campaigns/{campaign.pk}").json()["call_working_hours"]
    assert shown == {"start": "08:00:00", "end": "00:00:00", "weekdays": [0]}


def test_no_hours_at_all_are_no_weekdays(client_of_acme: Client, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, working_hours=[])
    assert client_of_acme.get(f"/campaigns/{campaign.pk}").json()["call_working_hours"]["weekdays"] == []


def test_a_deleted_campaign_is_not_there(client_of_acme: Client, campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).soft_delete()
    assert client_of_acme.get(f"/campaigns/{campaign.pk}").status_code == 404


@pytest.mark.parametrize("name", ["obj_id", "agent_id", "customer_id", "knowledge_base_id", "id"])
def test_a_stray_parameter_is_checked_and_ignored(client_of_acme: Client, campaign: Campaign, name: str) -> None:
    path = f"/campaigns/{campaign.pk}"
    assert client_of_acme.get(path, **{name: str(uuid4())}).json() == client_of_acme.get(path).json()
    wrong = client_of_acme.get(path, **{name: "x"})
    assert wrong.json()["detail"][0]["loc"] == ["query", name]


def test_a_campaign_costs_the_same_queries_however_many_targets(
    client_of_acme: Client, campaign: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    TargetFactory.create_batch(2, campaign=campaign)
    client_of_acme.get(f"/campaigns/{campaign.pk}")
    for _ in range(2):
        with django_assert_num_queries(8):
            # key, campaign, stages, counters, appointments, next call, and for readiness: counters and blackouts
            client_of_acme.get(f"/campaigns/{campaign.pk}")
        TargetFactory.create_batch(4, campaign=campaign)
