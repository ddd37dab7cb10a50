from __future__ import annotations

from typing import Any

import pytest
from factory.django import DjangoModelFactory
from pytest_django import DjangoAssertNumQueries

from organizations.models import Organization, Role
from organizations.services.channels import create_channel
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.factories import (
    AgentFactory,
    CampaignFactory,
    EmailChannelFactory,
    PhoneNumberFactory,
    ProviderAccountFactory,
    WhatsAppChannelFactory,
)

pytestmark = pytest.mark.django_db

LISTS: list[tuple[str, type[DjangoModelFactory], str]] = [
    ("/agents", AgentFactory, "name"),
    ("/phone-numbers", PhoneNumberFactory, "number"),
    ("/whatsapp-channels", WhatsAppChannelFactory, "name"),
    ("/email-channels", EmailChannelFactory, "name"),
]
each_list = pytest.mark.parametrize(("path", "factory", "field"), LISTS, ids=[path for path, *_ in LISTS])


@each_list
def test_a_list_shows_what_the_organization_has(
    client_of_acme: Client,
    acme: Organization,
    globex: Organization,
    path: str,
    factory: type[DjangoModelFactory],
    field: str,
) -> None:
    ours, gone = factory(organization=acme), factory(organization=acme)
    factory(organization=globex)
    type(gone).objects.filter(pk=gone.pk).soft_delete()
    answer = client_of_acme.get(path).json()
    assert [item["id"] for item in answer["data"]] == [str(ours.pk)]
    assert answer["data"][0][field] == getattr(ours, field)
    assert answer["meta"] == {
        "total": 1,
        "limit": 10,
        "offset": 0,
        "sort": {"field": "created_at", "direction": "desc"},
    }


@each_list
def test_a_list_is_searched_and_ordered(
    client_of_acme: Client, acme: Organization, path: str, factory: type[DjangoModelFactory], field: str
) -> None:
    made = factory.create_batch(3, organization=acme)
    values = sorted(getattr(row, field) for row in made)

    def shown(**params: Any) -> list[str]:
        return [item[field] for item in client_of_acme.get(path, **params).json()["data"]]

    assert shown(q=values[1]) == [values[1]]
    assert shown(sort_field=field, sort_dir="asc", limit=2) == values[:2]
    assert client_of_acme.get(path, sort_field="external_id").status_code == 422


@each_list
def test_a_page_costs_the_same_queries_however_many_rows(
    client_of_acme: Client,
    acme: Organization,
    path: str,
    factory: type[DjangoModelFactory],
    field: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    factory(organization=acme)
    client_of_acme.get(path)
    for _ in range(2):
        with django_assert_num_queries(3):  # key, count, page
            client_of_acme.get(path, q="1")
        factory.create_batch(3, organization=acme)


def test_an_agent_with_an_owner_is_theirs_and_the_admins(acme: Organization) -> None:
    owner, other, admin = (user_of(acme, role) for role in (Role.OPERATOR, Role.OPERATOR, Role.ADMIN))
    AgentFactory(organization=acme, name="Hers", owner=owner)
    AgentFactory(organization=acme, name="Everybody's")

    def seen_by(user: Any) -> set[str]:
        return {item["name"] for item in Client(token_of(acme, user)).get("/agents").json()["data"]}

    assert seen_by(owner) == seen_by(admin) == {"Hers", "Everybody's"}
    assert seen_by(other) == {"Everybody's"}


@each_list
def test_no_secret_is_shown(
    client_of_acme: Client, acme: Organization, path: str, factory: type[DjangoModelFactory], field: str
) -> None:
    row = factory(organization=acme)
    row.provider_account = row.provider_account or ProviderAccountFactory(organization=acme)
    row.save()
    row.provider_account.credentials_encrypted = "sealed"
    row.provider_account.save()
    shown = client_of_acme.get(path).content.decode()
    assert "sealed" not in shown
    assert str(row.provider_account_id) not in shown


BODIES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("/agents", {"name": "Ana", "timezone": "Europe/Rome"}, {"name": "Bea"}, {"timezone": "Europe/Rom"}),
    ("/phone-numbers", {"number": "+39 02 1234 5678"}, {"label": "Milan"}, {"number": "12"}),
    ("/whatsapp-channels", {"name": "Sales"}, {"template_name": "follow_up"}, {"name": " "}),
    (
        "/email-channels",
        {"name": "Sales", "from_address": "a@example.com"},
        {"reply_to": "b@example.com"},
        {"from_address": "x"},
    ),
]
each_body = pytest.mark.parametrize(("path", "body", "change", "wrong"), BODIES, ids=[path for path, *_ in BODIES])


