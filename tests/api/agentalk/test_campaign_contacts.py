"""Put contacts into a campaign; those who are in it already begin afresh."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import ActivityEvent, Campaign
from customers.models import Customer
from customers.suppressions import suppress
from organizations.models import Organization
from targets.models import CampaignTarget
from tests.api.agentalk.client import Client
from tests.factories import CampaignFactory, CustomerFactory, TargetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme)
    return made


def add(client: Client, campaign: Campaign, ids: list[Any], **headers: str) -> dict[str, Any]:
    sent = [str(key) for key in ids]
    response = client.post(f"/api/campaigns/{campaign.pk}/contacts", {"contactIds": sent}, **headers)
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def test_each_id_is_added_reset_or_invalid(
    client_of_acme: Client, acme: Organization, globex: Organization, campaign: Campaign
) -> None:
    new, barred, without = CustomerFactory.create_batch(3, organization=acme)
    known, theirs = TargetFactory(campaign=campaign).customer, CustomerFactory(organization=globex)
    suppress(organization=acme, address=barred.phone, source="operator")
    Customer.objects.filter(pk=without.pk).update(phone=None)
    nobody = uuid4()

    answer = add(client_of_acme, campaign, [known.pk, "no id", barred.pk, new.pk, theirs.pk, without.pk, nobody])

    assert answer == {
        "added": 1,
        "reset": 1,
        "invalid": 5,
        "addedIds": [str(new.pk)],
        "resetIds": [str(known.pk)],
        "invalidIds": ["no id", *(str(key) for key in (barred.pk, theirs.pk, without.pk, nobody))],
    }
    shown = client_of_acme.get(f"/api/campaigns/{campaign.pk}").json()
    assert shown["contactCount"] == 2


def test_a_repetition_in_one_request_counts_once(
    client_of_acme: Client, campaign: Campaign, acme: Organization
) -> None:
    new = CustomerFactory(organization=acme)
    spellings = [str(new.pk), str(new.pk).upper(), f"{{{new.pk}}}", new.pk.hex]
    answer = add(client_of_acme, campaign, [*spellings, "x", "x", uuid4()])
    assert (answer["added"], answer["addedIds"], answer["reset"], answer["invalid"]) == (1, [str(new.pk)], 0, 2)


def test_a_repeated_request_adds_nobody_and_with_a_key_changes_nothing(
    client_of_acme: Client, campaign: Campaign, acme: Organization
) -> None:
    new = CustomerFactory(organization=acme)
    first = add(client_of_acme, campaign, [new.pk], **{"Idempotency-Key": "k1"})
    assert add(client_of_acme, campaign, [new.pk], **{"Idempotency-Key": "k1"}) == first
    assert CampaignTarget.objects.get().round == 0
    again = add(client_of_acme, campaign, [new.pk])
    assert (again["added"], again["reset"], CampaignTarget.objects.count()) == (0, 1, 1)


def test_nobody_is_nothing(client_of_acme: Client, campaign: Campaign) -> None:
    answer = add(client_of_acme, campaign, [])
    assert (answer["added"], answer["reset"], answer["invalid"]) == (0, 0, 0)
    assert not ActivityEvent.objects.exists()


@pytest.mark.parametrize("status", ["draft", "scheduled", "running", "paused"])
def test_an_open_campaign_takes_contacts(client_of_acme: Client, acme: Organization, status: str) -> None:
    from lib import clock

    start_at = clock.now() if status == "scheduled" else None
    campaign = CampaignFactory(organization=acme, status=status, start_at=start_at)
    assert add(client_of_acme, campaign, [CustomerFactory(organization=acme).pk])["added"] == 1


@pytest.mark.parametrize("status", ["completed", "closed"])
def test_a_campaign_that_is_over_takes_nobody(client_of_acme: Client, acme: Organization, status: str) -> None:
    campaign = CampaignFactory(organization=acme, status=status)
    body = {"contactIds": [str(CustomerFactory(organization=acme).pk)]}
    response = client_of_acme.post(f"/api/campaigns/{campaign.pk}/contacts", body)
    assert (response.status_code, list(response.json())) == (400, ["detail"])
    assert not CampaignTarget.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contactIds": None},
        {"contactIds": "x"},
        {"contactIds": {}},
        {"contactIds": [5]},
        {"contactIds": [None]},
        {"contactIds": [["x"]]},
        {"contactIds": ["x" * 256]},
        {"contactIds": [str(number) for number in range(1001)]},
    ],
)
def test_what_is_no_list_of_ids_is_refused(client_of_acme: Client, campaign: Campaign, body: Any) -> None:
    response = client_of_acme.post(f"/api/campaigns/{campaign.pk}/contacts", body)
    assert (response.status_code, list(response.json())) == (400, ["contactIds"])


def test_what_is_missing_is_said_as_drf_does(client_of_acme: Client, campaign: Campaign) -> None:
    answer = client_of_acme.post(f"/api/campaigns/{campaign.pk}/contacts", {}).json()
    assert answer == {"contactIds": ["This field is required."]}


def test_a_thousand_contacts_cost_as_many_statements_as_two(client_of_acme: Client, acme: Organization) -> None:
    def statements(number: int) -> int:
        campaign = CampaignFactory(organization=acme)
        people = Customer.objects.bulk_create(
            Customer(organization=acme, phone=f"+39348{number:04d}{index:04d}") for index in range(number)
        )
        add(client_of_acme, campaign, [person.pk for person in people[: number // 2]])
        with CaptureQueriesContext(connection) as made:
            answer = add(client_of_acme, campaign, [person.pk for person in people])
        assert (answer["added"], answer["reset"]) == (number // 2, number // 2)
        return len(made)

    assert statements(2) == statements(1000)
