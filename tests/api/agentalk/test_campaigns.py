from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from lib import clock
from organizations.models import AuditEvent, Organization, Role
from tests.api.agentalk.client import Client, client_of
from tests.factories import AgentFactory, CampaignFactory, PhoneNumberFactory, TargetFactory

pytestmark = pytest.mark.django_db

WORDS = {
    "draft": "draft",
    "scheduled": "draft",
    "running": "active",
    "paused": "paused",
    "completed": "completed",
    "closed": "stopped",
}


def campaign_in(organization: Organization, status: str, **fields: Any) -> Campaign:
    if status == Status.SCHEDULED:
        fields.setdefault("start_at", clock.now())
    campaign: Campaign = CampaignFactory(organization=organization, status=status, **fields)
    return campaign


def test_a_list_shows_what_the_organization_has_newest_first(
    client_of_acme: Client, acme: Organization, globex: Organization
) -> None:
    first, second = CampaignFactory(organization=acme), CampaignFactory(organization=acme)
    TargetFactory.create_batch(2, campaign=second)
    CampaignFactory(organization=globex)
    CampaignFactory(organization=acme, is_adhoc=True)
    gone = CampaignFactory(organization=acme)
    Campaign.objects.filter(pk=gone.pk).soft_delete()
    answer = client_of_acme.get("/api/campaigns").json()
    assert [campaign["id"] for campaign in answer["campaigns"]] == [str(second.pk), str(first.pk)]
    assert [campaign["contactCount"] for campaign in answer["campaigns"]] == [2, 0]
    assert (answer["total"], answer["limit"], answer["offset"]) == (2, 50, 0)


def test_a_list_is_read_in_slices(client_of_acme: Client, acme: Organization) -> None:
    CampaignFactory.create_batch(5, organization=acme)
    everything = [campaign["id"] for campaign in client_of_acme.get("/api/campaigns").json()["campaigns"]]
    slices = [client_of_acme.get("/api/campaigns", limit=2, offset=offset).json() for offset in (0, 2, 4, 6)]
    assert [campaign["id"] for some in slices for campaign in some["campaigns"]] == everything
    assert {some["total"] for some in slices} == {5}
    assert (slices[1]["limit"], slices[1]["offset"]) == (2, 2)


@pytest.mark.parametrize("status", ["active", "paused", "stopped", "completed", "draft"])
def test_a_list_is_narrowed_by_the_dialect_s_statuses(client_of_acme: Client, acme: Organization, status: str) -> None:
    made = {domain: campaign_in(acme, domain) for domain in WORDS}
    answer = client_of_acme.get("/api/campaigns", status=status).json()
    expected = {str(made[domain].pk) for domain, word in WORDS.items() if word == status}
    assert {campaign["id"] for campaign in answer["campaigns"]} == expected
    assert {campaign["status"] for campaign in answer["campaigns"]} == {status}
    assert answer["total"] == len(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "running"),
        ("status", "Active"),
        ("status", "\x00"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("limit", "9" * 5000),
        ("offset", "-1"),
        ("offset", "99999999999999999999"),
        ("offset", "NaN"),
    ],
)
def test_a_wrong_parameter_is_named(client_of_acme: Client, name: str, value: str) -> None:
    response = client_of_acme.get("/api/campaigns", **{name: value})
    assert (response.status_code, list(response.json())) == (400, [name])


