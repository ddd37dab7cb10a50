"""What a campaign may do, in a sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import Campaign, Configuration
from campaigns.policy import ContactPolicy, configuration_in_words, words
from campaigns.services import preview_campaign, preview_configuration
from lib.errors import InvalidField
from lib.windows import CallingCalendar, Window
from organizations.models import Organization
from tests import factories

OFFICE = {"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "19:00"}
OFFICE_WORDS = "Mon\N{EN DASH}Fri 09:00\N{EN DASH}19:00 in the person's zone"


def policy(*delays: int, **fields: Any) -> ContactPolicy:
    calendar = CallingCalendar((Window.from_json(OFFICE),))
    waits = tuple(timedelta(minutes=delay) for delay in delays)
    return ContactPolicy(waits, calendar, calendar, minimum_gap=timedelta(0), daily_cap=5, **fields)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (policy(60, 60, 60, whatsapp_after=4), "up to 4 calls (1 h apart), then WhatsApp."),
        (policy(60, 240, whatsapp_after=2), "up to 3 calls (1 h, 4 h apart), WhatsApp after 2 without an answer."),
        (policy(30, whatsapp_after=1, email_after=2), "WhatsApp after 1 without an answer, then email."),
        (policy(30, can_email=True), "up to 2 calls (30 min apart), email to people without a phone."),
        (policy(), "up to 1 call."),
    ],
)
def test_a_policy_says_how_often_and_what_follows(rules: ContactPolicy, told: str) -> None:
    assert words(rules).startswith(f"{OFFICE_WORDS}, up to ")
    assert words(rules).endswith(told)


def test_a_configuration_says_the_same_and_what_differs_for_first_calls() -> None:
    evening = {"days": [5], "start": "18:00", "end": "20:00"}
    configuration = Configuration(windows=[OFFICE], max_retries=3, retry_delay_minutes=90, first_call_windows=[evening])
    assert configuration_in_words(configuration) == (
        f"{OFFICE_WORDS}, up to 4 calls (1 h 30 min apart)."
        " First calls at a time of their own: Sat 18:00\N{EN DASH}20:00."
    )


def test_rules_nobody_can_read_contact_nobody() -> None:
    assert "nobody is contacted" in configuration_in_words(Configuration(windows="always"))


def test_a_preview_of_a_campaign_writes_nothing(acme: Organization) -> None:
    campaign = factories.CampaignFactory(organization=acme, working_hours=[OFFICE])
    assert preview_campaign(campaign=campaign, changes={"call_attempt_delays": [15]}) == (
        f"{OFFICE_WORDS}, up to 2 calls (15 min apart)."
    )
    assert Campaign.objects.get(pk=campaign.pk).call_attempt_delays == [60, 240, 1440]
    with pytest.raises(InvalidField):
        preview_campaign(campaign=campaign, changes={"call_attempt_delays": [-1]})


def test_a_preview_of_a_configuration_refuses_what_the_service_would(acme: Organization) -> None:
    configuration = Configuration(organization=acme, name="new")
    with pytest.raises(InvalidField, match="weekdays"):
        preview_configuration(configuration=configuration, changes={"windows": [{**OFFICE, "days": [9]}]})
    assert not Configuration.objects.exists()
