from __future__ import annotations

from typing import Any

import pytest

from campaigns.models import Configuration
from lib import zones
from organizations.models import Organization
from tests.api.anyreach.client import ALWAYS, Client, client_of
from tests.factories import AgentFactory, AttemptFactory, CampaignFactory, PhoneNumberFactory, TargetFactory

pytestmark = pytest.mark.django_db

CONFIGURATIONS = "/campaign/configurations"
NIGHT = [{"days": ["fri", "sat"], "start": "22:00", "end": "02:00"}]


def test_a_configuration_has_the_contracts_defaults(client: Client) -> None:
    made = client.post(CONFIGURATIONS, {"name": " Nothing said "}).json()
    told = {name: value for name, value in made.items() if name not in ("id", "created_at", "updated_at")}
    assert told == {
        "name": "Nothing said",
        "schedule": {
            "default_timezone": "America/New_York",
            "default_windows": [],
            "overrides": [],
            "scheduled_windows": None,
            "scheduled_overrides": None,
        },
        "max_retries": 3,
        "retry_delay_minutes": 60,
        "default_country_code": "+1",
        "agent_id": None,
        "agent_version": None,
        "agent_number": None,
        "agent_config": {},
        "initial_context": {},
    }


def test_a_configuration_is_shown_as_it_was_sent(client: Client, acme: Organization) -> None:
    agent, line = AgentFactory(organization=acme), PhoneNumberFactory(organization=acme)
    said = {
        "name": "Everything said",
        "schedule": {
            "default_timezone": "Europe/Rome",
            "default_windows": [{"days": ["mon", "sun"], "start": "09:00", "end": "00:00"}, *NIGHT],
            "overrides": [
                {"timezones": ["America/Chicago", "America/Denver"], "windows": NIGHT},
                {"timezones": ["Asia/Tokyo"], "windows": []},
            ],
            "scheduled_windows": ALWAYS,
            "scheduled_overrides": [],
        },
        "max_retries": 0,
        "retry_delay_minutes": 5,
        "default_country_code": "+39",
        "agent_id": agent.external_id,
        "agent_version": "v2",
        "agent_number": line.number,
        "agent_config": {"tts": {"speed": 1.1}},
        "initial_context": {"shop": "north"},
    }
    made = client.post(CONFIGURATIONS, said).json()
    assert {name: made[name] for name in said} == said
    assert client.get(f"{CONFIGURATIONS}/{made['id']}").json() == made
    assert client.get(CONFIGURATIONS).json() == {"configurations": [made]}


def test_a_change_keeps_what_it_does_not_name(client: Client, configuration: dict[str, Any]) -> None:
    path = f"{CONFIGURATIONS}/{configuration['id']}"
    schedule = {"scheduled_windows": NIGHT, "overrides": [{"timezones": ["Asia/Tokyo"], "windows": NIGHT}]}
    client.patch(path, {"schedule": schedule, "agent_config": {"a": 1}})
    changed = client.patch(path, {"max_retries": 10, "schedule": {"scheduled_windows": None}}).json()
    assert changed["schedule"] == {**configuration["schedule"], "overrides": schedule["overrides"]}
    assert (changed["max_retries"], changed["name"], changed["agent_config"]) == (10, "Office hours", {"a": 1})
    assert client.patch(path, {"agent_config": None}).json()["agent_config"] == {}


def window(**fields: Any) -> dict[str, Any]:
    return {"schedule": {"default_windows": [{"days": ["mon"], "start": "09:00", "end": "17:00", **fields}]}}


