"""The rules of contact: read from where they were written down, refused where they make no sense, told in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import Campaign, Configuration
from campaigns.policy import ContactPolicy, words
from campaigns.retry_policy import CallEnd, RetryPolicy, parse_retry_policy, rules_in_words, stored_retry_policy
from lib.errors import InvalidField
from organizations.models import Organization
from tests.factories import CampaignFactory, EmailChannelFactory


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "this must be an object"),
        ({"secret-key": {}}, "there is no such entry, only busy, no_answer, voicemail"),
        ({"busy": {"secret-key": 1}}, "busy: there is no such entry, only delays_minutes, maximum, then, next_number"),
        ({"busy": []}, "busy: this must be an object"),
        ({"busy": {"delays_minutes": 5}}, "busy.delays_minutes: this must be a list of whole minutes"),
        ({"busy": {"delays_minutes": [5, -1]}}, "busy.delays_minutes.1: input should be greater than"),
        ({"busy": {"delays_minutes": [True]}}, "busy.delays_minutes.0: input should be a valid integer"),
        ({"busy": {"delays_minutes": ["5"]}}, "busy.delays_minutes.0: input should be a valid integer"),
        ({"busy": {"delays_minutes": [1] * 21}}, "busy.delays_minutes: there may be at most 20 delays"),
        ({"no_answer": {"maximum": 2**70}}, "no_answer.maximum: input should be less than"),
        ({"no_answer": {"then": "dance"}}, "no_answer.then: input should be 'next_step'"),
        ({"voicemail": {"next_number": 1}}, "voicemail.next_number: input should be a valid boolean"),
        ({"failed": {"then": "next_step"}}, "failed.then: what follows technical failures is"),
        ({"failed": {"delays_minutes": []}}, "failed.delays_minutes: there must be at least one delay"),
        ({"short_call_seconds": -1}, "short_call_seconds: input should be greater than"),
    ],
)
def test_a_rule_that_makes_no_sense_is_located_without_repeating_it(value: Any, reason: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        parse_retry_policy(value)
    assert refusal.value.field == "retry_policy"
    assert refusal.value.reason.startswith(reason)
    assert "secret" not in refusal.value.reason


def test_only_what_was_said_is_stored() -> None:
    value = {"busy": {"delays_minutes": [5, 15]}, "failed": {"then": "email"}}
    assert stored_retry_policy(value) == value
    assert stored_retry_policy(None) == stored_retry_policy({}) == {}


def test_without_rules_only_technical_failures_have_one() -> None:
    policy = RetryPolicy()
    assert [end for end in CallEnd if policy.rule_for(end) is not None] == [CallEnd.FAILED]
    assert policy.failed.tries == 4


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, ""),
        ({"busy": {"delays_minutes": [5]}}, "busy: again after 5 min, at most once"),
        (
            {"no_answer": {"delays_minutes": [90], "maximum": 3, "next_number": False, "then": "stop"}},
            "no answer: again after 1 h 30 min, at most 3 times, the same number, then no more",
        ),
        (
            {"voicemail": {"another_time_of_day": True}, "short_call": {"maximum": 0, "then": "email"}},
            "voicemail: again after the usual time, at another time of day; short call: not again for that, then email",
        ),
    ],
)
def test_rules_are_told_in_words(value: dict[str, Any], said: str) -> None:
    assert rules_in_words(parse_retry_policy(value)) == said


@pytest.mark.django_db
def test_a_configurations_rules_and_retries_replace_the_campaigns_own(acme: Organization) -> None:
    configuration = Configuration.objects.create(
        organization=acme, name="Shared", max_retries=2, retry_delay_minutes=30, retry_policy={"busy": {"maximum": 1}}
    )
    own = CampaignFactory(organization=acme, retry_policy={"voicemail": {"maximum": 2}})
    assert ContactPolicy.of(own).retries == parse_retry_policy({"voicemail": {"maximum": 2}})
    shared = ContactPolicy.of(CampaignFactory(organization=acme, configuration=configuration))
    assert shared.retries == parse_retry_policy({"busy": {"maximum": 1}})
    assert (shared.maximum_calls, shared.call_delays) == (3, (timedelta(minutes=30),) * 2)


@pytest.mark.django_db
def test_email_needs_a_channel_and_a_message(acme: Organization) -> None:
    channel = EmailChannelFactory(organization=acme)
    complete: Campaign = CampaignFactory(
        organization=acme, email_channel=channel, email_first_message="Hello", email_after_attempts=2
    )
    policy = ContactPolicy.of(complete)
    assert (policy.can_email, policy.email_after) == (True, 2)
    assert "email after 2 without an answer" in words(policy)
    complete.email_first_message = ""
    policy = ContactPolicy.of(complete)
    assert (policy.can_email, policy.email_after) == (False, None)
