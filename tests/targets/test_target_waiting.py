"""Why one person is not being contacted: the next step on both clocks, and every rule that holds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.services import pause_campaign
from customers.suppressions import record_dial, suppress
from lib.ids import new_id
from organizations.models import Blackout, Organization, ProviderAccount
from organizations.switches import set_dialing, stop_account, stop_dialing
from targets.claims import claim_due_work
from targets.models import Attempt, CampaignTarget, OutboxMessage, ReviewItem
from targets.submission import submit_attempt
from targets.target_waiting import why_target_waits
from tests.factories import AttemptFactory, CustomerFactory, TargetFactory
from tests.targets.conftest import MONDAY
from tests.targets.world import World, set_clock

NEW_YORK = "+12125550101"


@pytest.fixture
def target(world: World, acme: Organization) -> CampaignTarget:
    return world.enrol(world.campaign(acme), CustomerFactory(organization=acme, phone=NEW_YORK))


def rules(target: CampaignTarget) -> dict[str, str]:
    fresh = CampaignTarget.all_objects.select_related("customer").get(pk=target.pk)
    return {rule.name: rule.words for rule in why_target_waits(fresh).rules}


def test_whoever_nothing_holds_is_next_in_line(target: CampaignTarget) -> None:
    answer = why_target_waits(target)

    assert answer.rules == ()
    assert str(answer.step) == "call at Mon 01 Jun 11:00 America/New_York, Mon 01 Jun 15:00 UTC"


def test_hours_name_the_next_opening(target: CampaignTarget) -> None:
    set_clock(datetime(2026, 6, 2, 2, 0, tzinfo=UTC))  # Monday, ten in the evening in New York

    [rule] = why_target_waits(target).rules

    assert rule.words == "outside hours, open from Tue 02 Jun 09:00 America/New_York"
    assert rule.until == datetime(2026, 6, 2, 13, 0, tzinfo=UTC)


def test_every_rule_that_holds_is_told_at_once(target: CampaignTarget, acme: Organization) -> None:
    acme.daily_contact_cap = 1
    acme.save()
    record_dial(organization_id=acme.pk, attempt_id=new_id(), channel="email", address=NEW_YORK, at=MONDAY)
    Blackout.objects.create(organization=acme, name="feast", first_day=MONDAY.date(), last_day=MONDAY.date())
    stop_dialing(organization=acme, reason="complaint")
    set_dialing(value="stopped", reason="drill")
    stop_account(account=ProviderAccount.objects.get(kind="elevenlabs"), reason="unpaid")
    pause_campaign(campaign=target.campaign, reason="lunch")
    suppress(organization=acme, address=NEW_YORK, source="operator", channel="call")
    ReviewItem.objects.create(organization=acme, target=target, kind=ReviewItem.Kind.UNCLEAR_GOAL)

    told = rules(target)

    assert told["platform"] == "dialing is stopped: the platform is stopped: drill"
    assert told["organization"] == "the organization is stopped: complaint"
    assert told["campaign"] == "the campaign is paused: lunch"
    assert told["account"] == "the provider account is stopped: unpaid"
    assert told["hours.blackout"] == "in a blackout, open from Tue 02 Jun 09:00 America/New_York"
    assert told["daily_cap"] == "capped: 1 contacts within 24 hours"
    assert told["suppressed"].startswith("suppressed: ")
    assert told["review"].startswith("a person has to decide: was the goal met?")


def test_a_line_that_is_busy_names_the_limit_and_who_is_ahead(target: CampaignTarget, acme: Organization) -> None:
    acme.concurrency_limit = 1
    acme.save()
    AttemptFactory(target=TargetFactory(campaign__organization=acme, state="contacting"))
    TargetFactory.create_batch(2, campaign=target.campaign, next_attempt_at=MONDAY - timedelta(hours=1))

    assert rules(target) == {"capacity": "at the organization's limit of 1 call at once; 2 ahead in the campaign"}


def test_another_contact_of_the_same_person_is_named(target: CampaignTarget, acme: Organization) -> None:
    other = TargetFactory(campaign__organization=acme, campaign__name="Autumn", customer=target.customer)
    AttemptFactory(target=other)

    assert rules(target) == {"person_busy": "in contact already: call of the campaign Autumn"}


def test_the_gap_after_a_call_is_told_beside_the_time_of_the_next(
    world: World, target: CampaignTarget, acme: Organization
) -> None:
    world.forced[NEW_YORK] = "never_answers"
    world.step()

    told = rules(target)

    assert told["minimum_gap"] == "within the minimum gap between contacts"
    assert told["due"].startswith("not due before 12:00 America/New_York")


def test_an_account_that_was_asked_to_wait_waits(target: CampaignTarget) -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)
    ProviderAccount.objects.filter(kind="elevenlabs").update(paced_until=later)

    told = rules(target)

    assert told["back_off"] == "the provider account waits before its next request"
    assert told["capacity"].startswith("at the provider account's pace")


def test_what_is_under_way_is_told_instead(world: World, target: CampaignTarget) -> None:
    [claim] = claim_due_work(worker="test")
    assert rules(target) == {"live": "call attempt 1: claimed, nothing sent"}
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    assert rules(target) == {"live": "call attempt 1: the provider took it"}


def test_a_conversation_being_read_is_told(target: CampaignTarget, acme: Organization) -> None:
    now = datetime.now(UTC)
    CampaignTarget.objects.update(state="contacting")
    CampaignTarget.objects.update(state="verifying")
    OutboxMessage.objects.create(
        organization=acme, topic="verify", dedupe="x", target_id=target.pk, created_at=now, next_try_at=now, tries=3
    )
    assert rules(target) == {"verification": "the conversation is being read, tried 3 times so far"}


def test_who_is_done_says_so(target: CampaignTarget) -> None:
    CampaignTarget.objects.update(state="done", done_reason="goal_met", next_attempt_at=None)
    assert rules(target) == {"done": "nothing more happens: goal met"}


def test_the_answer_costs_the_same_whatever_holds(target: CampaignTarget, acme: Organization) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            rules(target)
        return len(asked)

    cost()
    free = cost()
    for number in range(3):
        AttemptFactory(
            target=TargetFactory(campaign__organization=acme, customer=target.customer, state="contacting"),
            address=f"+1212555020{number}",
        )
    assert Attempt.objects.count() == 3
    cost()  # what is kept of the campaign is read anew, because campaigns were added
    assert cost() == free