@each_body
def test_one_is_created_read_changed_and_deleted(
    client_of_acme: Client, path: str, body: dict[str, Any], change: dict[str, Any], wrong: dict[str, Any]
) -> None:
    created = client_of_acme.post(path, body)
    assert created.status_code == 201
    one = f"{path}/{created.json()['id']}"
    assert client_of_acme.get(one).json() == created.json()
    changed = client_of_acme.patch(one, change).json()
    assert {name: changed[name] for name in change} == change
    (field,) = wrong
    assert client_of_acme.patch(one, wrong).json()["detail"][0]["loc"] == ["body", field]
    assert client_of_acme.post(path, body | wrong).status_code == 422
    assert client_of_acme.delete(one).status_code == 204
    assert client_of_acme.get(one).status_code == 404
    assert client_of_acme.get(path).json()["meta"]["total"] == 0


@each_body
def test_only_admins_change_what_the_organization_uses_but_agents_may_be_one_s_own(
    acme: Organization, path: str, body: dict[str, Any], change: dict[str, Any], wrong: dict[str, Any]
) -> None:
    user = user_of(acme, Role.OPERATOR)
    operator = Client(token_of(acme, user))
    response = operator.post(path, body)
    assert response.status_code == (201 if path == "/agents" else 403)
    if path == "/agents":
        one = f"/agents/{response.json()['id']}"
        assert operator.patch(one, change).status_code == 200
        other = client_of(acme, role=Role.OPERATOR)
        assert (other.get(one).status_code, other.patch(one, change).status_code) == (404, 404)


def test_what_is_created_works_through_the_account_the_organization_has(acme: Organization) -> None:
    account = ProviderAccountFactory(organization=acme)
    ProviderAccountFactory(organization=acme, kind="whatsapp")
    created = client_of(acme).post("/agents", {"name": "Ana"}).json()
    assert acme.agents.get(pk=created["id"]).provider_account == account


@pytest.mark.parametrize(
    ("path", "field"), [("/agents", "agent"), ("/phone-numbers", "phone_number")], ids=["agent", "number"]
)
def test_what_a_campaign_needs_is_not_deleted_until_it_is_over(
    client_of_acme: Client, acme: Organization, path: str, field: str
) -> None:
    campaign = CampaignFactory(organization=acme, status="paused")
    one = f"{path}/{getattr(campaign, field).pk}"
    refused = client_of_acme.delete(one)
    assert (refused.status_code, "1 campaign" in refused.json()["detail"]) == (409, True)
    client_of_acme.post(f"/campaigns/{campaign.pk}/complete")
    assert client_of_acme.delete(one).status_code == 204


def test_a_number_is_there_once(client_of_acme: Client, globex: Organization) -> None:
    body = {"number": "+390212345678"}
    assert client_of_acme.post("/phone-numbers", body).status_code == 201
    assert client_of_acme.post("/phone-numbers", body).status_code == 409
    assert client_of(globex).post("/phone-numbers", body).status_code == 201


def test_a_service_knows_what_can_be_set(acme: Organization) -> None:
    from organizations.models import Agent

    with pytest.raises(TypeError):
        create_channel(Agent, organization=acme, values={"name": "Ana", "owner": None})
