from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from campaigns.services import complete_campaign
from organizations.models import Organization
from targets.models import CampaignTarget
from tests.api.anyreach.client import Client, client_of
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db

CAMPAIGNS = "/campaign/campaigns"


def row(campaign: dict[str, Any]) -> Campaign:
    found: Campaign = Campaign.objects.get(pk=campaign["id"])
    return found


def test_a_new_campaign_is_active_and_runs(campaign: dict[str, Any], acme: Organization) -> None:
    assert (campaign["status"], campaign["priority"], campaign["external_id"]) == ("active", 0, "spring-1")
    assert campaign["organization_id"] == str(acme.pk)
    assert row(campaign).status == "running"


def test_contacts_may_come_with_a_campaign(client: Client, configuration: dict[str, Any]) -> None:
    contacts = [{"external_id": str(n), "phone_numbers": [f"+1212555{n:04}"]} for n in range(100, 140)]
    body = {"name": "Spring", "configuration_id": configuration["id"], "priority": 7, "contacts": contacts}
    campaign = client.post(CAMPAIGNS, body).json()
    assert campaign["priority"] == 7
    assert CampaignTarget.objects.filter(campaign_id=campaign["id"]).count() == 40
    client.patch(f"{CAMPAIGNS}/{campaign['id']}", {"contacts": [{"phone_numbers": ["+12125550999"]}]})
    assert CampaignTarget.objects.filter(campaign_id=campaign["id"]).count() == 41


def test_a_campaign_whose_contacts_cannot_be_taken_is_not_made(client: Client, configuration: dict[str, Any]) -> None:
    twice = [{"external_id": "1", "phone_numbers": ["+12125550100"]}] * 2
    for contacts in (twice, [{"phone_numbers": ["12"]}]):
        body = {"name": "Spring", "configuration_id": configuration["id"], "contacts": contacts}
        response = client.post(CAMPAIGNS, body)
        assert response.status_code == 422
        assert "contacts[" in response.json()["detail"]
    assert not Campaign.objects.exists()


def test_more_than_five_thousand_contacts_are_too_many_at_once(client: Client, configuration: dict[str, Any]) -> None:
    contacts = [{"phone_numbers": ["+12125550100"]}] * 5001
    response = client.post(CAMPAIGNS, {"name": "Spring", "configuration_id": configuration["id"], "contacts": contacts})
    assert response.status_code == 422


def test_a_campaign_answers_to_its_id_and_to_its_external_id(client: Client, campaign: dict[str, Any]) -> None:
    for name in (campaign["id"], "spring-1"):
        assert client.get(f"{CAMPAIGNS}/{name}").json() == campaign


def test_an_external_id_is_had_once_in_an_organization(
    client: Client, campaign: dict[str, Any], globex: Organization
) -> None:
    body = {"name": "Autumn", "configuration_id": campaign["configuration_id"], "external_id": "spring-1"}
    assert client.post(CAMPAIGNS, body).status_code == 409
    theirs = client_of(globex)
    theirs_configuration = theirs.post("/campaign/configurations", {"name": "Theirs"}).json()["id"]
    assert theirs.post(CAMPAIGNS, {**body, "configuration_id": theirs_configuration}).status_code == 201


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"configuration_id": None}, "configuration_id"),
        ({"configuration_id": "x"}, "configuration_id"),
        ({"configuration_id": "00000000-0000-4000-8000-000000000000"}, "configuration_id: there is no such"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"priority": -1}, "priority"),
        ({"priority": 101}, "priority"),
        ({"priority": 1.5}, "priority"),
        ({"priority": True}, "priority"),
        ({"external_id": "default"}, "external_id"),
        ({"external_id": "00000000-0000-4000-8000-000000000000"}, "external_id"),
        ({"contacts": {}}, "contacts"),
    ],
)
def test_what_is_no_campaign_is_told(
    client: Client, campaign: dict[str, Any], body: dict[str, Any], named: str
) -> None:
    whole = {"name": "Autumn", "configuration_id": campaign["configuration_id"], **body}
    for response in (client.post(CAMPAIGNS, whole), client.patch(f"{CAMPAIGNS}/{campaign['id']}", body)):
        assert response.status_code == 422
        assert response.json()["detail"].startswith(named)


def test_another_tenants_configuration_is_as_if_it_were_not_there(client: Client, globex: Organization) -> None:
    theirs = client_of(globex).post("/campaign/configurations", {"name": "Theirs"}).json()["id"]
    foreign, missing = (
        client.post(CAMPAIGNS, {"name": "Spring", "configuration_id": key})
        for key in (theirs, "00000000-0000-4000-8000-000000000000")
    )
    assert (foreign.status_code, foreign.content) == (422, missing.content)


def test_a_change_keeps_what_it_does_not_name(client: Client, campaign: dict[str, Any]) -> None:
    path = f"{CAMPAIGNS}/{campaign['id']}"
    changed = client.patch(path, {"name": "Summer", "priority": 100}).json()
    assert (changed["name"], changed["priority"], changed["external_id"]) == ("Summer", 100, "spring-1")
    assert client.patch(path, {"external_id": None}).json()["external_id"] is None
    assert client.patch(path, {"status": "paused"}).status_code == 422


