from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from organizations.models import Organization
from providers.base import ProviderError
from targets.models import CampaignTarget
from tests.api.umanize.client import Client
from tests.factories import CampaignFactory, TargetFactory
from tests.targets.test_removal import called

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(acme: Organization) -> CampaignTarget:
    made: CampaignTarget = TargetFactory(campaign=CampaignFactory(organization=acme))
    return made


def path(target: CampaignTarget, verb: str = "") -> str:
    return f"/campaigns/{target.campaign_id}/targets/{target.pk}{verb}"


def test_a_target_is_moved_to_a_stage_of_its_campaign(client_of_acme: Client, target: CampaignTarget) -> None:
    response = client_of_acme.patch(path(target, "/stage"), {"stage": "won"})
    assert (response.status_code, response.json()["stage"]) == (200, "won")
    assert response.json()["customer"]["id"] == str(target.customer_id)


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({}, ["stage"]),
        ({"stage": None}, ["stage"]),
        ({"stage": ""}, ["stage"]),
        ({"stage": "x" * 65}, ["stage"]),
        ({"stage": 7}, ["stage"]),
        ({"stage": "nowhere"}, ["stage"]),
    ],
)
def test_a_wrong_stage_is_located(
    client_of_acme: Client, target: CampaignTarget, body: dict[str, Any], loc: list[str]
) -> None:
    response = client_of_acme.patch(path(target, "/stage"), body)
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", *loc]]


@pytest.mark.parametrize("stray", ["obj_id", "agent_id", "customer_id", "knowledge_base_id", "id"])
@pytest.mark.parametrize(("method", "verb"), [("PATCH", "/stage"), ("POST", "/verify-goal")])
def test_a_stray_parameter_is_checked_and_ignored(
    client_of_acme: Client, target: CampaignTarget, method: str, verb: str, stray: str
) -> None:
    body = b'{"stage": "won"}'
    wrong = client_of_acme.send(method, path(target, verb), body, params={stray: "x"})
    assert wrong.json()["detail"][0]["loc"] == ["query", stray]
    assert client_of_acme.send(method, path(target, verb), body, params={stray: str(uuid4())}).status_code == 200


def test_without_a_conversation_a_verification_answers_unknown(client_of_acme: Client, target: CampaignTarget) -> None:
    response = client_of_acme.post(path(target, "/verify-goal"))
    assert (response.status_code, response.json()["ai_label"]) == (200, "unknown")
    assert response.json()["ai_reason"]


def test_an_analyzer_that_does_not_answer_is_a_reason_to_come_back(
    client_of_acme: Client, target: CampaignTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(**_given: object) -> None:
        raise ProviderError("the analyzer is down", permanent=False)

    monkeypatch.setattr("targets.goal_verification.verify_target", down)
    response = client_of_acme.post(path(target, "/verify-goal"))
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


def test_a_target_is_taken_out_and_brought_back(client_of_acme: Client, target: CampaignTarget) -> None:
    listed = f"/campaigns/{target.campaign_id}/targets"
    assert client_of_acme.delete(path(target)).status_code == 204
    assert client_of_acme.get(listed).json()["meta"]["total"] == 0
    assert client_of_acme.get(listed, only_deleted=True).json()["meta"]["total"] == 1
    for verb, method in (("", "DELETE"), ("/stage", "PATCH"), ("/verify-goal", "POST")):
        assert client_of_acme.send(method, path(target, verb), b'{"stage": "won"}').status_code == 404
    restored = client_of_acme.post(path(target, "/restore"))
    assert (restored.status_code, restored.json()["id"]) == (200, str(target.pk))
    assert client_of_acme.post(path(target, "/restore")).json() == restored.json()
    assert client_of_acme.get(listed).json()["meta"]["total"] == 1


def test_a_purge_takes_a_target_for_good(client_of_acme: Client, target: CampaignTarget) -> None:
    called(target)
    client_of_acme.delete(path(target))
    assert client_of_acme.delete(path(target), purge=True).status_code == 204
    assert client_of_acme.post(path(target, "/restore")).status_code == 404
    assert not CampaignTarget.all_objects.exists()


def test_who_is_being_called_is_not_purged(client_of_acme: Client, target: CampaignTarget) -> None:
    called(target, state="accepted", outcome="", ended_at=None)
    assert client_of_acme.delete(path(target), purge=True).status_code == 409
    assert client_of_acme.delete(path(target)).status_code == 204


def test_a_target_is_found_only_in_its_own_campaign(client_of_acme: Client, target: CampaignTarget) -> None:
    other = CampaignFactory(organization=target.organization)
    assert client_of_acme.delete(f"/campaigns/{other.pk}/targets/{target.pk}").status_code == 404
