from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from organizations.models import Organization, Role
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.factories import CampaignFactory, TargetFactory

pytestmark = pytest.mark.django_db


def names(response: Any) -> list[str]:
    return [item["name"] for item in response.json()["data"]]


def test_a_list_of_nothing_is_a_page(client_of_acme: Client) -> None:
    sort = {"field": "created_at", "direction": "desc"}
    assert client_of_acme.get("/campaigns").json() == {
        "data": [],
        "meta": {"total": 0, "limit": 10, "offset": 0, "sort": sort},
        "query": {"filters": {}, "sort": sort},
    }


def test_an_item_tells_who_speaks_and_how_far_it_is(client_of_acme: Client, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    TargetFactory.create_batch(3, campaign=campaign)
    TargetFactory(campaign=campaign, state="done", done_reason="exhausted", next_attempt_at=None)
    (item,) = client_of_acme.get("/campaigns").json()["data"]
    assert item["agent_name"] == campaign.agent.name
    assert item["phone_number"] == campaign.phone_number.number
    assert (item["contacts_total"], item["contacts_remaining"], item["contacts_failed"]) == (4, 3, 1)
    assert item["progress"] == 0.25
    assert "stages" not in item


def test_stages_come_on_request(client_of_acme: Client, acme: Organization) -> None:
    CampaignFactory(organization=acme)
    (item,) = client_of_acme.get("/campaigns", include_stages="true").json()["data"]
    assert [stage["key"] for stage in item["stages"]] == ["new", "active", "won", "lost"]


def test_a_list_shows_only_the_own_organization(
    client_of_acme: Client, acme: Organization, globex: Organization
) -> None:
    CampaignFactory(organization=acme, name="Ours")
    CampaignFactory(organization=globex, name="Theirs")
    assert names(client_of_acme.get("/campaigns")) == ["Ours"]


def test_who_is_no_admin_sees_only_what_they_own(acme: Organization) -> None:
    user = user_of(acme, Role.OPERATOR)
    CampaignFactory(organization=acme, name="Mine", owner=user)
    CampaignFactory(organization=acme, name="Nobody's")
    response = Client(token_of(acme, user)).get("/campaigns", include_aggregations=True)
    assert names(response) == ["Mine"]
    assert response.json()["meta"]["total"] == 1
    assert response.json()["aggregations"]["quick_filters"]["draft"] == 1


def test_campaigns_are_counted_by_the_status_of_the_dialect(client_of_acme: Client, acme: Organization) -> None:
    for status in ("draft", "running", "running", "paused", "completed", "closed"):
        CampaignFactory(organization=acme, status=status)
    CampaignFactory(organization=acme, status="scheduled", start_at=datetime(2030, 1, 1, tzinfo=UTC))
    answer = client_of_acme.get("/campaigns", include_aggregations=True, limit=1).json()
    assert answer["aggregations"]["quick_filters"] == {"draft": 2, "running": 2, "paused": 1, "done": 2}


def test_a_list_can_be_searched(client_of_acme: Client, acme: Organization) -> None:
    for name in ("Spring sale", "Autumn", "100%"):
        CampaignFactory(organization=acme, name=name)
    assert names(client_of_acme.get("/campaigns", q="SPRING")) == ["Spring sale"]
    assert names(client_of_acme.get("/campaigns", q="%")) == ["100%"]
    assert client_of_acme.get("/campaigns", q="SPRING").json()["query"]["q"] == "SPRING"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["C", "B", "A"]),
        ({"sort_dir": "asc"}, ["A", "B", "C"]),
        ({"sort_field": "name"}, ["C", "B", "A"]),
        ({"sort_field": "name", "sort_dir": "asc"}, ["A", "B", "C"]),
        ({"limit": 1}, ["C"]),
        ({"limit": 1, "offset": 2}, ["A"]),
        ({"offset": 5}, []),
        ({"date_from": "2026-03-02"}, ["C", "B"]),
        ({"date_to": "2026-03-02"}, ["B", "A"]),
        ({"date_from": "2026-03-02T12:00:00", "date_to": "2026-03-02T12:00:00Z"}, ["B"]),
        ({"date_from": "2026-03-02T14:00:01+02:00"}, ["C"]),
        ({"only_deleted": "true"}, ["D"]),
        ({"include_deleted": "1", "sort_dir": "asc"}, ["A", "B", "C", "D"]),
    ],
)
def test_a_list_is_cut_and_ordered_as_asked(
    client_of_acme: Client, acme: Organization, params: dict[str, object], expected: list[str]
) -> None:
    for day, name in enumerate("ABCD", start=1):
        CampaignFactory(organization=acme, name=name, created_at=datetime(2026, 3, day, 12, tzinfo=UTC))
    Campaign.objects.filter(name="D").soft_delete()
    assert names(client_of_acme.get("/campaigns", **params)) == expected


def test_a_tie_is_broken_the_same_way_on_every_page(client_of_acme: Client, acme: Organization) -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    CampaignFactory.create_batch(5, organization=acme, created_at=moment)
    for direction in ("asc", "desc"):
        pages = [client_of_acme.get("/campaigns", limit=1, offset=n, sort_dir=direction) for n in range(5)]
        assert len({names(page)[0] for page in pages}) == 5


def test_a_list_echoes_what_was_asked(client_of_acme: Client) -> None:
    params = {"q": "x", "date_from": "2026-03-01", "date_to": "2026-03-02", "only_deleted": "true"}
    assert client_of_acme.get("/campaigns", **params, sort_field="name", sort_dir="asc").json()["query"] == {
        "q": "x",
        "filters": {"only_deleted": True},
        "date_from": "2026-03-01T00:00:00Z",
        "date_to": "2026-03-02T23:59:59.999999Z",
        "sort": {"field": "name", "direction": "asc"},
    }


@pytest.mark.parametrize("flag", ["include_deleted", "only_deleted"])
def test_only_admins_see_what_was_deleted(acme: Organization, flag: str) -> None:
    assert client_of(acme, role=Role.OPERATOR).get("/campaigns", **{flag: "true"}).status_code == 403
    assert client_of(acme, role=Role.ADMIN).get("/campaigns", **{flag: "true"}).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("offset", "-1"),
        ("offset", "9" * 30),
        ("q", "\0"),
        ("q", "x" * 256),
        ("sort_field", "organization__slug"),
        ("sort_dir", "up"),
        ("date_from", "yesterday"),
        ("date_to", "2026-02-30"),
        ("date_to", "99999-01-01"),
        ("date_from", "0001-01-01T00:00:00+14:00"),
        ("include_stages", "perhaps"),
        ("include_aggregations", "2"),
        ("only_deleted", "x"),
    ],
)
def test_a_wrong_parameter_is_located(client_of_acme: Client, name: str, value: str) -> None:
    response = client_of_acme.get("/campaigns", **{name: value})
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["query", name]]


def test_a_page_costs_the_same_queries_however_many_rows(
    client_of_acme: Client, acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    CampaignFactory.create_batch(2, organization=acme)
    client_of_acme.get("/campaigns")  # notes the use of the key, which it does once a minute
    for _ in range(2):
        with django_assert_num_queries(6):  # key, count, page, stages, counters, counts per status
            client_of_acme.get("/campaigns", include_stages=True, include_aggregations=True)
        CampaignFactory.create_batch(4, organization=acme)
