from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Suppression
from customers.suppressions import suppress
from lib import clock
from organizations.models import Organization
from targets.lifecycle import AttemptState
from targets.models import Attempt, CampaignTarget
from tests.api.anyreach.client import Client, client_of
from tests.factories import AgentFactory, AttemptFactory, CustomerFactory, PhoneNumberFactory

pytestmark = pytest.mark.django_db

ADHOC = "/campaign/campaigns/default/contacts"


def person(number: int, **fields: Any) -> dict[str, Any]:
    return {"external_id": f"p{number}", "phone_numbers": [f"+1212555{number:04}"], **fields}


def upsert(client: Client, path: str, *contacts: dict[str, Any]) -> dict[str, Any]:
    response = client.post(path, {"contacts": list(contacts)})
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def target(contact_id: str) -> CampaignTarget:
    found: CampaignTarget = CampaignTarget.objects.get(pk=contact_id)
    return found


def test_a_contact_is_shown_as_it_was_sent(client: Client, contacts: str, acme: Organization) -> None:
    agent, line = AgentFactory(organization=acme), PhoneNumberFactory(organization=acme)
    said = {
        "external_id": "p1",
        "phone_numbers": ["+12125550101", "+13125550102"],
        "data": {"name": "Ada", "visits": [1, {"at": None}], "vip": True},
        "timezone": "America/Chicago",
        "scheduled_at": "2030-01-01T10:00:00+02:00",
        "agent_id": agent.external_id,
        "agent_version": "7",
        "agent_number": line.number,
        "agent_config": {"agent": {"language": "es"}},
        "initial_context": {"source": "web"},
    }
    (contact_id,) = upsert(client, contacts, said)["contact_ids"]
    for name in (contact_id, "p1"):
        shown = client.get(f"{contacts}/{name}").json()
        assert {key: shown[key] for key in said} == {**said, "scheduled_at": "2030-01-01T08:00:00Z"}
    assert (shown["status"], shown["attempt_count"], shown["attempts"]) == ("pending", 0, [])
    assert (shown["next_attempt_at"], shown["id"]) == ("2030-01-01T08:00:00Z", contact_id)
    assert shown["campaign_id"] == contacts.split("/")[3]


def test_who_is_known_is_changed_and_the_others_are_added(client: Client, contacts: str) -> None:
    first = upsert(client, contacts, person(1, data={"a": 1}, timezone="America/Denver"), person(2))
    second = upsert(
        client,
        contacts,
        person(3),
        {"external_id": "p1", "data": {"b": 2}},
        {"id": first["contact_ids"][1], "external_id": "p2b", "phone_numbers": ["(212) 555-0199"]},
    )
    assert (first["inserted"], first["updated"], second["inserted"], second["updated"]) == (2, 0, 1, 2)
    assert second["contact_ids"][1:] == first["contact_ids"]
    kept = client.get(f"{contacts}/p1").json()
    assert (kept["data"], kept["timezone"], kept["phone_numbers"]) == ({"b": 2}, "America/Denver", ["+12125550001"])
    assert client.get(f"{contacts}/p2").status_code == 404
    assert client.get(f"{contacts}/p2b").json()["phone_numbers"] == ["+12125550199"]


def test_ids_are_told_in_the_requests_order(client: Client, contacts: str) -> None:
    known = upsert(client, contacts, *(person(n) for n in range(10)))["contact_ids"]
    answer = upsert(client, contacts, *(person(n) for n in reversed(range(12))))
    assert answer["contact_ids"][2:] == list(reversed(known))
    assert [str(target(key).external_id) for key in answer["contact_ids"]] == [f"p{n}" for n in reversed(range(12))]


