"""Adding people who are in the campaign already begins the outreach to them afresh, and never at their expense."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import ActivityEvent, Campaign
from campaigns.services import close_campaign, complete_campaign, start_campaign
from customers.models import Customer
from customers.suppressions import suppress
from lib import clock
from organizations.models import Organization
from targets.claims import claim_due_work
from targets.enrolment import UNKNOWN_CUSTOMER
from targets.exceptions import CampaignNotOpen
from targets.models import Attempt, CampaignTarget, ReviewItem, Verification
from targets.rounds import NO_PHONE, OPTED_OUT, EnrolOrResetResult, enrol_or_reset
from targets.submission import submit_attempt
from tests.connections import run_together
from tests.factories import CampaignFactory, CustomerFactory, TargetFactory
from tests.targets.conftest import MONDAY
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock

NEW_YORK = "+12125550101"
GAP = timedelta(minutes=10)

pytestmark = pytest.mark.django_db


def add(campaign: Campaign, *customers: Customer) -> EnrolOrResetResult:
    return enrol_or_reset(campaign=campaign, customer_ids=[customer.pk for customer in customers])


def other_work(world: World, acme: Organization, campaign: Campaign) -> None:
    """Give the campaign somebody else to call later, so that it does not complete by itself."""
    later = world.person(acme, "agrees", "+12125550177")
    TargetFactory(campaign=campaign, customer=later, next_attempt_at=MONDAY + timedelta(days=30))


def test_each_customer_is_added_reset_or_rejected_and_named_once(acme: Organization, globex: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    new, known, without, barred = CustomerFactory.create_batch(4, organization=acme)
    Customer.objects.filter(pk=without.pk).update(phone=None)
    suppress(organization=acme, address=barred.phone, source="operator")
    TargetFactory(campaign=campaign, customer=known)
    foreign, missing = CustomerFactory(organization=globex), uuid4()
    gone = CustomerFactory(organization=acme)
    Customer.objects.filter(pk=gone.pk).soft_delete()

    asked = [known.pk, new.pk, without.pk, barred.pk, foreign.pk, missing, gone.pk, new.pk, known.pk]
    result = enrol_or_reset(campaign=campaign, customer_ids=asked)

    assert (result.added, result.reset) == ((new.pk,), (known.pk,))
    assert result.rejected == {
        without.pk: NO_PHONE,
        barred.pk: OPTED_OUT,
        **dict.fromkeys((foreign.pk, missing, gone.pk), UNKNOWN_CUSTOMER),
    }
    assert set(CampaignTarget.objects.values_list("customer_id", flat=True)) == {new.pk, known.pk}


def test_a_second_number_that_is_not_barred_is_enough(acme: Organization) -> None:
    customer = CustomerFactory(organization=acme, other_phones=["+393470000099"])
    suppress(organization=acme, address=customer.phone, source="operator")
    assert add(CampaignFactory(organization=acme), customer).added == (customer.pk,)


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("ready", {"calls_made": 2, "queue_rank": 1, "hold_reason": "minimum_gap"}),
        ("done", {"done_reason": "exhausted", "next_attempt_at": None, "stage": "lost"}),
        ("done", {"done_reason": "goal_met", "next_attempt_at": None, "stage": "won", "goal_met_at": clock.now()}),
        ("suppressed", {"hold_reason": "suppressed.operator", "next_attempt_at": None, "stage": "lost"}),
    ],
)
def test_whoever_waits_or_is_through_begins_at_once_as_if_new(
    acme: Organization, state: str, fields: dict[str, object]
) -> None:
    campaign = CampaignFactory(organization=acme)
    target = TargetFactory(
        campaign=campaign, state=state, ai_label="negative", ai_score=0.1, last_outcome="busy", **fields
    )
    before = clock.now()

    assert add(campaign, target.customer).reset == (target.customer_id,)

    target.refresh_from_db()
    assert (target.state, target.stage, target.round, target.done_reason, target.hold_reason) == (
        "ready",
        "new",
        1,
        "",
        "",
    )
    assert before <= target.next_attempt_at <= clock.now()
    assert (target.calls_made, target.ai_label, target.ai_score, target.goal_met_at) == (0, "unknown", None, None)
    assert (target.last_outcome, target.queue_rank) == ("", 2)


@pytest.mark.parametrize("state", ["contacting", "verifying", "review"])
def test_whoever_something_is_under_way_with_keeps_their_state(acme: Organization, state: str) -> None:
    campaign = CampaignFactory(organization=acme)
    target = TargetFactory(campaign=campaign, state=state, calls_made=1)
    add(campaign, target.customer)
    target.refresh_from_db()
    assert (target.state, target.round, target.calls_made) == (state, 1, 0)


def test_somebody_removed_comes_back_as_added(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    target = TargetFactory(campaign=campaign, state="done", done_reason="exhausted", next_attempt_at=None)
    CampaignTarget.objects.all().soft_delete()
    assert add(campaign, target.customer).added == (target.customer_id,)
    assert [(t.pk, t.state) for t in CampaignTarget.objects.all()] == [(target.pk, "ready")]


@pytest.mark.parametrize("end", [complete_campaign, close_campaign])
def test_a_campaign_that_has_ended_takes_nobody(acme: Organization, end: object) -> None:
    campaign, customer = CampaignFactory(organization=acme), CustomerFactory(organization=acme)
    end(campaign=campaign)  # type: ignore[operator]  # both are services
    with pytest.raises(CampaignNotOpen):
        add(campaign, customer)


def test_the_timeline_tells_how_many_were_reset(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    targets = TargetFactory.create_batch(2, campaign=campaign)
    add(campaign, *[target.customer for target in targets])
    assert ActivityEvent.objects.get(kind="campaign.targets_reset").data == {"targets": [0, 2]}


def test_a_thousand_cost_as_many_statements_as_two(acme: Organization) -> None:
    def statements(number: int) -> int:
        campaign = CampaignFactory(organization=acme)
        known = Customer.objects.bulk_create(
            Customer(organization=acme, phone=f"+39348{campaign.pk.int % 1000:03d}{n:04d}") for n in range(number)
        )
        add(campaign, *known[: number // 2])
        with CaptureQueriesContext(
            connection,
        ) as made:
            add(campaign, *known)
        return len(made)

    few, many = statements(2), statements(1000)
    assert few == many
    assert many <= 40


def test_a_live_call_ends_first_and_the_person_is_left_alone_for_their_gap(world: World, acme: Organization) -> None:
    person = world.person(acme, "agrees", NEW_YORK)
    campaign = world.campaign(acme)
    target = world.enrol(campaign, person)
    other_work(world, acme, campaign)
    [claim] = claim_due_work(worker="test")
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)

    assert add(campaign, person).reset == (person.pk,)
    target.refresh_from_db()
    assert target.state == "contacting"
    world.hear()

    # The call was won, and counts for the round before: the new one has only begun.
    target.refresh_from_db()
    assert (target.state, target.stage, target.calls_made, target.goal_met_at) == ("ready", "new", 0, None)
    assert Verification.objects.filter(target=target).count() == 1
    set_clock(MONDAY + GAP - timedelta(seconds=1))
    assert world.step() == 0
    set_clock(MONDAY + GAP)
    assert world.step() == 1
    target.refresh_from_db()
    assert (target.done_reason, target.calls_made) == ("goal_met", 1)
    assert len(world.placed()) == 2
    no_invariant_broken(world)


def test_a_wish_to_be_left_alone_said_in_the_live_call_is_obeyed(world: World, acme: Organization) -> None:
    person = world.person(acme, "opts_out", NEW_YORK)
    campaign = world.campaign(acme)
    target = world.enrol(campaign, person)
    other_work(world, acme, campaign)
    [claim] = claim_due_work(worker="test")
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    add(campaign, person)
    world.hear()

    target.refresh_from_db()
    assert (target.state, target.hold_reason) == ("suppressed", "suppressed.in_call")
    assert add(campaign, person).rejected == {person.pk: OPTED_OUT}
    set_clock(MONDAY + timedelta(days=1))
    world.step()
    assert len(world.placed()) == 1


def test_a_repetition_before_anything_was_sent_adds_no_call(world: World, acme: Organization) -> None:
    person = world.person(acme, "agrees", NEW_YORK)
    campaign = world.campaign(acme)
    world.enrol(campaign, person)
    other_work(world, acme, campaign)
    [claim] = claim_due_work(worker="test")

    add(campaign, person)
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    world.hear()

    target = CampaignTarget.objects.get(customer=person)
    assert (target.done_reason, target.calls_made, Attempt.objects.get().round) == ("goal_met", 1, 1)
    set_clock(MONDAY + timedelta(hours=2))
    assert world.step() == 0
    no_invariant_broken(world)


def test_a_new_round_has_all_its_calls_and_numbers_go_on(world: World, acme: Organization) -> None:
    person = world.person(acme, "never_answers", NEW_YORK)
    campaign = world.campaign(acme, call_attempt_delays=[60], whatsapp_channel=None)
    target = world.enrol(campaign, person)
    other_work(world, acme, campaign)
    for hours in (0, 1, 2):
        set_clock(MONDAY + timedelta(hours=hours))
        world.step()
    target.refresh_from_db()
    assert (target.state, target.calls_made) == ("done", 2)

    add(campaign, person)
    for hours in (3, 4, 5):
        set_clock(MONDAY + timedelta(hours=hours))
        world.step()

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.calls_made) == ("done", "exhausted", 2)
    made = list(Attempt.objects.order_by("number").values_list("number", "round"))
    assert made == [(1, 0), (2, 0), (3, 1), (4, 1)]
    no_invariant_broken(world)


def test_the_daily_cap_holds_over_rounds(world: World, acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(daily_contact_cap=2)
    person = world.person(acme, "never_answers", NEW_YORK)
    campaign = world.campaign(acme, call_attempt_delays=[], whatsapp_channel=None)
    world.enrol(campaign, person)
    other_work(world, acme, campaign)
    for minutes in (0, 15, 30, 45):
        set_clock(MONDAY + timedelta(minutes=minutes))
        world.step()
        add(campaign, person)
    assert len(world.placed()) == 2


def test_an_open_question_is_answered_by_a_person_first(world: World, acme: Organization) -> None:
    person = world.person(acme, "agrees", NEW_YORK)
    campaign = world.campaign(acme)
    target = world.enrol(campaign, person)
    CampaignTarget.objects.filter(pk=target.pk).update(state="contacting")
    CampaignTarget.objects.filter(pk=target.pk).update(state="review", next_attempt_at=None)
    ReviewItem.objects.create(organization=acme, target=target, kind="unknown_attempt", reason="nobody knows")

    assert add(campaign, person).reset == (person.pk,)
    set_clock(MONDAY + timedelta(days=1))
    assert world.step() == 0
    assert world.placed() == []


@pytest.mark.django_db(transaction=True)
def test_many_at_once_wait_for_each_other_and_enrol_everybody_once(transactional_db: None) -> None:
    campaign = CampaignFactory()
    customers = CustomerFactory.create_batch(20, organization=campaign.organization)
    start_campaign(campaign=campaign, require_ready=False)
    orders = [customers, customers[::-1], customers[10:] + customers[:10], customers[::2]]
    results = run_together(*[partial(add, campaign, *order) for order in orders])
    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(len(result.added) for result in results if isinstance(result, EnrolOrResetResult)) == 20
    assert CampaignTarget.objects.count() == 20
