"""Every rule that may hold a contact back does, says why, and nothing reaches the person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns.models import Campaign
from campaigns.services.lifecycle import pause_campaign
from customers.services import restore_customer, soft_delete_customer
from customers.suppressions import suppress
from organizations.models import Blackout, Organization
from organizations.switches import set_dialing, stop_dialing
from targets.claims import claim_due_work
from targets.models import Attempt, CampaignTarget
from targets.submission import submit_attempt
from tests.targets.conftest import MONDAY
from tests.targets.world import World, set_clock

NEW_YORK = "+12125550101"
LOS_ANGELES = "+13105550102"
MADRID_MOBILE = "+34612345678"


def test_a_person_is_not_called_before_their_own_morning(world: World, acme: Organization) -> None:
    set_clock(datetime(2026, 6, 1, 13, 30, tzinfo=UTC))  # 09:30 in New York, 06:30 in Los Angeles
    campaign = world.campaign(acme)
    world.enrol(campaign, world.person(acme, "agrees", NEW_YORK), world.person(acme, "agrees", LOS_ANGELES))

    assert world.step() == 1

    waiting = CampaignTarget.objects.get(state="ready")
    assert waiting.customer.phone == LOS_ANGELES
    assert waiting.next_attempt_at == datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
    assert waiting.hold_reason == "hours.outside_hours"
    assert [call["to"] for call in world.placed()] == [NEW_YORK]


def test_a_deleted_customer_is_not_called_before_they_are_restored(world: World, acme: Organization) -> None:
    person = world.person(acme, "agrees", NEW_YORK)
    target = world.enrol(world.campaign(acme), person)
    soft_delete_customer(customer=person)

    world.step()
    target.refresh_from_db()
    assert (target.hold_reason, world.placed()) == ("customer.deleted", [])

    restore_customer(customer=person)
    set_clock(MONDAY + timedelta(hours=1, minutes=1))
    world.step()
    assert len(world.placed()) == 1


def test_the_persons_stated_zone_wins_over_their_number(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK, timezone="Pacific/Auckland"))

    assert world.step() == 0

    target.refresh_from_db()
    assert target.next_attempt_at == datetime(2026, 6, 1, 21, 0, tzinfo=UTC)  # Tuesday, nine in Auckland


def test_a_country_of_two_zones_is_called_only_when_both_allow_it(world: World, acme: Organization) -> None:
    # A Spanish mobile may be on the mainland or, an hour behind, on the Canaries.
    set_clock(datetime(2026, 6, 1, 7, 30, tzinfo=UTC))
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", MADRID_MOBILE))

    assert world.step() == 0

    target.refresh_from_db()
    assert target.next_attempt_at == datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_somebody_in_no_known_zone_is_never_called_and_it_says_so(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", "+18005550199"))

    assert world.step() == 0

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.hold_reason) == ("done", "uncallable", "hours.unknown_zone")
    assert world.placed() == []


def test_a_blackout_holds_by_the_persons_calendar(world: World, acme: Organization) -> None:
    Blackout.objects.create(organization=acme, name="Holiday", first_day=date(2026, 6, 1), last_day=date(2026, 6, 2))
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))

    assert world.step() == 0

    target.refresh_from_db()
    assert (target.hold_reason, target.next_attempt_at) == ("hours.blackout", datetime(2026, 6, 3, 13, tzinfo=UTC))


def test_a_decision_keeps_the_blackouts_it_saw_about_it(world: World, acme: Organization) -> None:
    for first in (date(2026, 5, 30), date(2026, 6, 3), date(2026, 7, 1)):
        Blackout.objects.create(organization=acme, name="Holiday", first_day=first, last_day=first)
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))

    assert world.step() == 1

    assert Attempt.objects.get().decision["blackouts"] == [["2026-05-30", "2026-05-30"], ["2026-06-03", "2026-06-03"]]


@pytest.mark.parametrize("stored", [[{"days": [0], "start": "9"}], {"monday": "09:00"}, 7, None, "always"])
def test_rules_nobody_can_read_hold_their_own_campaign_and_no_other(
    world: World, acme: Organization, stored: object
) -> None:
    broken = world.campaign(acme, priority=9)
    held = world.enrol(broken, world.person(acme, "agrees", NEW_YORK))
    Campaign.objects.filter(pk=broken.pk).update(working_hours=stored or 0)
    world.enrol(world.campaign(acme, name="Sound"), world.person(acme, "agrees", "+12125550102"))

    assert world.step() == 1

    held.refresh_from_db()
    assert (held.state, held.hold_reason) == ("ready", "rules.unreadable")
    assert held.next_attempt_at == MONDAY + timedelta(minutes=15)
    assert [call["to"] for call in world.placed()] == ["+12125550102"]
    Campaign.objects.filter(pk=broken.pk).update(working_hours=[{"days": [0], "start": "09:00", "end": "19:00"}])
    set_clock(MONDAY + timedelta(minutes=15))
    assert world.step() == 1


@pytest.mark.parametrize("stored", [{"objectives": [{"type": "magic"}]}, {"objectives": 7}, [1], 7, "win"])
def test_a_goal_nobody_can_read_holds_its_own_campaign_and_no_other(
    world: World, acme: Organization, stored: object
) -> None:
    broken = world.campaign(acme, priority=9)
    held = world.enrol(broken, world.person(acme, "agrees", NEW_YORK))
    Campaign.objects.filter(pk=broken.pk).update(goal_spec=stored)
    world.enrol(world.campaign(acme, name="Sound"), world.person(acme, "agrees", "+12125550102"))

    assert world.step() == 1

    held.refresh_from_db()
    assert (held.state, held.hold_reason) == ("ready", "rules.unreadable")
    assert [call["to"] for call in world.placed()] == ["+12125550102"]


def test_what_was_said_while_the_goal_became_unreadable_is_not_lost(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    target = world.enrol(campaign, world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    Campaign.objects.filter(pk=campaign.pk).update(goal_spec={"objectives": 7})

    world.hear()

    target.refresh_from_db()
    assert (target.calls_answered, target.goal_met_at) == (1, None)


def test_a_claim_made_in_time_is_not_sent_when_the_hours_are_over(world: World, acme: Organization) -> None:
    set_clock(datetime(2026, 6, 1, 22, 59, 59, tzinfo=UTC))
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")

    set_clock(datetime(2026, 6, 1, 23, 0, 1, tzinfo=UTC))
    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"

    target.refresh_from_db()
    assert (target.state, target.next_attempt_at) == ("ready", datetime(2026, 6, 2, 13, tzinfo=UTC))
    assert world.placed() == []


def test_a_pause_stops_the_next_dial_not_the_next_batch(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    world.enrol(campaign, world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")

    pause_campaign(campaign=campaign, reason="lunch")

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    assert CampaignTarget.objects.get().hold_reason == "campaign.paused"
    assert world.placed() == []


def test_an_opt_out_between_claim_and_dial_is_obeyed(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")

    suppress(organization=acme, address=NEW_YORK, channel="", source="api")

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    assert CampaignTarget.objects.get().state == "suppressed"
    assert world.placed() == []


@pytest.mark.parametrize("whose", ["platform", "organization"])
def test_a_kill_switch_stops_claims_and_what_was_claimed(world: World, acme: Organization, whose: str) -> None:
    campaign = world.campaign(acme)
    world.enrol(campaign, world.person(acme, "agrees", NEW_YORK), world.person(acme, "agrees", LOS_ANGELES))
    acme.concurrency_limit = 1
    acme.save()
    set_clock(MONDAY + timedelta(hours=2))
    [claim] = claim_due_work(worker="test")

    if whose == "platform":
        set_dialing(value="stopped", reason="drill")
    else:
        stop_dialing(organization=acme, reason="drill")

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    assert claim_due_work(worker="test") == []
    assert world.placed() == []


def test_two_campaigns_do_not_reach_one_person_within_the_minimum_gap(world: World, acme: Organization) -> None:
    person = world.person(acme, "agrees", NEW_YORK)
    world.enrol(world.campaign(acme), person)
    world.step()
    second = world.enrol(world.campaign(acme, name="Autumn"), person)

    assert world.step() == 0
    second.refresh_from_db()
    assert (second.hold_reason, second.next_attempt_at) == ("minimum_gap", MONDAY + timedelta(minutes=10))

    set_clock(MONDAY + timedelta(minutes=10))
    assert world.step() == 1
    assert len(world.placed()) == 2


def test_two_customers_behind_one_number_are_not_called_at_once(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    world.enrol(campaign, world.person(acme, "agrees", NEW_YORK), world.person(acme, "agrees", NEW_YORK))

    assert len(claim_due_work(worker="test")) == 1
    assert CampaignTarget.objects.get(state="ready").hold_reason == "address_busy"


def test_the_daily_cap_counts_every_campaign(world: World, acme: Organization) -> None:
    acme.daily_contact_cap = 1
    acme.save()
    person = world.person(acme, "agrees", NEW_YORK)
    world.enrol(world.campaign(acme), person)
    world.step()
    second = world.enrol(world.campaign(acme, name="Autumn"), person)

    set_clock(MONDAY + timedelta(hours=2))
    world.step()

    second.refresh_from_db()
    assert (second.state, second.hold_reason) == ("ready", "daily_cap")
    assert len(world.placed()) == 1


def test_no_more_calls_are_live_than_the_organization_allows(world: World, acme: Organization) -> None:
    acme.concurrency_limit = 3
    acme.save()
    people = [world.person(acme, "agrees", f"+1212555{n:04d}") for n in range(110, 120)]
    world.enrol(world.campaign(acme), *people)

    assert len(claim_due_work(worker="one")) == 3
    assert claim_due_work(worker="two") == []
    assert Attempt.objects.live().count() == 3


def test_a_campaigns_own_limit_holds_below_the_organizations(world: World, acme: Organization) -> None:
    people = [world.person(acme, "agrees", f"+1212555{n:04d}") for n in range(110, 115)]
    world.enrol(world.campaign(acme, concurrency_limit=2), *people)

    assert len(claim_due_work(worker="test")) == 2
