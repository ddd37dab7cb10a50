"""One campaign in three dialects: made through Anyreach, filled through Agentalk, read through Umanize."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.utils.dateparse import parse_datetime

from organizations.models import Agent, Organization, PhoneNumber
from tests.api.agentalk.client import Client as AgentalkClient
from tests.api.agentalk.client import client_of as agentalk_of
from tests.api.anyreach.client import ALWAYS
from tests.api.anyreach.client import Client as AnyreachClient
from tests.api.anyreach.client import client_of as anyreach_of
from tests.api.umanize.client import Client as UmanizeClient
from tests.api.umanize.client import client_of as umanize_of
from tests.factories import AgentFactory, CampaignFactory, PhoneNumberFactory

pytestmark = pytest.mark.django_db


class Dialects(NamedTuple):
    umanize: UmanizeClient
    agentalk: AgentalkClient
    anyreach: AnyreachClient

    def statuses(self, campaign_id: str) -> tuple[str, str, str]:
        """Return how a campaign stands in Umanize's, Agentalk's and Anyreach's words."""
        return (
            self.umanize.get(f"/campaigns/{campaign_id}").json()["status"],
            self.agentalk.get(f"/api/campaigns/{campaign_id}").json()["status"],
            self.anyreach.get(f"/campaign/campaigns/{campaign_id}").json()["status"],
        )


@pytest.fixture
def dialects(acme: Organization) -> Dialects:
    return Dialects(umanize_of(acme), agentalk_of(acme), anyreach_of(acme))


@pytest.fixture
def agent(acme: Organization) -> Agent:
    made: Agent = AgentFactory(organization=acme, name="Vera")
    return made


@pytest.fixture
def line(acme: Organization) -> PhoneNumber:
    made: PhoneNumber = PhoneNumberFactory(organization=acme)
    return made


def make(dialects: Dialects, **configured: Any) -> dict[str, Any]:
    """Make a campaign through Anyreach, with a configuration of its own."""
    body = {"name": "Any time", "schedule": {"default_windows": ALWAYS}, **configured}
    configuration = dialects.anyreach.post("/campaign/configurations", body).json()
    campaign: dict[str, Any] = dialects.anyreach.post(
        "/campaign/campaigns", {"name": "Spring", "configuration_id": configuration["id"], "external_id": "spring"}
    ).json()
    return campaign


def enrol(dialects: Dialects, campaign: dict[str, Any], phone: str = "+393471234567") -> str:
    """Write somebody down and add them through Agentalk; return their id."""
    body = {"phone": phone, "firstName": "Ada", "lastName": "Byron", "email": "ada@example.com"}
    person: str = dialects.agentalk.post("/api/contacts", body).json()["id"]
    answer = dialects.agentalk.post(f"/api/campaigns/{campaign['id']}/contacts", {"contactIds": [person]}).json()
    assert (answer["added"], answer["addedIds"]) == (1, [person])
    return person


@pytest.mark.usefixtures("agent", "line")
def test_a_person_enrolled_in_one_dialect_is_the_same_person_in_each(dialects: Dialects) -> None:
    campaign = make(dialects)
    person = enrol(dialects, campaign)
    (target,) = dialects.umanize.get(f"/campaigns/{campaign['id']}/targets").json()["data"]
    told = {name: target["customer"][name] for name in ("id", "name", "surname", "email", "phone")}
    assert told == {
        "id": person,
        "name": "Ada",
        "surname": "Byron",
        "email": "ada@example.com",
        "phone": "+393471234567",
    }
    (contact,) = dialects.anyreach.get(f"/campaign/campaigns/{campaign['id']}/contacts").json()["contacts"]
    assert (contact["id"], contact["phone_numbers"]) == (target["id"], ["+393471234567"])
    (listed,) = dialects.umanize.get(f"/customers/{person}/campaigns").json()["data"]
    assert listed["id"] == campaign["id"]


@pytest.mark.usefixtures("agent", "line")
def test_the_name_and_the_times_are_the_same_in_each(dialects: Dialects) -> None:
    campaign = make(dialects)
    umanize = dialects.umanize.get(f"/campaigns/{campaign['id']}").json()
    agentalk = dialects.agentalk.get(f"/api/campaigns/{campaign['id']}").json()
    assert {shown["name"] for shown in (umanize, agentalk, campaign)} == {"Spring"}
    made = {parse_datetime(text) for text in (umanize["created_at"], agentalk["createdAt"], campaign["created_at"])}
    assert len(made) == 1