def test_a_row_that_cannot_be_taken_now_is_told_and_the_others_are_taken(client: Client, contacts: str) -> None:
    busy, free = upsert(client, contacts, person(1), person(2))["contact_ids"]
    CampaignTarget.objects.filter(pk=busy).update(state="contacting")
    answer = upsert(
        client,
        contacts,
        person(1),
        {"id": "00000000-0000-4000-8000-000000000000", "phone_numbers": ["+12125550100"]},
        {"id": "nobody", "external_id": "p9"},
        person(3),
        person(3),
        {"id": free, "external_id": "p1"},
        {"id": free},
    )
    assert [(failure["index"], failure["external_id"]) for failure in answer["failed"]] == [
        (0, "p1"), (1, None), (2, "p9"), (4, "p3"), (5, "p1"), (6, None),
    ]  # fmt: skip
    errors = [failure["error"] for failure in answer["failed"]]
    assert "live call" in errors[0]
    assert "nobody with this id" in errors[1] == errors[2]
    assert all("more than once" in error for error in errors[3:])
    assert (answer["inserted"], answer["updated"], len(answer["contact_ids"])) == (1, 0, 1)


def test_another_contacts_external_id_is_not_taken_over(client: Client, contacts: str) -> None:
    _first, second = upsert(client, contacts, person(1), person(2))["contact_ids"]
    (failure,) = upsert(client, contacts, {"id": second, "external_id": "p1"})["failed"]
    assert "somebody else" in failure["error"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"phone_numbers": ["+12125550100", "12"]}, "contacts[1].phone_numbers[1]: "),
        ({"phone_numbers": ["nobody"]}, "contacts[1].phone_numbers[0]: "),
        ({"phone_numbers": []}, "contacts[1].phone_numbers: "),
        ({"phone_numbers": None}, "contacts[1].phone_numbers: "),
        ({"phone_numbers": [12125550100]}, "contacts[1].phone_numbers[0]: "),
        ({"phone_numbers": [f"+1212555{n:04}" for n in range(11)]}, "contacts[1].phone_numbers: "),
        ({"timezone": "Mars/Olympus"}, "contacts[1].timezone: "),
        ({"scheduled_at": "tomorrow"}, "contacts[1].scheduled_at: "),
        ({"scheduled_at": "10000-01-01T00:00:00Z"}, "contacts[1].scheduled_at: "),
        ({"scheduled_at": "0001-01-01T00:00:00+14:00"}, "contacts[1].scheduled_at: "),
        ({"scheduled_at": "9999-12-31T23:59:59-14:00"}, "contacts[1].scheduled_at: "),
        ({"scheduled_at": 7}, "contacts[1].scheduled_at: "),
        ({"data": []}, "contacts[1].data: "),
        ({"agent_id": "nobody"}, "contacts[1].agent_id: "),
        ({"agent_number": "+12125550100"}, "contacts[1].agent_number: "),
        ({"external_id": "default"}, "contacts[1].external_id: "),
        ({"external_id": "00000000-0000-4000-8000-000000000000"}, "contacts[1].external_id: "),
    ],
)
def test_a_row_that_makes_no_sense_is_named_and_nothing_is_written(
    client: Client, contacts: str, wrong: dict[str, Any], named: str
) -> None:
    response = client.post(contacts, {"contacts": [person(1), {**person(2), **wrong}]})
    assert response.status_code == 422
    assert response.json()["detail"].startswith(named)
    assert not CampaignTarget.objects.exists()
    assert not Customer.objects.exists()


def test_a_new_contact_needs_a_number(client: Client, contacts: str) -> None:
    response = client.post(contacts, {"contacts": [person(1), {"external_id": "p2"}]})
    assert (response.status_code, "contacts[1].phone_numbers" in response.json()["detail"]) == (422, True)
    assert not CampaignTarget.objects.exists()


@pytest.mark.parametrize("contacts_sent", [[], None, {}, [7], [None], [person(1)] * 1001])
def test_a_request_has_one_to_a_thousand_contacts(client: Client, contacts: str, contacts_sent: Any) -> None:
    assert client.post(contacts, {"contacts": contacts_sent}).status_code == 422
    assert client.post(contacts, {}).status_code == 422


