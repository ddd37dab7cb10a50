from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from campaigns.models import Campaign
from organizations.models import AuditEvent, Organization, Role
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.factories import AgentFactory, PhoneNumberFactory, WhatsAppChannelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def body(acme: Organization) -> dict[str, Any]:
    """What the smallest campaign needs."""
    agent, number = AgentFactory(organization=acme), PhoneNumberFactory(organization=acme)
    return {"name": "Spring", "agent_id": str(agent.pk), "phone_number_id": str(number.pk)}


def test_the_smallest_campaign_is_a_draft_with_the_defaults(client_of_acme: Client, body: dict[str, Any]) -> None:
    response = client_of_acme.post("/campaigns", body)
    assert response.status_code == 201
    answer = response.json()
    assert answer | body == answer
    assert answer["status"] == "draft"
    assert answer["goal_spec"] == {"objectives": []}
    assert answer["goal_logic"] == "all"
    assert answer["first_contact_channel"] == "call"
    assert answer["whatsapp_after_attempts"] == 3
    assert answer["call_attempt_delays"] == [60, 240, 1440]
    assert answer["call_working_hours"] == {"start": "09:00:00", "end": "19:00:00", "weekdays": [0, 1, 2, 3, 4]}


def test_everything_that_is_sent_comes_back(client_of_acme: Client, body: dict[str, Any], acme: Organization) -> None:
    channel = WhatsAppChannelFactory(organization=acme)
    body |= {
        "whatsapp_channel_id": str(channel.pk),
        "goal": "An appointment is made.",
        "goal_spec": {
            "objectives": [
                {"type": "contact", "channels": ["call"], "min_count": 2},
                {"type": "email", "min_count": 1},
                {"type": "ai", "label_in": ["positive", "neutral"], "min_score": 0.5},
            ]
        },
        "goal_logic": "any",
        "first_contact_channel": "whatsapp",
        "call_opening_message": " Good morning! ",
        "whatsapp_first_message": "We tried to call you.",
        "whatsapp_after_attempts": 1,
        "call_attempt_delays": [0, 30],
        "call_working_hours": {"start": "18:30:00", "end": "02:00:00", "weekdays": [5, 6]},
    }
    answer = client_of_acme.post("/campaigns", body).json()
    assert {name: answer[name] for name in body} == body


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"end": "00:00:00"}, {"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "24:00"}),
        ({"start": "00:00:00", "end": "00:00:00"}, {"days": [0, 1, 2, 3, 4], "start": "00:00", "end": "24:00"}),
        ({"weekdays": []}, {"days": [], "start": "09:00", "end": "19:00"}),
        ({"start": "09:00:30"}, {"days": [0, 1, 2, 3, 4], "start": "09:00:30", "end": "19:00"}),
    ],
)
def test_hours_mean_the_same_in_the_domain(
    client_of_acme: Client, body: dict[str, Any], sent: dict[str, Any], stored: dict[str, Any]
) -> None:
    response = client_of_acme.post("/campaigns", body | {"call_working_hours": sent})
    assert Campaign.objects.get(pk=response.json()["id"]).working_hours == [stored]
    assert response.json()["call_working_hours"] | sent == response.json()["call_working_hours"]


@pytest.mark.parametrize("name", ["goal", "call_working_hours", "call_attempt_delays", "goal_logic", "status"])
def test_null_is_the_same_as_nothing(client_of_acme: Client, body: dict[str, Any], name: str) -> None:
    without = client_of_acme.post("/campaigns", body).json()
    with_null = client_of_acme.post("/campaigns", body | {name: None}).json()
    assert {k: v for k, v in with_null.items() if k not in ("id", "created_at", "updated_at")} == {
        k: v for k, v in without.items() if k not in ("id", "created_at", "updated_at")
    }


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"name": None}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": "x" * 256}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"agent_id": None}, ["agent_id"]),
        ({"agent_id": "nobody"}, ["agent_id"]),
        ({"agent_id": 7}, ["agent_id"]),
        ({"phone_number_id": None}, ["phone_number_id"]),
        ({"goal_logic": "some"}, ["goal_logic"]),
        ({"goal_logic": True}, ["goal_logic"]),
        ({"goal_spec": []}, ["goal_spec"]),
        ({"goal_spec": {"objectives": [{"type": "luck"}]}}, ["goal_spec", "objectives", 0]),
        (
            {"goal_spec": {"objectives": [{"type": "ai", "min_score": 2}]}},
            ["goal_spec", "objectives", 0, "ai", "min_score"],
        ),
        ({"first_contact_channel": "fax"}, ["first_contact_channel"]),
        ({"whatsapp_after_attempts": 0}, ["whatsapp_after_attempts"]),
        ({"whatsapp_after_attempts": "3"}, ["whatsapp_after_attempts"]),
        ({"whatsapp_after_attempts": True}, ["whatsapp_after_attempts"]),
        ({"whatsapp_after_attempts": 2**40}, ["whatsapp_after_attempts"]),
        ({"call_attempt_delays": "60"}, ["call_attempt_delays"]),
        ({"call_attempt_delays": [60, "soon"]}, ["call_attempt_delays", 1]),
        ({"call_attempt_delays": [-1]}, ["call_attempt_delays"]),
        ({"call_attempt_delays": [1] * 21}, ["call_attempt_delays"]),
        ({"call_working_hours": "always"}, ["call_working_hours"]),
        ({"call_working_hours": {"start": "9"}}, ["call_working_hours", "start"]),
        ({"call_working_hours": {"start": "09:00:00Z"}}, ["call_working_hours", "start"]),
        ({"call_working_hours": {"start": "09:00:00+02:00"}}, ["call_working_hours", "start"]),
        ({"call_working_hours": {"start": "10:00:00", "end": "10:00:00"}}, ["call_working_hours"]),
        ({"call_working_hours": {"weekdays": [7]}}, ["call_working_hours"]),
        ({"call_working_hours": {"weekdays": ["monday"]}}, ["call_working_hours", "weekdays", 0]),
        ({"status": "ready"}, ["status"]),
    ],
)
def test_a_wrong_value_is_located(
    client_of_acme: Client, body: dict[str, Any], change: dict[str, Any], loc: list[str | int]
) -> None:
    response = client_of_acme.post("/campaigns", body | change)
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", *loc]]
    assert not Campaign.objects.exists()