@pytest.mark.usefixtures("agent", "line")
def test_a_move_in_one_dialect_is_seen_in_each(dialects: Dialects) -> None:
    campaign = make(dialects)
    key = campaign["id"]
    enrol(dialects, campaign)
    assert dialects.statuses(key) == ("running", "active", "active")
    dialects.agentalk.post(f"/api/campaigns/{key}/pause")
    assert dialects.statuses(key) == ("paused", "paused", "paused")
    dialects.umanize.post(f"/campaigns/{key}/resume")
    assert dialects.statuses(key) == ("running", "active", "active")
    dialects.anyreach.post(f"/campaign/campaigns/{key}/pause")
    assert dialects.statuses(key) == ("paused", "paused", "paused")
    assert dialects.agentalk.post(f"/api/campaigns/{key}/start").json()["status"] == "active"
    dialects.umanize.patch(f"/campaigns/{key}", {"status": "done"})
    assert dialects.statuses(key) == ("done", "completed", "active")
    dialects.anyreach.post(f"/campaign/campaigns/{key}/close")
    assert dialects.statuses(key) == ("done", "stopped", "closed")
    assert dialects.agentalk.post(f"/api/campaigns/{key}/start").status_code == 400
    assert dialects.umanize.post(f"/campaigns/{key}/start").status_code == 409


@pytest.mark.usefixtures("agent", "line")
def test_a_start_that_is_to_come_is_no_start_yet_in_any(dialects: Dialects, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    enrol(dialects, {"id": str(campaign.pk)})
    dialects.agentalk.post(f"/api/campaigns/{campaign.pk}/start", {"startAt": "2099-01-01T09:00:00Z"})
    assert dialects.statuses(str(campaign.pk)) == ("draft", "draft", "paused")


@pytest.mark.usefixtures("agent", "line")
def test_the_numbers_are_the_same_in_each(dialects: Dialects) -> None:
    campaign = make(dialects)
    key = campaign["id"]
    for last in (1, 2):
        enrol(dialects, campaign, f"+39347123456{last}")
    people = [{"external_id": "third", "phone_numbers": ["+393471234563"]}]
    dialects.anyreach.post(f"/campaign/campaigns/{key}/contacts", {"contacts": people})
    detail = dialects.umanize.get(f"/campaigns/{key}").json()
    stats = dialects.anyreach.get(f"/campaign/campaigns/{key}/stats").json()
    assert detail["targets_total"] == detail["metrics"]["contacts_total"] == 3
    assert dialects.umanize.get(f"/campaigns/{key}/targets").json()["meta"]["total"] == 3
    assert dialects.agentalk.get(f"/api/campaigns/{key}").json()["contactCount"] == 3
    assert (stats["contacts"]["total"], stats["contacts"]["pending"], stats["attempts"]["total"]) == (3, 3, 0)
    assert detail["metrics"]["calls_total"] == 0


def test_umanize_shows_who_speaks_for_a_campaign_of_another_dialect(
    dialects: Dialects, agent: Agent, line: PhoneNumber
) -> None:
    campaign = make(dialects)
    detail = dialects.umanize.get(f"/campaigns/{campaign['id']}").json()
    (item,) = dialects.umanize.get("/campaigns").json()["data"]
    paused = dialects.umanize.post(f"/campaigns/{campaign['id']}/pause").json()
    for shown in (detail, item, paused):
        assert (shown["agent_id"], shown["phone_number_id"]) == (str(agent.pk), str(line.pk))
    assert (item["agent_name"], item["phone_number"]) == ("Vera", line.number)


def test_the_agent_a_configuration_names_is_the_one_shown(dialects: Dialects, acme: Organization, agent: Agent) -> None:
    other = AgentFactory(organization=acme)
    campaign = make(dialects, agent_id=other.external_id)
    assert dialects.umanize.get(f"/campaigns/{campaign['id']}").json()["agent_id"] == str(other.pk) != str(agent.pk)


def test_where_nobody_speaks_yet_the_agent_is_the_nil_uuid(dialects: Dialects) -> None:
    campaign = make(dialects)
    detail = dialects.umanize.get(f"/campaigns/{campaign['id']}").json()
    (item,) = dialects.umanize.get("/campaigns").json()["data"]
    assert {detail["agent_id"], item["agent_id"]} == {str(UUID(int=0))}
    assert "agent" in [check["key"] for check in detail["readiness"]["checks"] if check["status"] == "missing"]


@pytest.mark.usefixtures("agent", "line")
def test_umanize_shows_the_hours_and_delays_of_the_configuration(dialects: Dialects) -> None:
    window = {"days": ["sat", "sun"], "start": "10:30", "end": "12:00"}
    campaign = make(dialects, schedule={"default_windows": [window]}, max_retries=2, retry_delay_minutes=90)
    for path in (f"/campaigns/{campaign['id']}", "/campaigns"):
        answer = dialects.umanize.get(path).json()
        shown = answer["data"][0] if "data" in answer else answer
        assert shown["call_working_hours"] == {"start": "10:30:00", "end": "12:00:00", "weekdays": [5, 6]}
        assert shown["call_attempt_delays"] == [90, 90]


def test_no_dialect_shows_another_organization_s_campaign(dialects: Dialects, globex: Organization) -> None:
    foreign = CampaignFactory(organization=globex).pk
    answers = [
        dialects.umanize.get(f"/campaigns/{foreign}"),
        dialects.agentalk.get(f"/api/campaigns/{foreign}"),
        dialects.anyreach.get(f"/campaign/campaigns/{foreign}"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