def override(*zone_lists: list[str]) -> dict[str, Any]:
    return {"schedule": {"overrides": [{"timezones": names, "windows": NIGHT} for names in zone_lists]}}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"schedule": []}, "schedule"),
        ({"schedule": {"default_timezone": "Mars/Olympus"}}, "schedule.default_timezone"),
        ({"schedule": {"default_timezone": None}}, "schedule.default_timezone"),
        ({"schedule": {"default_windows": None}}, "schedule.default_windows"),
        (window(days=["monday"]), "schedule.default_windows[0].days[0]"),
        (window(days=[]), "schedule.default_windows[0].days"),
        (window(days=[0]), "schedule.default_windows[0].days[0]"),
        (window(start="9:00"), "schedule.default_windows[0].start"),
        (window(start="24:00"), "schedule.default_windows[0].start"),
        (window(end="25:00"), "schedule.default_windows[0].end"),
        (window(end="09:00"), "schedule.default_windows[0]"),
        (window(start="09:00:00"), "schedule.default_windows[0].start"),
        (window(start=9), "schedule.default_windows[0].start"),
        (override(["Mars/Olympus"]), "schedule.overrides"),
        (override(["Asia/Tokyo", "Asia/Tokyo"]), "schedule.overrides"),
        (override(["Asia/Tokyo"], ["Asia/Tokyo"]), "schedule.overrides"),
        (override(["America/Buenos_Aires"], ["America/Argentina/Buenos_Aires"]), "schedule.overrides"),
        (override([]), "schedule.overrides"),
        ({"schedule": {"scheduled_overrides": [{"timezones": ["x"], "windows": []}]}}, "schedule.scheduled_overrides"),
        ({"max_retries": 11}, "max_retries"),
        ({"max_retries": -1}, "max_retries"),
        ({"max_retries": True}, "max_retries"),
        ({"max_retries": "3"}, "max_retries"),
        ({"retry_delay_minutes": -1}, "retry_delay_minutes"),
        ({"retry_delay_minutes": 525_601}, "retry_delay_minutes"),
        ({"default_country_code": "1"}, "default_country_code"),
        ({"default_country_code": "+999"}, "default_country_code"),
        ({"agent_id": "nobody"}, "agent_id"),
        ({"agent_number": "+12125550100"}, "agent_number"),
        ({"agent_config": []}, "agent_config"),
        ({"initial_context": "x"}, "initial_context"),
    ],
)
def test_what_is_no_configuration_is_told(
    client: Client, configuration: dict[str, Any], body: dict[str, Any], named: str
) -> None:
    path = f"{CONFIGURATIONS}/{configuration['id']}"
    for response in (client.post(CONFIGURATIONS, {"name": "x", **body}), client.patch(path, body)):
        assert response.status_code == 422, response.content
        assert response.json()["detail"].startswith(named)
    assert client.get(CONFIGURATIONS).json() == {"configurations": [configuration]}


def test_another_tenants_agent_is_as_if_it_were_not_there(client: Client, globex: Organization) -> None:
    theirs = AgentFactory(organization=globex)
    for name in (theirs.external_id, str(theirs.pk)):
        response = client.post(CONFIGURATIONS, {"name": "x", "agent_id": name})
        missing = client.post(CONFIGURATIONS, {"name": "x", "agent_id": "nobody"})
        assert (response.status_code, response.content) == (422, missing.content)


def test_an_agent_that_has_gone_does_not_keep_the_rest_from_being_changed(client: Client, acme: Organization) -> None:
    agent = AgentFactory(organization=acme)
    made = client.post(CONFIGURATIONS, {"name": "x", "agent_id": str(agent.pk)}).json()
    type(agent).objects.filter(pk=agent.pk).soft_delete()
    body = {"name": "y", "agent_id": str(agent.pk)}
    assert client.patch(f"{CONFIGURATIONS}/{made['id']}", body).json()["name"] == "y"


def test_a_configuration_in_use_stays(client: Client, campaign: dict[str, Any]) -> None:
    path = f"{CONFIGURATIONS}/{campaign['configuration_id']}"
    assert client.delete(path).status_code == 409
    other = client.post(CONFIGURATIONS, {"name": "Other"}).json()["id"]
    client.patch(f"/campaign/campaigns/{campaign['id']}", {"configuration_id": other})
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert Configuration.all_objects.filter(pk=campaign["configuration_id"]).exists()


def test_hours_made_elsewhere_are_shown_too(client: Client, acme: Organization) -> None:
    row = Configuration.objects.create(
        organization=acme, name="x", windows=[{"days": [0], "start": "09:00:30", "end": "24:00"}]
    )
    (shown,) = client.get(f"{CONFIGURATIONS}/{row.pk}").json()["schedule"]["default_windows"]
    assert shown == {"days": ["mon"], "start": "09:00", "end": "00:00"}


def test_all_known_time_zones_are_listed_in_order(client: Client) -> None:
    listed = client.get("/campaign/timezones").json()["timezones"]
    assert listed == sorted(zones.available())
    assert {"America/New_York", "Europe/Rome", "Asia/Kolkata"} <= set(listed)


SETTINGS = "/campaign/concurrency-settings"


def test_the_limit_of_live_calls_is_read_and_set(client: Client, acme: Organization, globex: Organization) -> None:
    AttemptFactory(target=TargetFactory(campaign=CampaignFactory(organization=acme)))
    assert client.get(SETTINGS).json() == {"concurrency_limit": 10, "active_count": 1}
    assert client.put(SETTINGS, {"concurrency_limit": 10_000}).json() == {
        "concurrency_limit": 10_000,
        "active_count": 1,
    }
    acme.refresh_from_db()
    assert acme.concurrency_limit == 10_000
    assert client_of(globex).get(SETTINGS).json() == {"concurrency_limit": 10, "active_count": 0}


@pytest.mark.parametrize("limit", [0, 10_001, -1, "5", 1.5, None, True, [], 2**62])
def test_a_limit_is_a_number_from_one_to_ten_thousand(client: Client, acme: Organization, limit: Any) -> None:
    assert client.put(SETTINGS, {"concurrency_limit": limit}).status_code == 422
    acme.refresh_from_db()
    assert acme.concurrency_limit == 10
