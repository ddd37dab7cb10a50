from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from campaigns.models import Campaign
from customers.models import Customer
from organizations.models import Organization, Role
from targets.models import CampaignTarget
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.connections import run_together
from tests.factories import AgentFactory, CampaignFactory, OrganizationFactory

ADA = {"customer_id": "crm-1", "name": "Ada", "email": "ada@example.com", "phone": "+393471234567"}


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme, status="running")
    return made


def send(client: Client, campaign: Campaign, body: Any) -> Any:
    return client.post(f"/campaigns/{campaign.pk}/targets:create-customer", body)


@pytest.mark.django_db
def test_somebody_is_written_down_enrolled_and_due(client_of_acme: Client, campaign: Campaign) -> None:
    agent = AgentFactory(organization=campaign.organization)
    agents = {"customer_agent_id": str(agent.pk), "assigned_agent_id": str(agent.pk)}
    response = send(client_of_acme, campaign, ADA | agents | {"surname": "Bianchi", "status": "lead"})
    assert (response.status_code, response.json()) == (200, {"created": True, "skipped": False})
    target = CampaignTarget.objects.select_related("customer").get()
    assert (target.assigned_agent, target.customer.agent, target.state) == (agent, agent, "ready")
    assert (target.customer.customer_id, target.customer.status) == ("crm-1", "lead")


@pytest.mark.django_db
def test_who_is_there_already_is_skipped_with_the_reason(client_of_acme: Client, campaign: Campaign) -> None:
    send(client_of_acme, campaign, ADA)
    for again in (ADA, ADA | {"customer_id": "crm-2", "email": "x@example.com"}):
        answer = send(client_of_acme, campaign, again).json()
        assert (answer["created"], answer["skipped"]) == (False, True)
        assert "already" in answer["reason"]
    assert Customer.objects.count() == CampaignTarget.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("nothing", [{}, {"email": None, "phone": None}, {"email": "", "phone": " "}])
def test_without_email_and_phone_it_is_a_400(client_of_acme: Client, campaign: Campaign, nothing: Any) -> None:
    response = send(client_of_acme, campaign, {"customer_id": "crm-1", **nothing})
    assert (response.status_code, list(response.json())) == (400, ["detail"])
    assert not Customer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customer_id": None}, "customer_id"),
        ({"customer_id": 7}, "customer_id"),
        ({"phone": "12"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"assigned_agent_id": "x"}, "assigned_agent_id"),
        ({"customer_agent_id": 7}, "customer_agent_id"),
        ({"name": "x" * 256}, "name"),
        ({"status": "x" * 51}, "status"),
    ],
)
def test_a_wrong_value_is_located(client_of_acme: Client, campaign: Campaign, change: Any, field: str) -> None:
    response = send(client_of_acme, campaign, ADA | change)
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", field]]
    assert not Customer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["assigned_agent_id", "customer_agent_id"])
def test_another_tenant_s_agent_is_as_if_it_were_not_there(
    client_of_acme: Client, campaign: Campaign, globex: Organization, field: str
) -> None:
    foreign = send(client_of_acme, campaign, ADA | {field: str(AgentFactory(organization=globex).pk)})
    missing = send(client_of_acme, campaign, ADA | {field: str(uuid4())})
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert not Customer.objects.exists()


@pytest.mark.django_db
def test_a_campaign_that_has_ended_takes_nobody(client_of_acme: Client, acme: Organization) -> None:
    assert send(client_of_acme, CampaignFactory(organization=acme, status="closed"), ADA).status_code == 409
    assert not Customer.objects.exists()


@pytest.mark.django_db
def test_somebody_else_s_customer_is_neither_used_nor_shown(acme: Organization) -> None:
    user = user_of(acme, Role.OPERATOR)
    campaign = CampaignFactory(organization=acme, owner=user)
    send(client_of(acme), CampaignFactory(organization=acme), ADA)
    client = Client(token_of(acme, user))
    assert send(client, campaign, ADA).status_code == 409
    assert send(client, campaign, ADA | {"customer_id": "crm-2"}).json()["created"]
    assert CampaignTarget.objects.get(campaign=campaign).customer.owner == user


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_enrol_one_person() -> None:
    organization = OrganizationFactory()
    campaign, client = CampaignFactory(organization=organization), client_of(organization)
    answers: Any = run_together(*[partial(send, client, campaign, ADA) for _ in range(6)])
    assert sorted(answer.json()["created"] for answer in answers) == [False] * 5 + [True]
    assert Customer.objects.count() == CampaignTarget.objects.count() == 1