@pytest.mark.parametrize(
    ("code", "written", "stored"),
    [
        ("+1", "(212) 555-0100", "+12125550100"),
        ("+39", "02 1234567", "+39021234567"),
        ("+34", "611 22 33 44", "+34611223344"),
    ],
)
def test_numbers_are_read_as_those_of_the_configurations_country(
    client: Client, contacts: str, configuration: dict[str, Any], code: str, written: str, stored: str
) -> None:
    client.patch(f"/campaign/configurations/{configuration['id']}", {"default_country_code": code})
    upsert(client, contacts, {"external_id": "p1", "phone_numbers": [written, stored]})
    assert client.get(f"{contacts}/p1").json()["phone_numbers"] == [stored]


def test_what_is_good_to_know_is_a_warning(client: Client, contacts: str, acme: Organization) -> None:
    suppress(organization=acme, address="+12125550002", source=Suppression.Source.API)
    AgentFactory(organization=acme)
    answer = upsert(client, contacts, {"phone_numbers": ["+12125550001"] * 2}, person(2))
    assert [(warning["index"], answer["inserted"]) for warning in answer["warnings"]] == [(0, 2), (1, 2)]
    assert "given twice" in answer["warnings"][0]["message"]
    assert "will not be contacted" in answer["warnings"][1]["message"]
    assert client.get(f"{contacts}/p2").json()["status"] == "exhausted"


def test_without_anybody_to_speak_a_contact_is_taken_with_a_warning(client: Client, contacts: str) -> None:
    (warning,) = upsert(client, contacts, person(1))["warnings"]
    assert "agent" in warning["message"]


def test_a_thousand_contacts_cost_as_many_statements_as_three(client: Client, contacts: str) -> None:
    upsert(client, contacts, person(9999))  # loads what is kept in memory of the campaign
    counts = []
    for many in (3, 1000):
        with CaptureQueriesContext(connection) as inserting:
            upsert(client, contacts, *(person(n) for n in range(many)))
        with CaptureQueriesContext(connection) as updating:
            upsert(client, contacts, *(person(n, data={"n": n}) for n in range(many)))
        counts.append((len(inserting), len(updating)))
        with CaptureQueriesContext(connection) as listing:
            assert len(client.get(contacts, limit=min(many, 200)).json()["contacts"]) == min(many, 200)
        counts.append((len(listing), 0))
        CampaignTarget.all_objects.all().delete()
    assert counts[:2] == counts[2:]
    assert max(counts[0]) < 30
    assert counts[1][0] < 8


def test_a_person_keeps_their_place_in_the_organizations_book(
    client: Client, contacts: str, acme: Organization
) -> None:
    known = CustomerFactory(organization=acme, phone="+12125550001")
    first, again = upsert(client, contacts, person(1), person(1, external_id="p1b"))["contact_ids"]
    assert target(first).customer_id == known.pk
    assert target(again).customer_id != known.pk  # one customer is in a campaign once
    assert target(again).customer.phone == "+12125550001"


def test_a_list_is_paged_and_narrowed(client: Client, contacts: str, acme: Organization) -> None:
    ids = upsert(client, contacts, *(person(n) for n in range(5)))["contact_ids"]
    CampaignTarget.objects.filter(pk=ids[0]).update(state="done", done_reason="goal_met", next_attempt_at=None)
    CampaignTarget.objects.filter(pk=ids[1]).update(state="suppressed", next_attempt_at=None)
    CampaignTarget.objects.filter(pk=ids[2]).update(state="contacting")
    CampaignTarget.objects.filter(pk=ids[3]).update(state="contacting")
    AttemptFactory(target=target(ids[2]))
    AttemptFactory(
        target=target(ids[3]), state=AttemptState.ACCEPTED, provider_id="conv", submit_started_at=clock.now()
    )
    whole = client.get(contacts).json()
    assert ([c["id"] for c in whole["contacts"]], whole["total"]) == (ids, 5)
    assert [c["status"] for c in whole["contacts"]] == ["completed", "exhausted", "locked", "in_progress", "pending"]
    page = client.get(contacts, limit=2, offset=1).json()
    assert [c["id"] for c in page["contacts"]] == ids[1:3]
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 1)
    for status in ("completed", "exhausted", "locked", "in_progress", "pending"):
        found = client.get(contacts, status=status).json()
        assert ([c["status"] for c in found["contacts"]], found["total"]) == ([status], 1)


