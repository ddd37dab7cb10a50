"""What the dialect sets up is really dialed: by the engine, over HTTP, within the configuration's windows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from organizations.models import Organization
from targets.simulation import connect_to_simulator, write_simulator_accounts
from tests.api.anyreach.client import WEEK, Client, client_of
from tests.factories import AgentFactory, OrganizationFactory, PhoneNumberFactory
from tests.targets.conftest import MONDAY, living_world
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock

FIRST, SECOND = "+12125550101", "+12125550102"
LINE = "+12125550199"
WORKDAYS = [{"days": WEEK[:5], "start": "09:00", "end": "17:00"}]
ADHOC = "/campaign/campaigns/default/contacts"


@pytest.fixture
def world(tmp_path: Path, live_server: LiveServer, settings: Settings, transactional_db: None) -> Iterator[World]:
    with living_world(tmp_path, live_server, settings) as world:
        yield world


@pytest.fixture
def acme(world: World) -> Organization:
    organization: Organization = OrganizationFactory(name="Acme", slug="acme", timezone="", default_region="US")
    connect_to_simulator(organization, number=LINE)
    write_simulator_accounts(world.accounts_path)
    return organization


@pytest.fixture
def client(acme: Organization) -> Client:
    return client_of(acme)


def campaign(client: Client, *contacts: dict[str, Any], priority: int = 0, **fields: Any) -> str:
    """Make a configuration and a campaign of its own with contacts; return the campaign's path."""
    body = {"name": "Hours", "schedule": {"default_windows": WORKDAYS}, "retry_delay_minutes": 30, **fields}
    configuration = client.post("/campaign/configurations", body).json()["id"]
    body = {"name": "Spring", "configuration_id": configuration, "priority": priority, "contacts": list(contacts)}
    answer = client.post("/campaign/campaigns", body)
    assert answer.status_code == 201, answer.content
    return f"/campaign/campaigns/{answer.json()['id']}"


def person(number: str = FIRST, *more: str, **fields: Any) -> dict[str, Any]:
    return {"external_id": "p1", "phone_numbers": [number, *more], **fields}


