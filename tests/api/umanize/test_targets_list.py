from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from lib import clock
from organizations.models import Organization, Role
from targets.models import CampaignTarget
from tests.api.umanize.client import Client, client_of
from tests.factories import AgentFactory, CampaignFactory, CustomerFactory, TargetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme)
    return made


def make(campaign: Campaign, name: str, **facts: Any) -> CampaignTarget:
    customer = CustomerFactory(organization=campaign.organization, name=name)
    target: CampaignTarget = TargetFactory(campaign=campaign, customer=customer, **facts)
    return target


def names(client: Client, campaign: Campaign, **params: Any) -> list[str]:
    data = client.get(f"/campaigns/{campaign.pk}/targets", **params).json()["data"]
    return [item["customer"]["name"] for item in data]


def test_a_target_comes_with_its_customer(client_of_acme: Client, campaign: Campaign) -> None:
    agent = AgentFactory(organization=campaign.organization)
    target = make(campaign, "Ada", assigned_agent=agent, calls_made=2, ai_label="positive", ai_score=0.9)
    (item,) = client_of_acme.get(f"/campaigns/{campaign.pk}/targets").json()["data"]
    assert (item["id"], item["customer_id"]) == (str(target.pk), str(target.customer_id))
    assert (item["calls_made"], item["ai_label"], item["ai_score"]) == (2, "positive", 0.9)
    assert item["assigned_agent_id"] == str(agent.pk)
    assert item["customer"]["phone"] == target.customer.phone


def test_everything_learnt_is_shown(client_of_acme: Client, campaign: Campaign, facts: dict[str, Any]) -> None:
    now = clock.now()
    flags = ("follow_up_required", "escalation_required", "callback_requested")
    shape = facts["shapes"]["CampaignTargetWithCustomerOut"]["properties"]
    texts = {name: name for name, fact in shape.items() if fact == {"is": "string"} and not name.endswith("_at")}
    short = {name: "met" for name in texts if name.endswith(("_result", "_sentiment", "_successful"))}
    make(
        campaign,
        "Ada",
        **texts | short | dict.fromkeys(flags, True),
        goal_analysis={"verdict": "met"},
        campaign_goal_score=1.0,
        ai_score=0.5,
        analysis_updated_at=now,
        campaign_analysis_updated_at=now,
        last_contacted_at=now,
        last_email_at=now,
        assigned_agent=AgentFactory(organization=campaign.organization),
    )
    (item,) = client_of_acme.get(f"/campaigns/{campaign.pk}/targets").json()["data"]
    assert item.keys() == shape.keys()


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"stage": "won"}, ["Won"]),
        ({"stage": "nowhere"}, []),
        ({"ai_label": "negative"}, ["Negative"]),
        ({"action_required": "follow_up"}, ["Follow"]),
        ({"action_required": "callback"}, ["Callback"]),
        ({"action_required": "escalation"}, ["Escalate"]),
        ({"action_required": "missed_goal"}, ["Missed"]),
        ({"action_required": "negative_sentiment"}, ["Unhappy"]),
        ({"q": "escal"}, ["Escalate"]),
        ({"q": "escal", "stage": "won"}, []),
        ({"sort_field": "calls_made", "limit": 1}, ["Callback"]),
        ({"sort_field": "ai_score", "limit": 1}, ["Negative"]),
        ({"sort_field": "ai_score", "sort_dir": "asc", "limit": 1}, ["Negative"]),
        ({"date_to": "2020-01-01"}, []),
    ],
)
def test_targets_are_filtered_and_ordered_as_asked(
    client_of_acme: Client, campaign: Campaign, params: dict[str, Any], expected: list[str]
) -> None:
    make(campaign, "Won", stage="won")
    make(campaign, "Negative", ai_label="negative", ai_score=0.2)
    make(campaign, "Follow", follow_up_required=True)
    make(campaign, "Callback", callback_requested=True, calls_made=3)
    make(campaign, "Escalate", escalation_required=True)
    make(campaign, "Missed", campaign_goal_result="not_met")
    make(campaign, "Unhappy", campaign_sentiment="negative")
    response = client_of_acme.get(f"/campaigns/{campaign.pk}/targets", **params).json()
    assert [item["customer"]["name"] for item in response["data"]] == expected
    assert response["meta"]["total"] == (7 if "sort_field" in params else len(expected))
    assert response["query"]["filters"] == {
        k: v for k, v in params.items() if k in ("stage", "ai_label", "action_required")
    }