@pytest.mark.parametrize("asked", [{"limit": 201}, {"limit": 0}, {"offset": -1}, {"offset": 2**31}, {"status": "done"}])
def test_what_cannot_be_asked_of_a_list_is_told(client: Client, contacts: str, asked: dict[str, Any]) -> None:
    assert client.get(contacts, **asked).status_code == 422


ATTEMPTS = [  # (fields of an attempt, status shown, counted)
    ({"state": "reserved"}, "triggered", 1),
    ({"state": "submitting"}, "triggered", 1),
    ({"state": "unknown"}, "triggered", 1),
    ({"state": "accepted", "phase": 0}, "triggered", 1),
    ({"state": "accepted", "phase": 1}, "ringing", 1),
    ({"state": "accepted", "phase": 2}, "in_progress", 1),
    ({"state": "completed", "outcome": "answered", "duration_seconds": 61}, "completed", 1),
    ({"state": "completed", "outcome": "no_answer"}, "unanswered", 1),
    ({"state": "completed", "outcome": "busy"}, "unanswered", 1),
    ({"state": "completed", "outcome": "voicemail"}, "unanswered", 1),
    ({"state": "failed", "outcome": "failed"}, "failed", 1),
    ({"state": "rejected"}, "failed", 1),
    ({"state": "gave_up"}, "failed", 1),
    ({"state": "not_placed"}, "cancelled", 0),
]


@pytest.mark.parametrize(("fields", "status", "counted"), ATTEMPTS)
def test_an_attempt_is_shown_in_the_dialects_words(
    client: Client, contacts: str, fields: dict[str, Any], status: str, counted: int
) -> None:
    (contact_id,) = upsert(client, contacts, person(1))["contact_ids"]
    sent = {} if fields["state"] == "reserved" else {"submit_started_at": clock.now(), "provider_id": "conv_1"}
    attempt = AttemptFactory(target=target(contact_id), **{**sent, **fields})
    shown = client.get(f"{contacts}/{contact_id}").json()
    assert shown["attempt_count"] == counted
    (one,) = shown["attempts"]
    assert (one["id"], one["status"], one["phone_number"]) == (str(attempt.pk), status, "+12125550001")
    assert (one["outcome"], one["duration"]) == (fields.get("outcome"), fields.get("duration_seconds"))
    assert one["conversation_id"] == (sent.get("provider_id"))


def test_what_was_given_back_before_it_was_sent_is_no_attempt(client: Client, contacts: str) -> None:
    (contact_id,) = upsert(client, contacts, person(1))["contact_ids"]
    AttemptFactory(target=target(contact_id), state="released")
    assert client.get(f"{contacts}/{contact_id}").json()["attempts"] == []


def test_a_removed_contact_is_gone_and_its_id_is_free(client: Client, contacts: str) -> None:
    (first,) = upsert(client, contacts, person(1))["contact_ids"]
    assert client.delete(f"{contacts}/p1").status_code == 204
    for name in ("p1", first):
        assert client.get(f"{contacts}/{name}").status_code == 404
        assert client.delete(f"{contacts}/{name}").status_code == 404
    assert client.get(contacts).json()["total"] == 0
    again = upsert(client, contacts, person(1))
    assert (again["inserted"], again["contact_ids"] != [first]) == (1, True)


def test_a_contact_in_a_live_call_is_not_removed(client: Client, contacts: str) -> None:
    (contact_id,) = upsert(client, contacts, person(1))["contact_ids"]
    CampaignTarget.objects.filter(pk=contact_id).update(state="contacting")
    assert client.delete(f"{contacts}/p1").status_code == 409
    assert client.get(f"{contacts}/p1").status_code == 200