MOVES = {  # {state: {verb: (answer, status shown afterwards)}}
    "running": {"start": (200, "active"), "pause": (200, "paused"), "close": (200, "closed")},
    "paused": {"start": (200, "active"), "pause": (400, "paused"), "close": (200, "closed")},
    "completed": {"start": (200, "active"), "pause": (200, "paused"), "close": (200, "closed")},
    "closed": {"start": (400, "closed"), "pause": (400, "closed"), "close": (400, "closed")},
    "draft": {"start": (200, "active"), "pause": (400, "paused"), "close": (200, "closed")},
    "scheduled": {"start": (200, "active"), "pause": (400, "paused"), "close": (200, "closed")},
}


@pytest.mark.parametrize(("state", "verb"), [(state, verb) for state in MOVES for verb in MOVES[state]])
def test_a_verb_moves_a_campaign_as_the_contract_says(
    client: Client, campaign: dict[str, Any], state: str, verb: str
) -> None:
    path, found = f"{CAMPAIGNS}/{campaign['id']}", row(campaign)
    if state in ("draft", "scheduled"):
        at = "2030-01-01T00:00:00Z" if state == "scheduled" else None
        campaign = {"id": str(CampaignFactory(organization=found.organization, status=state, start_at=at).pk)}
        path = f"{CAMPAIGNS}/{campaign['id']}"
    elif state == "completed":
        complete_campaign(campaign=found)
    elif state in ("paused", "closed"):
        client.post(f"{path}/{'pause' if state == 'paused' else 'close'}")
    status, shown = MOVES[state][verb]
    response = client.post(f"{path}/{verb}")
    assert response.status_code == status
    assert client.get(path).json()["status"] == shown


def test_a_closed_campaign_takes_no_change(client: Client, campaign: dict[str, Any], contacts: str) -> None:
    path = f"{CAMPAIGNS}/{campaign['id']}"
    client.post(f"{path}/close")
    assert client.patch(path, {"name": "Summer"}).status_code == 400
    assert client.post(contacts, {"contacts": [{"phone_numbers": ["+12125550100"]}]}).status_code == 400


def made(client: Client, configuration: dict[str, Any], *names: str) -> None:
    for name in names:
        client.post(CAMPAIGNS, {"name": name, "configuration_id": configuration["id"]})


def test_a_list_goes_on_where_its_cursor_ended(client: Client, configuration: dict[str, Any]) -> None:
    made(client, configuration, *"abcde")
    Campaign.objects.update(created_at="2026-06-01T00:00:00Z")  # the ids alone tell them apart
    made(client, configuration, "f")
    first = client.get(CAMPAIGNS, limit=2).json()
    made(client, configuration, "g")  # moves nothing of the pages after
    second = client.get(CAMPAIGNS, limit=2, cursor=first["next_cursor"]).json()
    third = client.get(CAMPAIGNS, limit=2, cursor=second["next_cursor"]).json()
    found = [item["name"] for page in (first, second, third) for item in page["campaigns"]]
    assert (found[0], sorted(found)) == ("f", list("abcdef"))
    assert third["next_cursor"] is None


def test_a_list_is_narrowed_by_name_and_by_statuses(client: Client, configuration: dict[str, Any]) -> None:
    made(client, configuration, "Spring one", "Spring two", "Autumn")
    client.post(f"{CAMPAIGNS}/{client.get(CAMPAIGNS, name='two').json()['campaigns'][0]['id']}/pause")
    client.post(f"{CAMPAIGNS}/{client.get(CAMPAIGNS, name='AUTUMN').json()['campaigns'][0]['id']}/close")
    for asked, expected in (
        ({"name": "spring"}, ["Spring two", "Spring one"]),
        ({"status": ["active"]}, ["Spring one"]),
        ({"status": ["paused", "closed"]}, ["Autumn", "Spring two"]),
        ({"name": "spring", "status": ["closed"]}, []),
    ):
        assert [item["name"] for item in client.get(CAMPAIGNS, **asked).json()["campaigns"]] == expected


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"cursor": "x"}, 400),
        ({"cursor": "\u00e9"}, 400),
        ({"cursor": "MTAwMDAtMDEtMDEgeA=="}, 400),
        ({"cursor": "a" * 201}, 422),
        ({"limit": 0}, 422),
        ({"limit": 201}, 422),
        ({"limit": "9" * 5000}, 422),
        ({"limit": "x"}, 422),
        ({"status": "running"}, 422),
        ({"name": "\0"}, 422),
    ],
)
def test_what_cannot_be_asked_of_a_list_is_told(client: Client, asked: dict[str, Any], status: int) -> None:
    assert client.get(CAMPAIGNS, **asked).status_code == status


def test_a_list_shows_only_the_own_organization(client: Client, campaign: dict[str, Any], globex: Organization) -> None:
    assert client_of(globex).get(CAMPAIGNS).json() == {"campaigns": [], "next_cursor": None}


def test_a_list_costs_the_same_whatever_its_length(
    client: Client, configuration: dict[str, Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made(client, configuration, *"abcdef")
    client.get(CAMPAIGNS)  # notes the use of the key
    with django_assert_num_queries(2):  # the key, the page
        assert len(client.get(CAMPAIGNS).json()["campaigns"]) == 6
