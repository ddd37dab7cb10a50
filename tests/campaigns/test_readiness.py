from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign, Configuration
from campaigns.readiness import Check, check_readiness
from organizations.models import Agent, Organization, PhoneNumber
from tests.factories import AgentFactory, CampaignFactory, PhoneNumberFactory, TargetFactory, WhatsAppChannelFactory

pytestmark = pytest.mark.django_db

KEYS = [
    "agent",
    "phone_number",
    "targets",
    "goal",
    "working_hours",
    "call_opening_message",
    "whatsapp_channel",
]


def campaign_of(organization: Organization, **fields: Any) -> Campaign:
    campaign: Campaign = CampaignFactory(organization=organization, **fields)
    TargetFactory(campaign=campaign)
    return campaign


def check(campaign: Campaign, key: str) -> Check:
    return next(check for check in check_readiness(campaign).checks if check.key == key)


def test_a_campaign_that_lacks_nothing_can_start(acme: Organization) -> None:
    readiness = check_readiness(campaign_of(acme))
    assert [check.key for check in readiness.checks] == KEYS
    assert {check.status for check in readiness.checks} == {"ready"}
    assert (readiness.can_start, readiness.ready_count, readiness.total_count) == (True, 7, 7)


def test_the_checks_cost_the_same_whatever_the_number_of_targets(
    acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    campaign = campaign_of(acme)
    TargetFactory.create_batch(5, campaign=campaign)
    loaded = Campaign.objects.select_related("agent", "phone_number", "organization").get(pk=campaign.pk)
    with django_assert_num_queries(2):  # the counters, and the organization's blackouts
        check_readiness(loaded)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"agent": None}, "agent"),
        ({"phone_number": None}, "phone_number"),
        ({"working_hours": []}, "working_hours"),
        ({"working_hours": [{"days": [], "start": "09:00", "end": "19:00"}]}, "working_hours"),
        ({"first_contact_channel": "whatsapp"}, "whatsapp_channel"),
        ({"first_contact_channel": "whatsapp", "whatsapp_first_message": "Hi"}, "whatsapp_channel"),
    ],
)
def test_what_no_contact_can_do_without_forbids_the_start(acme: Organization, fields: dict[str, Any], key: str) -> None:
    readiness = check_readiness(campaign_of(acme, **fields))
    assert [check.key for check in readiness.checks if check.status == "missing"] == [key]
    assert not readiness.can_start


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"goal_spec": {}}, "goal"),
        ({"goal": None}, "goal"),
        ({"whatsapp_first_message": "Hi"}, "whatsapp_channel"),
    ],
)
def test_what_makes_contacts_worse_is_a_warning(acme: Organization, fields: dict[str, Any], key: str) -> None:
    readiness = check_readiness(campaign_of(acme, **fields))
    assert [check.key for check in readiness.checks if check.status == "warning"] == [key]
    assert (readiness.can_start, readiness.ready_count) == (True, 6)


def test_whatever_is_not_ready_says_what_to_do(acme: Organization) -> None:
    lacking = CampaignFactory(
        organization=acme,
        agent=None,
        phone_number=None,
        goal_spec={},
        working_hours=[],
        first_contact_channel="whatsapp",
    )
    checks = check_readiness(lacking).checks
    assert "ready" not in {check.status for check in checks}
    assert all(check.label and check.detail and check.action for check in checks)


@pytest.mark.parametrize("key", ["agent", "phone_number"])
def test_what_was_deleted_is_missing(acme: Organization, key: str) -> None:
    campaign = campaign_of(acme)
    row = getattr(campaign, key)
    type(row).objects.filter(pk=row.pk).soft_delete()
    assert check(Campaign.objects.get(pk=campaign.pk), key).status == "missing"


def test_an_agent_the_provider_does_not_know_cannot_call(acme: Organization) -> None:
    campaign = campaign_of(acme, agent=AgentFactory(organization=acme, external_id=""))
    assert check(campaign, "agent").status == "missing"


def test_a_deleted_target_is_nobody_to_contact(acme: Organization) -> None:
    target = TargetFactory(campaign__organization=acme)
    type(target).objects.filter(pk=target.pk).soft_delete()
    assert check(target.campaign, "targets").status == "missing"


def test_no_opening_message_anywhere_is_a_warning_only(acme: Organization) -> None:
    silent = AgentFactory(organization=acme, opening_message="")
    assert check(campaign_of(acme, agent=silent), "call_opening_message").status == "warning"
    own = campaign_of(acme, agent=silent, call_opening_message="Good morning!")
    assert check(own, "call_opening_message").status == "ready"


def test_whatsapp_first_is_ready_with_channel_and_message(acme: Organization) -> None:
    channel = WhatsAppChannelFactory(organization=acme)
    fields = {"first_contact_channel": "whatsapp", "whatsapp_channel": channel}
    assert check(campaign_of(acme, **fields), "whatsapp_channel").status == "missing"
    assert check(campaign_of(acme, whatsapp_first_message="Hi", **fields), "whatsapp_channel").status == "ready"


def test_a_configuration_replaces_agent_number_and_hours(acme: Organization) -> None:
    AgentFactory(organization=acme, external_id="agent-1")
    PhoneNumberFactory(organization=acme, number="+390212345678")
    configuration = Configuration.objects.create(
        organization=acme,
        name="Shared",
        agent_external_id="agent-1",
        agent_number="+390212345678",
        windows=[{"days": [0], "start": "09:00", "end": "19:00"}],
    )
    campaign = campaign_of(acme, agent=None, phone_number=None, working_hours=[], configuration=configuration)
    assert check_readiness(campaign).can_start
    Agent.objects.soft_delete()
    PhoneNumber.objects.soft_delete()
    assert [check(campaign, key).status for key in ("agent", "phone_number")] == ["missing", "missing"]


def test_a_configuration_without_windows_means_no_calls_at_all(acme: Organization) -> None:
    configuration = Configuration.objects.create(organization=acme, name="Shared")
    assert check(campaign_of(acme, configuration=configuration), "working_hours").status == "missing"


def test_hours_for_one_zone_are_hours(acme: Organization) -> None:
    window = {"days": [0], "start": "09:00", "end": "19:00"}
    configuration = Configuration.objects.create(organization=acme, name="Shared", overrides={"Europe/Rome": [window]})
    assert check(campaign_of(acme, configuration=configuration), "working_hours").status == "ready"
