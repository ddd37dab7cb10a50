from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from lib import clock
from organizations.models import Organization
from tests.api.umanize.client import Client
from tests.factories import CampaignFactory, TargetFactory
from tests.targets.test_removal import called

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme)
    return made


def test_analytics_tell_how_far_a_campaign_came(client_of_acme: Client, campaign: Campaign) -> None:
    called(TargetFactory(campaign=campaign, ai_label="positive", stage="won", goal_met_at=clock.now()))
    TargetFactory(campaign=campaign, last_contacted_at=clock.now(), stage="active")
    TargetFactory(campaign=campaign, state="done", done_reason="exhausted", next_attempt_at=None, stage="lost")
    answer = client_of_acme.get(f"/campaigns/{campaign.pk}/analytics").json()
    assert answer["funnel"] == {"contacts": 3, "contacted": 1, "succeeded": 1}
    stages = {stage["key"]: stage["contacts"] for stage in answer["stages"]}
    assert stages == {"new": 0, "active": 1, "won": 1, "lost": 1}
    assert answer["labels"]["positive"] == 1
    assert answer["call_outcomes"] == {"answered": 1, "busy": 0, "no_answer": 0, "voicemail": 0, "failed": 0}
    assert answer["ended_because"]["exhausted"] == 1
    assert answer["metrics"]["calls_total"] == 1


def test_analytics_of_an_empty_campaign_are_zeros(client_of_acme: Client, campaign: Campaign) -> None:
    answer = client_of_acme.get(f"/campaigns/{campaign.pk}/analytics").json()
    assert set(answer["funnel"].values()) | set(answer["labels"].values()) | {answer["progress"]} == {0}


def test_the_timeline_is_newest_first_and_can_be_searched(client_of_acme: Client, campaign: Campaign) -> None:
    path = f"/campaigns/{campaign.pk}"
    target = TargetFactory(campaign=campaign)
    client_of_acme.patch(path, {"name": "Autumn"})
    client_of_acme.patch(f"{path}/targets/{target.pk}/stage", {"stage": "won"})
    answer = client_of_acme.get(f"{path}/activity").json()
    assert [event["kind"] for event in answer["data"]] == ["target.staged", "campaign.updated"]
    assert answer["data"][0]["target_id"] == str(target.pk)
    assert answer["data"][1]["data"]["name"] == [campaign.name, "Autumn"]
    assert answer["meta"]["total"] == 2
    assert len(client_of_acme.get(f"{path}/activity", q="staged").json()["data"]) == 1
    assert client_of_acme.get(f"{path}/activity", date_to="2020-01-01").json()["data"] == []
    assert client_of_acme.get(f"{path}/activity", sort_field="kind").status_code == 422


def test_both_cost_the_same_queries_however_much_happened(
    client_of_acme: Client, campaign: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = f"/campaigns/{campaign.pk}"
    client_of_acme.get(path)
    for _ in range(2):
        with django_assert_num_queries(5):  # key, campaign, stages, counters, appointments (it does not run)
            client_of_acme.get(f"{path}/analytics")
        with django_assert_num_queries(4):  # key, campaign, page, count
            client_of_acme.get(f"{path}/activity")
        TargetFactory.create_batch(3, campaign=campaign)
        client_of_acme.patch(path, {"goal": "Another"})