def test_all_that_is_missing_is_named_at_once(client_of_acme: Client) -> None:
    detail = client_of_acme.post("/campaigns", {}).json()["detail"]
    assert {(*fault["loc"], fault["type"]) for fault in detail} == {
        ("body", name, "missing") for name in ("name", "agent_id", "phone_number_id")
    }


@pytest.mark.parametrize("field", ["agent_id", "phone_number_id", "whatsapp_channel_id"])
def test_what_belongs_to_another_tenant_is_as_if_it_were_not_there(
    client_of_acme: Client, body: dict[str, Any], globex: Organization, field: str
) -> None:
    factories = {
        "agent_id": AgentFactory,
        "phone_number_id": PhoneNumberFactory,
        "whatsapp_channel_id": WhatsAppChannelFactory,
    }
    foreign = client_of_acme.post("/campaigns", body | {field: str(factories[field](organization=globex).pk)})
    missing = client_of_acme.post("/campaigns", body | {field: str(uuid4())})
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert not Campaign.objects.exists()


def test_somebody_else_s_agent_cannot_be_used_by_one_who_is_no_admin(acme: Organization, body: dict[str, Any]) -> None:
    theirs = AgentFactory(organization=acme, owner=user_of(acme, Role.OPERATOR))
    body |= {"agent_id": str(theirs.pk)}
    assert client_of(acme, role=Role.OPERATOR).post("/campaigns", body).status_code == 404
    assert client_of(acme, role=Role.ADMIN).post("/campaigns", body).status_code == 201


def test_a_campaign_belongs_to_the_user_of_the_key(acme: Organization, body: dict[str, Any]) -> None:
    user = user_of(acme, Role.OPERATOR)
    campaign_id = Client(token_of(acme, user)).post("/campaigns", body).json()["id"]
    assert Campaign.objects.get(pk=campaign_id).owner == user


def test_the_audit_log_names_the_key_and_the_request(client_of_acme: Client, body: dict[str, Any]) -> None:
    response = client_of_acme.post("/campaigns", body)
    event = AuditEvent.objects.get(action="campaign.created")
    assert event.api_key_id is not None
    assert event.request_id == response["X-Request-ID"]


def test_a_viewer_creates_nothing(acme: Organization, body: dict[str, Any]) -> None:
    response = client_of(acme, role=Role.VIEWER).post("/campaigns", body)
    assert response.status_code == 403
    assert not Campaign.objects.exists()


def test_a_campaign_that_is_not_ready_is_not_even_created_running(client_of_acme: Client, body: dict[str, Any]) -> None:
    response = client_of_acme.post("/campaigns", body | {"status": "running"})
    assert response.status_code == 409
    assert "targets" in response.json()["detail"]
    assert not Campaign.objects.exists()


def test_a_campaign_can_be_created_done(client_of_acme: Client, body: dict[str, Any]) -> None:
    assert client_of_acme.post("/campaigns", body | {"status": "done"}).json()["status"] == "done"


def test_a_campaign_cannot_be_created_paused(client_of_acme: Client, body: dict[str, Any]) -> None:
    response = client_of_acme.post("/campaigns", body | {"status": "paused"})
    assert (response.status_code, response.json()) == (409, {"detail": "A draft campaign cannot become paused."})
    assert not Campaign.objects.exists()
