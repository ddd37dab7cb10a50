from __future__ import annotations

from typing import Any

import pytest
from factory.django import DjangoModelFactory
from pytest_django import DjangoAssertNumQueries

from organizations.models import Organization, Role
from tests.api.umanize.client import Client, token_of, user_of
from tests.factories import AgentFactory, PhoneNumberFactory, WhatsAppChannelFactory

pytestmark = pytest.mark.django_db

LISTS: list[tuple[str, type[DjangoModelFactory], str]] = [
    ("/agents", AgentFactory, "name"),
    ("/phone-numbers", PhoneNumberFactory, "number"),
    ("/whatsapp-channels", WhatsAppChannelFactory, "name"),
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
    row.provider_account.credentials_encrypted = "sealed"
    row.provider_account.save()
    shown = client_of_acme.get(path).content.decode()
    assert "sealed" not in shown
    assert str(row.provider_account_id) not in shown
