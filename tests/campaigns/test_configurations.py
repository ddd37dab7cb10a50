from __future__ import annotations

from typing import Any

import pytest

from campaigns.context import campaign_context
from campaigns.exceptions import ConfigurationInUse, ConfigurationNotFound
from campaigns.models import Campaign, Configuration
from campaigns.services import (
    activate_campaign,
    create_configuration,
    deactivate_campaign,
    find_adhoc_campaign,
    find_or_create_adhoc_campaign,
    soft_delete_configuration,
    update_configuration,
)
from lib.errors import InvalidField
from lib.lifecycle import TransitionRefused
from organizations.models import Agent, AuditEvent, Organization
from tests.connections import run_together
from tests.factories import AgentFactory, CampaignFactory, OrganizationFactory, PhoneNumberFactory

NINE_TO_FIVE = [{"days": [0, 1], "start": "09:00", "end": "17:00"}]


@pytest.mark.django_db
def test_a_change_is_written_down_but_not_what_is_told_to_the_agent(acme: Organization) -> None:
    made = create_configuration(organization=acme, name="Hours", windows=NINE_TO_FIVE)
    changed = update_configuration(configuration=made, changes={"max_retries": 5, "initial_context": {"name": "Ada"}})
    assert (changed.max_retries, changed.windows) == (5, NINE_TO_FIVE)
    event = AuditEvent.objects.get(action="configuration.updated")
    assert event.changes == {"max_retries": [3, 5], "initial_context": ["hidden", "hidden"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"windows": [{"days": [7], "start": "09:00", "end": "17:00"}]},
        {"windows": NINE_TO_FIVE * 101},
        {"windows": {}},
        {"overrides": {"Mars/Olympus": NINE_TO_FIVE}},
        {"overrides": {"America/Buenos_Aires": [], "America/Argentina/Buenos_Aires": []}},
        {"overrides": []},
        {"first_call_windows": 7},
        {"first_call_overrides": {"Europe/Rome": None}},
        {"default_timezone": "Rome"},
        {"default_country_code": "39"},
        {"retry_delay_minutes": -1},
        {"max_retries": 11},
        {"retry_policy": {"busy": 7}},
        {"agent_external_id": "nobody"},
        {"agent_number": "+12125550100"},
        {"agent_config": []},
        {"name": " "},
    ],
)
def test_what_makes_no_sense_is_refused(acme: Organization, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidField) as refusal:
        create_configuration(organization=acme, **{"name": "Hours", **fields})
    assert refusal.value.field in fields
    assert not Configuration.objects.exists()


@pytest.mark.django_db
def test_a_configuration_goes_when_no_campaign_uses_it(acme: Organization) -> None:
    made = create_configuration(organization=acme, name="Hours")
    campaign = CampaignFactory(organization=acme, configuration=made)
    with pytest.raises(ConfigurationInUse):
        soft_delete_configuration(configuration=made)
    Campaign.objects.filter(pk=campaign.pk).soft_delete()
    soft_delete_configuration(configuration=made)
    for call in (lambda: soft_delete_configuration(configuration=made), lambda: _renamed(made)):
        with pytest.raises(ConfigurationNotFound):
            call()


def _renamed(configuration: Configuration) -> Configuration:
    return update_configuration(configuration=configuration, changes={"name": "Other"})


def speaks(campaign: Campaign) -> tuple[Any, Any]:
    context = campaign_context(campaign.pk, campaign.organization_id).campaign
    return context.agent, context.phone_number


@pytest.mark.django_db
def test_the_configuration_says_who_speaks_by_any_of_their_names(acme: Organization) -> None:
    ana, ben = AgentFactory(organization=acme), AgentFactory(organization=acme)
    one, two = PhoneNumberFactory(organization=acme), PhoneNumberFactory(organization=acme)
    made = create_configuration(organization=acme, name="Hours", agent_external_id=ben.external_id)
    campaign = CampaignFactory(organization=acme, configuration=made, agent=ana, phone_number=one)
    assert speaks(campaign) == (ben, one)
    for name in (two.number, two.external_id):
        made = update_configuration(configuration=made, changes={"agent_number": name})
        assert speaks(campaign) == (ben, two)
    update_configuration(configuration=made, changes={"agent_external_id": str(ana.pk)})
    assert speaks(campaign) == (ana, two)
    Agent.objects.filter(pk=ana.pk).soft_delete()
    assert speaks(campaign) == (None, two)  # nobody else speaks in place of who has gone


@pytest.mark.django_db
def test_where_nobody_is_named_the_only_agent_speaks(acme: Organization, globex: Organization) -> None:
    made = create_configuration(organization=acme, name="Hours")
    campaign = CampaignFactory(organization=acme, configuration=made, agent=None, phone_number=None)
    AgentFactory(organization=globex)
    assert speaks(campaign) == (None, None)
    ana, one = AgentFactory(organization=acme), PhoneNumberFactory(organization=acme)
    assert speaks(campaign) == (ana, one)
    AgentFactory(organization=acme)
    PhoneNumberFactory(organization=acme)
    assert speaks(campaign) == (None, None)


@pytest.mark.django_db
def test_a_campaign_without_configuration_keeps_its_own_agent_or_none(acme: Organization) -> None:
    AgentFactory(organization=acme)
    assert speaks(CampaignFactory(organization=acme, agent=None, phone_number=None)) == (None, None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "may_pause"), [("running", True), ("completed", True), ("paused", False), ("closed", False)]
)
def test_who_is_active_can_be_paused(acme: Organization, status: str, may_pause: bool) -> None:
    campaign = CampaignFactory(organization=acme, status=status)
    if may_pause:
        assert deactivate_campaign(campaign=campaign).status == "paused"
    else:
        with pytest.raises(TransitionRefused):
            deactivate_campaign(campaign=campaign)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["draft", "running", "completed", "paused"])
def test_whatever_is_not_closed_can_be_made_active(acme: Organization, status: str) -> None:
    campaign = CampaignFactory(organization=acme, status=status)
    assert activate_campaign(campaign=campaign).status == "running"


@pytest.mark.django_db(transaction=True)
def test_an_organization_has_one_campaign_for_contacts_of_none_even_where_two_make_it_at_once() -> None:
    acme: Organization = OrganizationFactory(slug="acme")
    assert find_adhoc_campaign(organization=acme) is None
    found = run_together(*[lambda: find_or_create_adhoc_campaign(organization=acme).pk] * 3)
    campaign = Campaign.objects.get()
    assert set(found) == {campaign.pk}
    assert (campaign.is_adhoc, campaign.status) == (True, "running")
    assert find_adhoc_campaign(organization=acme) == campaign
    assert not Campaign.objects.listed().exists()
