from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from campaigns.models import Campaign
from customers.models import DialLedger
from lib import clock
from organizations.models import Organization, Role
from targets.models import Attempt, CampaignTarget
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.factories import AgentFactory, CampaignFactory, TargetFactory, WhatsAppChannelFactory
from tests.targets.test_removal import called

pytestmark = pytest.mark.django_db
CONTACT = {"objectives": [{"type": "contact", "channels": ["call"], "min_count": 1}]}
STRAYS = ["obj_id", "agent_id", "customer_id", "knowledge_base_id", "id"]


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme, goal="Meet", whatsapp_first_message="Hello")
    return made


def path(campaign: Campaign) -> str:
    return f"/campaigns/{campaign.pk}"


def test_what_is_named_changes_and_the_rest_stays(client_of_acme: Client, campaign: Campaign) -> None:
    before = client_of_acme.get(path(campaign)).json()
    channel, agent = (f(organization=campaign.organization) for f in (WhatsAppChannelFactory, AgentFactory))
    changes: dict[str, Any] = {
        "name": "Autumn",
        "agent_id": str(agent.pk),
        "whatsapp_channel_id": str(channel.pk),
        "first_contact_channel": "whatsapp",
        "whatsapp_after_attempts": 2,
        "call_attempt_delays": [5],
        "call_working_hours": {"start": "10:00:00", "end": "11:00:00", "weekdays": [6]},
        "call_opening_message": "Good day",
    }
    answer = client_of_acme.patch(path(campaign), changes).json()
    assert answer == {name: changes.get(name, before.get(name)) for name in answer} | {
        "updated_at": answer["updated_at"]
    }


def test_nothing_named_changes_nothing(client_of_acme: Client, campaign: Campaign) -> None:
    assert client_of_acme.patch(path(campaign), {}).json()["updated_at"] == (
        campaign.updated_at.isoformat().replace("+00:00", "Z")
    )


def test_null_empties_what_may_be_empty_and_is_nothing_elsewhere(client_of_acme: Client, campaign: Campaign) -> None:
    nulls = dict.fromkeys(["goal", "whatsapp_first_message", "phone_number_id", "name", "agent_id", "status"])
    answer = client_of_acme.patch(path(campaign), nulls).json()
    assert not {"goal", "whatsapp_first_message", "phone_number_id"} & answer.keys()
    assert (answer["name"], answer["agent_id"]) == (campaign.name, str(campaign.agent_id))


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"name": " "}, ["name"]),
        ({"goal_logic": "some"}, ["goal_logic"]),
        ({"goal_spec": {"objectives": [{"type": "luck"}]}}, ["goal_spec", "objectives", 0]),
        ({"whatsapp_after_attempts": 0}, ["whatsapp_after_attempts"]),
        ({"call_attempt_delays": [-1]}, ["call_attempt_delays"]),
        ({"call_working_hours": {"weekdays": [9]}}, ["call_working_hours"]),
        ({"status": "stopped"}, ["status"]),
        ({"agent_id": "x"}, ["agent_id"]),
    ],
)
def test_a_wrong_value_is_located_and_nothing_changes(
    client_of_acme: Client, campaign: Campaign, change: dict[str, Any], loc: list[str | int]
) -> None:
    response = client_of_acme.patch(path(campaign), {"call_opening_message": "x", **change})
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", *loc]]
    assert Campaign.objects.get(pk=campaign.pk).call_opening_message is None


def test_an_agent_must_be_one_the_caller_may_use(acme: Organization, globex: Organization) -> None:
    user = user_of(acme, Role.OPERATOR)
    campaign = CampaignFactory(organization=acme, owner=user)
    client = Client(token_of(acme, user))
    for agent in (
        AgentFactory(organization=acme, owner=user_of(acme, Role.OPERATOR)),
        AgentFactory(organization=globex),
    ):
        response = client.patch(path(campaign), {"agent_id": str(agent.pk)})
        missing = client.patch(path(campaign), {"agent_id": str(uuid4())})
        assert (response.status_code, response.content) == (404, missing.content)
    assert client.patch(path(campaign), {"agent_id": str(campaign.agent_id), "name": "Same"}).status_code == 200


@pytest.mark.parametrize("operation", ["", "/goal"])
def test_a_changed_goal_is_applied_to_every_contact(client_of_acme: Client, campaign: Campaign, operation: str) -> None:
    answered = {"calls_answered": 1, "calls_made": 1, "last_contacted_at": clock.now(), "stage": "active"}
    TargetFactory.create_batch(2, campaign=campaign, **answered)
    TargetFactory(campaign=campaign)
    response = client_of_acme.patch(path(campaign) + operation, {"goal_spec": CONTACT, "goal_logic": "any"})
    assert (response.json()["goal_spec"], response.json()["goal_logic"]) == (CONTACT, "any")
    listed = client_of_acme.get(f"{path(campaign)}/targets", include_aggregations=True).json()
    assert sorted(item["stage"] for item in listed["data"]) == ["new", "won", "won"]
    assert listed["aggregations"]["extra"]["stage"] == {"new": 1, "won": 2}
    assert client_of_acme.get(path(campaign)).json()["targets_succeeded"] == 2