def test_a_page_costs_the_same_queries_however_many_rows(
    client_of_acme: Client, acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    CampaignFactory.create_batch(2, organization=acme)
    client_of_acme.get("/api/campaigns")  # notes the use of the token, which it does once a minute
    for _ in range(2):
        with django_assert_num_queries(4):  # token, count, page, counters
            client_of_acme.get("/api/campaigns", status="draft")
        CampaignFactory.create_batch(4, organization=acme)


@pytest.mark.parametrize("status", Status)
def test_one_campaign_shows_its_status_in_the_dialect_s_word(
    client_of_acme: Client, acme: Organization, status: str
) -> None:
    campaign = campaign_in(acme, status, name="Spring")
    answer = client_of_acme.get(f"/api/campaigns/{campaign.pk}").json()
    assert (answer["name"], answer["status"], answer["startedAt"]) == ("Spring", WORDS[status], None)


# --- create ----------------------------------------------------------------------------------------------------------


def test_the_smallest_campaign_uses_the_only_agent_and_number(client_of_acme: Client, acme: Organization) -> None:
    agent, number = AgentFactory(organization=acme), PhoneNumberFactory(organization=acme)
    response = client_of_acme.post("/api/campaigns", {"name": "Spring"})
    assert (response.status_code, response.json()["status"]) == (201, "draft")
    campaign = Campaign.objects.get()
    assert (campaign.agent, campaign.phone_number) == (agent, number)


def test_where_there_is_a_choice_nothing_is_chosen(client_of_acme: Client, acme: Organization) -> None:
    AgentFactory.create_batch(2, organization=acme)
    client_of_acme.post("/api/campaigns", {"name": "Spring"})
    assert Campaign.objects.get().agent is None


def test_everything_that_is_sent_is_kept(client_of_acme: Client, acme: Organization) -> None:
    agents, number = AgentFactory.create_batch(2, organization=acme), PhoneNumberFactory(organization=acme)
    body = {
        "name": "Spring",
        "agentId": str(agents[1].pk),
        "phoneNumberId": str(number.pk),
        "goal": "An appointment is made.",
        "openingMessage": "Good morning!",
        "retryDelays": [5, 60],
    }
    assert client_of_acme.post("/api/campaigns", body).status_code == 201
    campaign = Campaign.objects.get()
    assert (campaign.agent, campaign.phone_number, campaign.goal) == (agents[1], number, body["goal"])
    assert (campaign.call_opening_message, campaign.call_attempt_delays) == ("Good morning!", [5, 60])


@pytest.mark.parametrize(("goal", "kind"), [("An appointment is made.", "ai"), ("", "contact"), (None, "contact")])
def test_what_counts_as_success_follows_from_the_goal(client_of_acme: Client, goal: str | None, kind: str) -> None:
    client_of_acme.post("/api/campaigns", {"name": "Spring"} | ({"goal": goal} if goal is not None else {}))
    assert [objective["type"] for objective in Campaign.objects.get().goal_spec["objectives"]] == [kind]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "agentId": "nobody"}, "agentId"),
        ({"name": "x", "agentId": 7}, "agentId"),
        ({"name": "x", "agentId": str(uuid4())}, "agentId"),
        ({"name": "x", "phoneNumberId": str(uuid4())}, "phoneNumberId"),
        ({"name": "x", "goal": ["a"]}, "goal"),
        ({"name": "x", "goal": "g" * 20_001}, "goal"),
        ({"name": "x", "retryDelays": "60"}, "retryDelays"),
        ({"name": "x", "retryDelays": [True]}, "retryDelays"),
        ({"name": "x", "retryDelays": ["60"]}, "retryDelays"),
        ({"name": "x", "retryDelays": [1.5]}, "retryDelays"),
        ({"name": "x", "retryDelays": [-1]}, "retryDelays"),
        ({"name": "x", "retryDelays": [2**31]}, "retryDelays"),
        ({"name": "x", "retryDelays": [1] * 21}, "retryDelays"),
        ([], "non_field_errors"),
        ("x", "non_field_errors"),
    ],
)
def test_a_wrong_value_is_named(client_of_acme: Client, body: Any, field: str) -> None:
    response = client_of_acme.post("/api/campaigns", body)
    assert (response.status_code, list(response.json())) == (400, [field])
    assert not Campaign.objects.exists()


def test_another_tenant_s_agent_is_as_if_it_were_not_there(client_of_acme: Client, globex: Organization) -> None:
    theirs, nobodys = str(AgentFactory(organization=globex).pk), str(uuid4())
    answers = [client_of_acme.post("/api/campaigns", {"name": "x", "agentId": key}) for key in (theirs, nobodys)]
    assert answers[0].content == answers[1].content == b'{"agentId":["Not found."]}'


def test_a_campaign_belongs_to_the_token_s_user_and_the_audit_log_names_the_token(acme: Organization) -> None:
    client = client_of(acme, role=Role.OPERATOR)
    client.post("/api/campaigns", {"name": "Spring"})
    assert Campaign.objects.get().owner == client.user
    assert AuditEvent.objects.get(action="campaign.created").api_key_id is not None
