"""A message obeys every rule a call obeys, on both channels, at the moment it would go out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns.services.lifecycle import pause_campaign
from customers.models import Customer
from customers.suppressions import suppress
from organizations.models import Blackout, Organization
from organizations.switches import set_dialing, stop_dialing
from targets.claims import claim_due_work
from targets.models import CampaignTarget
from targets.submission import submit_attempt
from tests.targets.conftest import MONDAY
from tests.targets.messages import ANA, CHANNELS, NEW_YORK, person, sent, to_be_written, writing_campaign
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock

pytestmark = pytest.mark.parametrize("channel", CHANNELS)
ADDRESSES = {"whatsapp": NEW_YORK, "email": ANA}


def ready(world: World, acme: Organization, channel: str) -> CampaignTarget:
    """Return a target who is to be written to now."""
    return to_be_written(world, writing_campaign(world, acme), person(world, acme), channel)


def test_nothing_in_the_way_it_goes_out(world: World, acme: Organization, channel: str) -> None:
    target = ready(world, acme, channel)

    assert world.step() == 1

    assert [message["to"] for message in sent(world)] == [ADDRESSES[channel]]
    target.refresh_from_db()
    assert (target.whatsapp_sent, target.email_sent) == ((1, 0) if channel == "whatsapp" else (0, 1))
    assert target.last_contacted_at == MONDAY
    no_invariant_broken(world)


def test_nobody_is_written_to_before_their_morning(world: World, acme: Organization, channel: str) -> None:
    set_clock(datetime(2026, 6, 1, 12, 0, tzinfo=UTC))  # eight in New York
    target = ready(world, acme, channel)

    world.step()
    assert sent(world) == []
    target.refresh_from_db()
    assert (target.hold_reason, target.next_attempt_at) == ("hours.outside_hours", datetime(2026, 6, 1, 13, tzinfo=UTC))

    set_clock(datetime(2026, 6, 1, 13, 0, tzinfo=UTC))
    world.step()
    assert len(sent(world)) == 1


def test_a_claim_made_in_time_is_not_sent_when_the_hours_are_over(
    world: World, acme: Organization, channel: str
) -> None:
    set_clock(datetime(2026, 6, 1, 22, 59, 59, tzinfo=UTC))
    target = ready(world, acme, channel)
    [claim] = claim_due_work(worker="test")

    set_clock(datetime(2026, 6, 1, 23, 0, 1, tzinfo=UTC))

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    target.refresh_from_db()
    assert (target.state, target.next_attempt_at) == ("ready", datetime(2026, 6, 2, 13, tzinfo=UTC))
    assert sent(world) == []


def test_a_blackout_holds_messages_too(world: World, acme: Organization, channel: str) -> None:
    Blackout.objects.create(organization=acme, name="Holiday", first_day=date(2026, 6, 1), last_day=date(2026, 6, 1))
    target = ready(world, acme, channel)

    world.step()

    target.refresh_from_db()
    assert target.hold_reason == "hours.blackout"
    assert sent(world) == []


def test_the_gap_after_a_call_to_the_same_person_is_kept(world: World, acme: Organization, channel: str) -> None:
    customer = person(world, acme)
    world.enrol(world.campaign(acme), customer)
    world.step()
    target = to_be_written(world, writing_campaign(world, acme, name="Autumn"), customer, channel)

    set_clock(MONDAY + timedelta(minutes=9))
    world.step()
    target.refresh_from_db()
    assert (target.hold_reason, target.next_attempt_at) == ("minimum_gap", MONDAY + timedelta(minutes=10))
    assert sent(world) == []

    set_clock(MONDAY + timedelta(minutes=10))
    world.step()
    assert len(sent(world)) == 1
    no_invariant_broken(world)


def test_the_daily_cap_counts_calls_and_messages_together(world: World, acme: Organization, channel: str) -> None:
    acme.daily_contact_cap = 1
    acme.save()
    customer = person(world, acme, "declines")  # so that no second call competes
    world.enrol(world.campaign(acme), customer)
    world.step()
    target = to_be_written(world, writing_campaign(world, acme, name="Autumn"), customer, channel)

    set_clock(MONDAY + timedelta(hours=2))
    world.step()

    target.refresh_from_db()
    assert (target.state, target.hold_reason) == ("ready", "daily_cap")
    assert sent(world) == []


def test_a_suppression_of_the_channel_between_claim_and_sending_is_obeyed(
    world: World, acme: Organization, channel: str
) -> None:
    target = ready(world, acme, channel)
    [claim] = claim_due_work(worker="test")

    suppress(organization=acme, address=ADDRESSES[channel], channel=channel, source="api")

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    target.refresh_from_db()
    assert (target.state, target.hold_reason) == ("suppressed", "suppressed.api")
    assert sent(world) == []


def test_a_suppression_of_every_channel_stops_this_one(world: World, acme: Organization, channel: str) -> None:
    target = ready(world, acme, channel)
    suppress(organization=acme, address=ADDRESSES[channel], source="api")

    world.step()

    target.refresh_from_db()
    assert target.state == "suppressed"
    assert sent(world) == []


def test_a_suppression_of_another_channel_does_not(world: World, acme: Organization, channel: str) -> None:
    ready(world, acme, channel)
    for other in {"call", "whatsapp", "email"} - {channel}:
        suppress(organization=acme, address=ADDRESSES[channel], channel=other, source="api")

    world.step()

    assert len(sent(world)) == 1


STOPS: dict[str, Callable[[CampaignTarget], object]] = {
    "the platform": lambda target: set_dialing(value="stopped", reason="drill"),
    "the organization": lambda target: stop_dialing(organization=target.organization, reason="drill"),
    "the campaign": lambda target: pause_campaign(campaign=target.campaign, reason="lunch"),
}


@pytest.mark.parametrize("whose", STOPS)
def test_a_stop_reaches_what_was_claimed_before(world: World, acme: Organization, channel: str, whose: str) -> None:
    target = ready(world, acme, channel)
    [claim] = claim_due_work(worker="test")

    STOPS[whose](target)

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    assert claim_due_work(worker="test") == []
    assert sent(world) == []


def test_a_removed_person_is_not_written_to(world: World, acme: Organization, channel: str) -> None:
    target = ready(world, acme, channel)
    [claim] = claim_due_work(worker="test")
    CampaignTarget.objects.filter(pk=target.pk).soft_delete()

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    assert sent(world) == []


def test_two_people_behind_one_address_are_not_written_to_at_once(
    world: World, acme: Organization, channel: str
) -> None:
    campaign = writing_campaign(world, acme)
    first, second = person(world, acme), person(world, acme)
    world.enrol(campaign, first, second)
    CampaignTarget.objects.update(next_channel=channel)

    world.step()

    assert len(sent(world)) == 1
    assert Customer.objects.count() == 2
    assert CampaignTarget.objects.filter(hold_reason__in=["address_busy", "minimum_gap"]).count() == 1