def test_contacts_of_no_campaign_have_none(client: Client, acme: Organization, globex: Organization) -> None:
    assert client.get(ADHOC).json() == {"contacts": [], "total": 0, "limit": 50, "offset": 0}
    assert client.get(f"{ADHOC}/p1").status_code == 404
    (contact_id,) = upsert(client, ADHOC, person(1))["contact_ids"]
    upsert(client, ADHOC, person(2))
    assert client.get(f"{ADHOC}/p1").json()["campaign_id"] is None
    assert client.get(ADHOC).json()["total"] == 2
    assert client_of(globex).get(ADHOC).json()["total"] == 0
    hidden = target(contact_id).campaign
    assert (hidden.is_adhoc, hidden.status) == (True, "running")
    assert client.get("/campaign/campaigns").json()["campaigns"] == []
    for path in (str(hidden.pk), "default", f"{hidden.pk}/contacts", f"{hidden.pk}/stats", "default/stats"):
        assert client.get(f"/campaign/campaigns/{path}").status_code == 404
    assert client.delete(f"{ADHOC}/p1").status_code == 204


@pytest.mark.parametrize("number", ["(212) 555-0100", "12125550100", "0012125550100", "+1 212 555 0100", "+121255501"])
def test_numbers_of_no_campaign_are_in_e164_already(client: Client, number: str) -> None:
    response = client.post(ADHOC, {"contacts": [{"phone_numbers": [number]}]})
    assert (response.status_code, "contacts[0].phone_numbers[0]" in response.json()["detail"]) == (422, True)


def test_new_contacts_let_a_campaign_go_on_that_had_nothing_left_to_do(client: Client, contacts: str) -> None:
    (contact_id,) = upsert(client, contacts, person(1))["contact_ids"]
    campaign = target(contact_id).campaign
    type(campaign).objects.filter(pk=campaign.pk).update(status="completed")
    upsert(client, contacts, person(2))
    campaign.refresh_from_db()
    assert campaign.status == "running"


def test_another_time_and_other_numbers_are_looked_at_at_once(client: Client, contacts: str) -> None:
    (contact_id,) = upsert(client, contacts, person(1, scheduled_at="2030-01-01T00:00:00Z"))["contact_ids"]
    upsert(client, contacts, {"external_id": "p1", "scheduled_at": None})
    assert CampaignTarget.objects.due(clock.now() + timedelta(seconds=1)).filter(pk=contact_id).exists()
    gone = {"state": "done", "done_reason": "unreachable", "next_attempt_at": None, "stage": "lost"}
    CampaignTarget.objects.filter(pk=contact_id).update(**gone)
    upsert(client, contacts, {"external_id": "p1", "data": {"x": 1}})
    assert target(contact_id).state == "done"
    upsert(client, contacts, {"external_id": "p1", "phone_numbers": ["+12125550177"]})
    back = target(contact_id)
    assert (back.state, back.done_reason, back.stage) == ("ready", "", "new")


def test_statistics_count_contacts_and_attempts(client: Client, campaign: dict[str, Any], contacts: str) -> None:
    stats = f"/campaign/campaigns/{campaign['id']}/stats"
    nothing = client.get(stats).json()
    assert nothing["attempts"] == {"total": 0, "average_per_contact": 0}
    ids = upsert(client, contacts, *(person(n) for n in range(6)))["contact_ids"]
    states = [("done", "goal_met"), ("done", "exhausted"), ("suppressed", ""), ("verifying", ""), ("contacting", "")]
    for contact_id, (state, reason) in zip(ids, states, strict=False):
        if state == "verifying":
            CampaignTarget.objects.filter(pk=contact_id).update(state="contacting")
        CampaignTarget.objects.filter(pk=contact_id).update(state=state, done_reason=reason, next_attempt_at=None)
    AttemptFactory(target=target(ids[4]))
    for number in (1, 2, 3):
        AttemptFactory(
            target=target(ids[0]), number=number, state="completed", outcome="busy", provider_id=f"c{number}",
            submit_started_at=clock.now(),
        )  # fmt: skip
    assert client.get(stats).json() == {
        "campaign_id": campaign["id"],
        "status": "active",
        "contacts": {"total": 6, "pending": 1, "in_progress": 2, "completed": 1, "exhausted": 2},
        "attempts": {"total": 4, "average_per_contact": 0.67},
        "active_calls": 1,
        "concurrency_limit": 10,
    }
    assert client.get("/campaign/campaigns/spring-1/stats").status_code == 404
    assert Attempt.objects.count() == 4
