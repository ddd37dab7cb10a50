"""A vendor's pace is kept, and one that asks to wait is not asked again meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lib.db.clock import read_real_clock
from organizations.models import Organization, ProviderAccount
from providers.simulator.faults import Faults
from targets.claims import claim_due_work
from targets.models import Attempt
from targets.pacing import back_off, take_turn, turns_left
from targets.submission import submit_attempt
from tests.targets.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def account_of(world: World, organization: Organization) -> ProviderAccount:
    campaign = world.campaign(organization)
    people = [world.person(organization, "agrees", f"+1212555{n:04d}", timezone="America/New_York") for n in range(8)]
    world.enrol(campaign, *people)
    account: ProviderAccount = ProviderAccount.objects.get(kind="elevenlabs")
    return account


def paced(account: ProviderAccount, calls_per_second: float) -> None:
    account.calls_per_second = calls_per_second
    account.save()


def test_turns_follow_each_other_at_the_pace(world: World, acme: Organization) -> None:
    account = account_of(world, acme)
    paced(account, 4)
    waits = [take_turn(account.pk) for _ in range(4)]
    assert waits[0] == 0
    assert [round(wait or 0, 1) for wait in waits[1:]] == pytest.approx([0.2, 0.5, 0.7], abs=0.15)


def test_nobody_waits_for_a_turn_that_is_far_away(world: World, acme: Organization) -> None:
    account = account_of(world, acme)
    paced(account, 0.2)
    assert take_turn(account.pk) == 0
    assert take_turn(account.pk) is None


def test_no_more_is_claimed_than_the_pace_lets_through(world: World, acme: Organization) -> None:
    paced(account_of(world, acme), 1)
    assert len(claim_due_work(worker="test")) == 2
    assert claim_due_work(worker="test") == []


def test_an_attempt_whose_turn_is_far_away_is_given_back(world: World, acme: Organization) -> None:
    account = account_of(world, acme)
    claim = claim_due_work(worker="test")[0]
    back_off(account.pk, retry_after_seconds=60)

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    assert world.placed() == []
    assert Attempt.objects.get(pk=claim.attempt_id).target.hold_reason == "account_pace"


def test_a_vendor_that_asks_to_wait_is_left_alone_for_as_long_as_it_asked(world: World, acme: Organization) -> None:
    account = account_of(world, acme)
    world.simulator.world.faults = Faults.read({"voice": {"rate_limited": 1.0}})
    claim = claim_due_work(worker="test")[0]
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)

    account.refresh_from_db()
    assert account.paced_until is not None
    assert account.paced_until > read_real_clock()
    assert turns_left(acme.pk) == {account.pk: 0}
    assert claim_due_work(worker="test") == []


def test_refusals_that_come_together_count_once_and_later_ones_wait_longer(world: World, acme: Organization) -> None:
    account = account_of(world, acme)
    for _ in range(5):
        back_off(account.pk, retry_after_seconds=None)
    account.refresh_from_db()
    assert account.refusals == 1

    ProviderAccount.objects.filter(pk=account.pk).update(paced_until=read_real_clock() - timedelta(seconds=1))
    back_off(account.pk, retry_after_seconds=None)
    account.refresh_from_db()
    assert account.refusals == 2
    assert account.paced_until is not None
    assert account.paced_until - read_real_clock() > timedelta(seconds=3)


def test_a_vendor_that_asks_to_wait_many_times_at_once_waits_no_longer_than_it_asked(
    world: World, acme: Organization
) -> None:
    account = account_of(world, acme)
    for seconds in (20, 30, 20, 10, 25, 20, 20, 20):
        back_off(account.pk, retry_after_seconds=seconds)

    account.refresh_from_db()
    assert account.refusals == 1
    assert account.paced_until is not None
    assert timedelta(seconds=25) < account.paced_until - read_real_clock() <= timedelta(seconds=30)
