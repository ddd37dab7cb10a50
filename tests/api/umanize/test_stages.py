from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from organizations.models import Organization
from tests.api.umanize.client import Client
from tests.factories import CampaignFactory, TargetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(acme: Organization) -> str:
    return f"/campaigns/{CampaignFactory(organization=acme).pk}/stages"


def test_a_stage_is_created_read_changed_and_deleted(client_of_acme: Client, path: str) -> None:
    created = client_of_acme.post(path, {"name": "Call back", "semantic_type": "active", "color": "#2f9e44"})
    assert created.status_code == 201
    stage = created.json()
    assert (stage["key"], stage["position"], stage["is_system"]) == ("call-back", 4, False)
    one = f"{path}/{stage['id']}"
    assert client_of_acme.get(one).json() == stage
    changed = client_of_acme.patch(one, {"name": "Agreed", "color": None, "position": 2}).json()
    assert (changed["name"], changed["position"], "color" in changed) == ("Agreed", 2, False)
    positions = {row["key"]: row["position"] for row in client_of_acme.get(path).json()}
    assert positions == {"new": 0, "active": 1, "won": 2, "call-back": 2, "lost": 3}
    assert client_of_acme.delete(one).status_code == 204
    assert client_of_acme.get(one).status_code == 404


def test_who_stood_in_a_deleted_stage_is_somewhere_else(client_of_acme: Client, path: str) -> None:
    stage = client_of_acme.post(path, {"name": "Talking", "semantic_type": "active"}).json()
    target = TargetFactory(campaign=Campaign.objects.get(pk=stage["campaign_id"]), stage="talking")
    client_of_acme.delete(f"{path}/{stage['id']}")
    target.refresh_from_db()
    assert target.stage == "new"


def test_a_system_stage_stays_and_keeps_its_meaning(client_of_acme: Client, path: str) -> None:
    won = next(row for row in client_of_acme.get(path).json() if row["key"] == "won")
    assert client_of_acme.delete(f"{path}/{won['id']}").status_code == 409
    refused = client_of_acme.patch(f"{path}/{won['id']}", {"semantic_type": "lost"})
    assert refused.json()["detail"][0]["loc"] == ["body", "semantic_type"]
    assert client_of_acme.post(path, {"name": "Won", "semantic_type": "won"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"semantic_type": "active"}, "name"),
        ({"name": "x"}, "semantic_type"),
        ({"name": "x", "semantic_type": "maybe"}, "semantic_type"),
        ({"name": "x", "semantic_type": "new", "position": -1}, "position"),
        ({"name": "x", "semantic_type": "new", "position": 2**15}, "position"),
        ({"name": "x", "semantic_type": "new", "key": "A B"}, "key"),
        ({"name": "x", "semantic_type": "new", "color": "x" * 33}, "color"),
    ],
)
def test_a_wrong_value_is_located(client_of_acme: Client, path: str, body: dict[str, Any], field: str) -> None:
    response = client_of_acme.post(path, body)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", field]


def test_a_board_costs_the_same_queries_however_wide(
    client_of_acme: Client, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client_of_acme.get(path)
    for number in range(2):
        with django_assert_num_queries(3):  # key, campaign, stages
            client_of_acme.get(path)
        client_of_acme.post(path, {"name": f"Stage {number}", "semantic_type": "active"})