def contact(client: Client, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{path}/contacts/p1").json()
    return answer


def dialed(world: World) -> list[str]:
    return [call["to"] for call in world.placed()]


def steps(world: World, *times: timedelta) -> None:
    """Let the engine work at each of these times after Monday's eleven o'clock in New York."""
    for time in times:
        set_clock(MONDAY + time)
        world.step()


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def hours(number: int) -> timedelta:
    return timedelta(hours=number)


def test_who_does_not_answer_is_called_at_the_next_number_after_the_delay(world: World, client: Client) -> None:
    world.forced |= {FIRST: "never_answers", SECOND: "agrees"}
    path = campaign(client, person(FIRST, SECOND))
    steps(world, minutes(0))
    waiting = contact(client, path)
    assert (waiting["status"], waiting["attempt_count"]) == ("pending", 1)
    assert waiting["next_attempt_at"] == "2026-06-01T15:30:00Z"
    assert [(a["phone_number"], a["status"]) for a in waiting["attempts"]] == [(FIRST, "unanswered")]
    steps(world, minutes(29))
    assert dialed(world) == [FIRST]
    steps(world, minutes(30))
    assert dialed(world) == [FIRST, SECOND]
    done = contact(client, path)
    assert (done["status"], done["next_attempt_at"], done["attempt_count"]) == ("completed", None, 2)
    last = done["attempts"][-1]
    assert (last["status"], last["outcome"], last["phone_number"]) == ("completed", "answered", SECOND)
    assert last["conversation_id"]
    assert last["duration"] > 0
    assert client.get(f"{path}/stats").json()["attempts"] == {"total": 2, "average_per_contact": 2.0}
    assert client.get(path).json()["status"] == "active"  # with nothing left to do
    no_invariant_broken(world)


def test_retries_end(world: World, client: Client) -> None:
    world.forced[FIRST] = "never_answers"
    path = campaign(client, person(), max_retries=1)
    steps(world, minutes(0), minutes(30), minutes(60), minutes(90))
    assert dialed(world) == [FIRST, FIRST]
    assert contact(client, path)["status"] == "exhausted"
    no_invariant_broken(world)


def test_nobody_is_called_outside_the_windows_of_their_own_zone(world: World, client: Client) -> None:
    world.forced |= dict.fromkeys((FIRST, SECOND, "+12125550103"), "agrees")
    tokyo = [{"timezones": ["Asia/Tokyo"], "windows": [{"days": ["tue"], "start": "00:00", "end": "01:00"}]}]
    path = campaign(
        client,
        {"phone_numbers": [FIRST], "timezone": "Europe/Rome"},  # five in the afternoon there: just closed
        {"phone_numbers": [SECOND], "timezone": "Asia/Tokyo"},  # midnight: just open
        {"phone_numbers": ["+12125550103"]},  # eleven, by the configuration's zone
        schedule={"default_windows": WORKDAYS, "overrides": tokyo},
    )
    steps(world, minutes(0))
    assert dialed(world) == [SECOND, "+12125550103"]
    steps(world, hours(16) - minutes(1))
    assert len(dialed(world)) == 2
    steps(world, hours(16))  # nine in Rome
    assert dialed(world)[2:] == [FIRST]
    assert client.get(f"{path}/contacts", status="completed").json()["total"] == 3
    no_invariant_broken(world)


def test_the_first_call_of_somebody_with_a_time_has_hours_of_its_own_and_retries_do_not(
    world: World, client: Client
) -> None:
    world.forced |= {FIRST: "never_answers", SECOND: "agrees"}
    evening = [{"days": ["mon"], "start": "20:00", "end": "23:00"}]
    path = campaign(
        client,
        person(scheduled_at="2026-06-02T00:10:00Z"),  # ten past eight on Monday evening
        {"phone_numbers": [SECOND]},
        schedule={"default_windows": WORKDAYS, "scheduled_windows": evening},
    )
    steps(world, minutes(0))
    assert dialed(world) == [SECOND]
    steps(world, hours(9) + minutes(9))
    assert dialed(world) == [SECOND]
    steps(world, hours(9) + minutes(10))
    assert dialed(world) == [SECOND, FIRST]
    assert contact(client, path)["next_attempt_at"] == "2026-06-02T13:00:00Z"  # nine on Tuesday
    steps(world, hours(10), hours(22))
    assert dialed(world) == [SECOND, FIRST, FIRST]
    no_invariant_broken(world)


@pytest.mark.parametrize("at", [None, "2026-06-01T15:00:00Z"])
def test_without_windows_nobody_is_called_until_there_are_some(world: World, client: Client, at: str | None) -> None:
    world.forced[FIRST] = "agrees"
    path = campaign(client, person(scheduled_at=at), schedule={})
    steps(world, minutes(0), hours(1), hours(30))
    assert dialed(world) == []
    assert contact(client, path)["status"] == "pending"
    configuration = client.get(path).json()["configuration_id"]
    client.patch(f"/campaign/configurations/{configuration}", {"schedule": {"default_windows": WORKDAYS}})
    world.step()
    assert (dialed(world), contact(client, path)["status"]) == ([], "pending")  # five on Tuesday afternoon
    steps(world, hours(46))
    assert contact(client, path)["status"] == "completed"
    no_invariant_broken(world)


def test_wider_windows_are_noticed_at_once(world: World, client: Client) -> None:
    world.forced[FIRST] = "agrees"
    path = campaign(
        client, person(), schedule={"default_windows": [{"days": ["sun"], "start": "09:00", "end": "10:00"}]}
    )
    steps(world, minutes(0))
    configuration = client.get(path).json()["configuration_id"]
    client.patch(f"/campaign/configurations/{configuration}", {"schedule": {"default_windows": WORKDAYS}})
    world.step()
    assert dialed(world) == [FIRST]


def test_contacts_of_no_campaign_are_called_at_any_hour(world: World, client: Client, acme: Organization) -> None:
    world.forced[FIRST] = "agrees"
    set_clock(datetime(2026, 6, 1, 7, 0, tzinfo=UTC))  # three at night there
    answer = client.post(ADHOC, {"contacts": [person()]}).json()
    assert answer["warnings"] == []
    world.step()
    assert dialed(world) == [FIRST]
    assert client.get(f"{ADHOC}/p1").json()["status"] == "completed"
    no_invariant_broken(world)


def test_a_contact_may_name_who_calls_and_from_where(world: World, client: Client, acme: Organization) -> None:
    world.forced[FIRST] = "agrees"
    ours = connect_to_simulator(acme, number=LINE)[0]
    account = ours.provider_account
    other = AgentFactory(organization=acme, provider_account=account, external_id="agent-other")
    PhoneNumberFactory(organization=acme, provider_account=account, number="+12125550177", external_id="phone-acme")
    body = person(agent_id=str(other.pk), agent_number="+12125550177")
    assert "agent" in client.post(ADHOC, {"contacts": [{"phone_numbers": [SECOND]}]}).json()["warnings"][0]["message"]
    client.post(ADHOC, {"contacts": [body]})
    world.step()
    (call,) = world.placed()  # of two agents none is meant, so the other contact waits
    assert (call["to"], call["agent_id"], call["from"]) == (FIRST, "agent-other", "phone-acme")
    attempt = client.get(f"{ADHOC}/p1").json()["attempts"][0]
    assert attempt["status"] == "completed"


def test_the_configurations_agent_speaks_and_the_contacts_data_reaches_the_call(
    world: World, client: Client, acme: Organization
) -> None:
    ours = connect_to_simulator(acme, number=LINE)[0]
    for name in ("agent-second", "agent-third"):
        AgentFactory(organization=acme, provider_account=ours.provider_account, external_id=name)
    data = {"simulator_persona": "declines", "nested": {"deep": [1, None]}, "nothing": None}
    campaign(client, person(data=data), agent_id="agent-second")
    steps(world, minutes(0))
    (call,) = world.placed()
    assert (call["agent_id"], call["persona"]) == ("agent-second", "declines")


def test_a_pause_holds_for_the_next_call_and_a_start_lets_it_go_on(world: World, client: Client) -> None:
    world.forced[FIRST] = "agrees"
    path = campaign(client, person())
    client.post(f"{path}/pause")
    assert world.step() == 0
    client.post(f"{path}/start")
    assert world.step() == 1


def test_a_new_limit_of_live_calls_holds_at_once(world: World, client: Client) -> None:
    numbers = [f"+1212555{n:04}" for n in range(200, 205)]
    world.forced |= dict.fromkeys(numbers, "agrees")
    campaign(client, *({"phone_numbers": [number]} for number in numbers))
    client.put("/campaign/concurrency-settings", {"concurrency_limit": 2})
    assert world.step() == 2
    client.put("/campaign/concurrency-settings", {"concurrency_limit": 10})
    assert world.step() == 3


def test_the_higher_priority_goes_first(world: World, client: Client) -> None:
    world.forced |= {FIRST: "agrees", SECOND: "agrees"}
    client.put("/campaign/concurrency-settings", {"concurrency_limit": 1})
    campaign(client, {"phone_numbers": [FIRST]}, priority=10)
    campaign(client, {"phone_numbers": [SECOND]}, priority=90)
    world.step()
    world.step()
    assert dialed(world) == [SECOND, FIRST]


def test_who_asks_in_a_call_not_to_be_called_is_not(world: World, client: Client) -> None:
    world.forced[FIRST] = "opts_out"
    path = campaign(client, person())
    steps(world, minutes(0))
    assert contact(client, path)["status"] == "exhausted"
    answer = client.post(ADHOC, {"contacts": [person()]}).json()
    assert "will not be contacted" in answer["warnings"][0]["message"]