def test_targets_can_be_those_of_one_agent(client_of_acme: Client, campaign: Campaign) -> None:
    agent = AgentFactory(organization=campaign.organization)
    make(campaign, "Hers", assigned_agent=agent)
    make(campaign, "Nobody's")
    assert names(client_of_acme, campaign, assigned_agent_id=str(agent.pk)) == ["Hers"]
    assert names(client_of_acme, campaign, assigned_agent_id=str(uuid4())) == []


def test_a_search_does_not_reach_into_another_organization(
    client_of_acme: Client, campaign: Campaign, globex: Organization
) -> None:
    make(CampaignFactory(organization=globex), "Ada")
    assert names(client_of_acme, campaign, q="Ada") == []


def test_deleted_targets_come_to_admins_on_request(campaign: Campaign) -> None:
    make(campaign, "Here")
    CampaignTarget.objects.filter(pk=make(campaign, "Gone").pk).soft_delete()
    admin, operator = (client_of(campaign.organization, role=role) for role in (Role.ADMIN, Role.OPERATOR))
    assert names(admin, campaign) == ["Here"]
    assert names(admin, campaign, only_deleted=True) == ["Gone"]
    assert sorted(names(admin, campaign, include_deleted=True)) == ["Gone", "Here"]
    Campaign.objects.filter(pk=campaign.pk).update(owner=operator.user)
    assert operator.get(f"/campaigns/{campaign.pk}/targets", only_deleted=True).status_code == 403


def test_targets_are_counted_by_what_they_can_be_filtered_by(client_of_acme: Client, campaign: Campaign) -> None:
    make(campaign, "A", stage="won", ai_label="positive")
    make(campaign, "B", follow_up_required=True, campaign_sentiment="negative")
    path = f"/campaigns/{campaign.pk}/targets"
    aggregations = client_of_acme.get(path, include_aggregations=True, limit=1).json()["aggregations"]
    actions = {"follow_up": 1, "callback": 0, "escalation": 0, "missed_goal": 0, "negative_sentiment": 1}
    assert aggregations["quick_filters"] == actions
    assert aggregations["extra"]["stage"] == {"won": 1, "new": 1}
    assert aggregations["extra"]["ai_label"] == {"positive": 1, "negative": 0, "neutral": 0, "unknown": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [("action_required", "none"), ("action_required", ""), ("assigned_agent_id", "x"), ("sort_field", "customer")],
)
def test_a_wrong_parameter_is_located(client_of_acme: Client, campaign: Campaign, name: str, value: str) -> None:
    response = client_of_acme.get(f"/campaigns/{campaign.pk}/targets", **{name: value})
    assert response.json()["detail"][0]["loc"] == ["query", name]


def test_a_page_costs_the_same_queries_however_many_rows_and_counts_none(
    client_of_acme: Client, campaign: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    TargetFactory.create_batch(2, campaign=campaign)
    client_of_acme.get(f"/campaigns/{campaign.pk}/targets")
    for _ in range(2):
        with django_assert_num_queries(4) as queries:  # key, campaign, counters, page
            client_of_acme.get(f"/campaigns/{campaign.pk}/targets", include_aggregations=True)
        assert not [query for query in queries.captured_queries if "COUNT(" in query["sql"]]
        TargetFactory.create_batch(4, campaign=campaign)