@pytest.mark.parametrize(
    ("present", "wanted", "answer"),
    [
        ("draft", "running", 200),
        ("draft", "draft", 200),
        ("draft", "paused", 409),
        ("running", "paused", 200),
        ("running", "draft", 409),
        ("paused", "running", 200),
        ("running", "done", 200),
        ("completed", "running", 200),
        ("completed", "paused", 409),
        ("closed", "done", 200),
        ("closed", "running", 409),
    ],
)
def test_a_status_is_moved_to_as_the_lifecycle_allows(
    client_of_acme: Client, acme: Organization, present: str, wanted: str, answer: int
) -> None:
    campaign = CampaignFactory(organization=acme, status=present)
    TargetFactory(campaign=campaign)
    response = client_of_acme.patch(path(campaign), {"status": wanted})
    assert response.status_code == answer
    shown = client_of_acme.get(path(campaign)).json()["status"]
    assert shown == (wanted if answer == 200 else client_word(present))


def client_word(status: str) -> str:
    return "done" if status in ("completed", "closed") else status


def test_a_start_is_judged_by_what_the_request_brings_along(client_of_acme: Client, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, working_hours=[])
    TargetFactory(campaign=campaign)
    refused = client_of_acme.patch(path(campaign), {"status": "running", "name": "Never"})
    assert refused.status_code == 409
    assert "working_hours" in refused.json()["detail"]
    assert Campaign.objects.get(pk=campaign.pk).name == campaign.name
    started = client_of_acme.patch(path(campaign), {"status": "running", "call_working_hours": {}})
    assert (started.status_code, started.json()["status"]) == (200, "running")


def test_a_closed_campaign_is_not_changed(client_of_acme: Client, acme: Organization) -> None:
    closed = CampaignFactory(organization=acme, status="closed")
    assert client_of_acme.patch(path(closed), {"name": "x"}).status_code == 409


@pytest.mark.parametrize("stray", STRAYS)
@pytest.mark.parametrize(("method", "suffix"), [("PATCH", ""), ("DELETE", ""), ("PATCH", "/goal")])
def test_a_stray_parameter_is_checked_and_ignored(
    client_of_acme: Client, campaign: Campaign, method: str, suffix: str, stray: str
) -> None:
    wrong = client_of_acme.send(method, path(campaign) + suffix, b"{}", params={stray: "x"})
    assert wrong.json()["detail"][0]["loc"] == ["query", stray]
    ignored = client_of_acme.send(method, path(campaign) + suffix, b"{}", params={stray: str(uuid4())})
    assert ignored.status_code in (200, 204)


def test_a_deleted_campaign_is_hidden_stopped_and_comes_back(client_of_acme: Client, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, status="running")
    deleted = client_of_acme.delete(path(campaign))
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client_of_acme.get(path(campaign)).status_code == 404
    assert client_of_acme.delete(path(campaign)).status_code == 404
    assert client_of_acme.get("/campaigns", only_deleted=True).json()["meta"]["total"] == 1
    restored = client_of_acme.post(f"{path(campaign)}/restore")
    assert (restored.status_code, restored.json()["status"]) == (200, "paused")
    assert client_of_acme.post(f"{path(campaign)}/restore").json() == restored.json()


def test_a_purge_removes_for_good_and_the_ledger_survives(client_of_acme: Client, campaign: Campaign) -> None:
    called(TargetFactory(campaign=campaign))
    client_of_acme.delete(path(campaign))
    assert client_of_acme.delete(path(campaign), purge=True, delete_attempts=True).status_code == 204
    assert client_of_acme.post(f"{path(campaign)}/restore").status_code == 404
    assert client_of_acme.get("/campaigns", include_deleted=True).json()["meta"]["total"] == 0
    assert not Campaign.all_objects.exists()
    assert not Attempt.objects.exists()
    assert DialLedger.objects.count() == 1


def test_attempts_of_a_purged_campaign_stay_unless_asked_otherwise(client_of_acme: Client, campaign: Campaign) -> None:
    attempt = called(TargetFactory(campaign=campaign))
    assert client_of_acme.delete(path(campaign), purge=True).status_code == 204
    (row,) = client_of_acme.get("/calls").json()["data"]
    assert (row["attempt"]["id"], row["campaigns"]) == (str(attempt.pk), [])
    assert client_of_acme.get(f"/customers/{row['customer']['id']}/campaigns").json()["data"] == []


def test_attempts_can_be_removed_while_the_campaign_is_only_hidden(client_of_acme: Client, campaign: Campaign) -> None:
    called(TargetFactory(campaign=campaign))
    assert client_of_acme.delete(path(campaign), delete_attempts=True).status_code == 204
    assert not Attempt.objects.exists()
    assert client_of_acme.post(f"{path(campaign)}/restore").status_code == 200


def test_attempts_under_way_are_not_removed_and_the_campaign_stays(client_of_acme: Client, campaign: Campaign) -> None:
    called(TargetFactory(campaign=campaign), state="accepted", outcome="", ended_at=None)
    assert client_of_acme.delete(path(campaign), delete_attempts=True).status_code == 409
    assert client_of_acme.get(path(campaign)).status_code == 200
    assert CampaignTarget.objects.count() == 1


@pytest.mark.parametrize("flag", ["purge", "delete_attempts"])
def test_a_flag_that_is_none_is_located(client_of_acme: Client, campaign: Campaign, flag: str) -> None:
    response = client_of_acme.delete(path(campaign), **{flag: "perhaps"})
    assert response.json()["detail"][0]["loc"] == ["query", flag]


def test_an_owner_brings_back_what_is_theirs_and_nobody_else_s(acme: Organization) -> None:
    user = user_of(acme, Role.OPERATOR)
    mine, other = CampaignFactory(organization=acme, owner=user), CampaignFactory(organization=acme)
    Campaign.objects.all().soft_delete()
    client = Client(token_of(acme, user))
    assert client.post(f"{path(mine)}/restore").status_code == 200
    assert client.post(f"{path(other)}/restore").status_code == 404
    assert client_of(acme).post(f"{path(other)}/restore").status_code == 200
