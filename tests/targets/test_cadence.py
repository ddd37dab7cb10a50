"""What happens after each outcome, and how often one person is reached for over all their addresses and campaigns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from campaigns.policy import ContactPolicy
from organizations.models import Organization
from targets.checks import Held, check_contact
from targets.claims import claim_due_work
from targets.models import Attempt, CampaignTarget
from targets.submission import submit_attempt
from tests.targets.conftest import MONDAY
from tests.targets.messages import ANA, NEW_YORK, person, sent, to_be_written, writing_campaign
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock

SECOND, THIRD = "+12125550102", "+12125550103"
MINUTE = timedelta(minutes=1)


def run(world: World, *minutes: int) -> None:
    """Let the engine work at each of these minutes after Monday's eleven o'clock."""
    for minute in minutes:
        set_clock(MONDAY + minute * MINUTE)
        world.step()


def fresh(target: CampaignTarget) -> CampaignTarget:
    target.refresh_from_db()
    return target


def dialed(world: World) -> list[str]:
    return [call["to"] for call in world.placed()]


def many_numbered(world: World, acme: Organization, persona: str, **fields: Any) -> CampaignTarget:
    """Enrol somebody with three numbers, who behaves the same on each."""
    world.forced.update({SECOND: persona, THIRD: persona})
    customer = world.person(acme, persona, NEW_YORK, other_phones=[SECOND, THIRD])
    return world.enrol(world.campaign(acme, **fields), customer)


def test_a_busy_line_is_tried_again_as_its_rule_says(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme, retry_policy={"busy": {"delays_minutes": [15]}})
    target = world.enrol(campaign, world.person(acme, "busy_then_books", NEW_YORK))

    run(world, 0)
    assert fresh(target).next_attempt_at == MONDAY + 15 * MINUTE

    run(world, 15)
    assert (fresh(target).done_reason, target.calls_made) == ("goal_met", 2)
    no_invariant_broken(world)


def test_each_retry_takes_the_next_number_and_starts_over_after_the_last(world: World, acme: Organization) -> None:
    many_numbered(world, acme, "never_answers", call_attempt_delays=[15, 15, 15], whatsapp_after_attempts=9)

    run(world, 0, 15, 30, 45)

    assert dialed(world) == [NEW_YORK, SECOND, THIRD, NEW_YORK]
    no_invariant_broken(world)


def test_a_rule_can_stay_with_the_number(world: World, acme: Organization) -> None:
    rules = {"no_answer": {"next_number": False}}
    many_numbered(world, acme, "never_answers", call_attempt_delays=[15], retry_policy=rules)

    run(world, 0, 15)

    assert dialed(world) == [NEW_YORK, NEW_YORK]


def test_a_promised_callback_goes_to_the_number_it_was_promised_at(world: World, acme: Organization) -> None:
    target = many_numbered(world, acme, "callback_then_books")
    world.step()
    promised = fresh(target).callback_at
    assert promised is not None

    set_clock(promised)
    world.step()

    assert dialed(world) == [NEW_YORK, NEW_YORK]


def test_technical_failures_use_up_no_call_and_keep_their_own_numbers(world: World, acme: Organization) -> None:
    target = many_numbered(world, acme, "invalid_number", call_attempt_delays=[15])
    world.forced[THIRD] = "never_answers"

    run(world, 0, 10, 25)
    assert fresh(target).state == "ready"
    assert target.next_attempt_at == MONDAY + 40 * MINUTE  # the one call that reached the network waits its delay

    run(world, 40)
    numbers = Attempt.objects.order_by("number").values_list("number", "outcome")
    assert list(numbers) == [(1, "failed"), (2, "failed"), (3, "no_answer"), (4, "failed")]
    assert fresh(target).state == "ready"
    assert dialed(world) == [NEW_YORK, SECOND, THIRD, NEW_YORK]
    no_invariant_broken(world)


def test_a_call_in_which_the_person_says_nothing_is_short(world: World, acme: Organization) -> None:
    rules = {"short_call": {"delays_minutes": [30]}}
    target = world.enrol(world.campaign(acme, retry_policy=rules), world.person(acme, "silent", NEW_YORK))

    run(world, 0)

    assert (fresh(target).next_attempt_at, target.calls_made) == (MONDAY + 30 * MINUTE, 1)


def test_after_voicemail_another_time_of_day_is_tried_within_the_hours(world: World, acme: Organization) -> None:
    rules = {"voicemail": {"delays_minutes": [7 * 60], "another_time_of_day": True}}
    target = world.enrol(world.campaign(acme, retry_policy=rules), world.person(acme, "always_voicemail", NEW_YORK))

    run(world, 0)  # eleven in the morning: seven hours later is six in the evening
    assert fresh(target).next_attempt_at == MONDAY + timedelta(hours=7)

    run(world, 7 * 60)  # seven hours later it is night; nine in the morning is far enough from six in the evening
    assert fresh(target).next_attempt_at == MONDAY + timedelta(hours=22)


def test_hours_too_narrow_for_another_time_of_day_are_kept(world: World, acme: Organization) -> None:
    target = world.enrol(
        world.campaign(
            acme,
            retry_policy={"voicemail": {"another_time_of_day": True}},
            working_hours=[{"days": [0, 1, 2, 3, 4], "start": "11:00", "end": "12:00"}],
        ),
        world.person(acme, "always_voicemail", NEW_YORK),
    )

    run(world, 0)

    assert fresh(target).next_attempt_at == MONDAY + timedelta(days=1)


def test_call_whatsapp_and_email_follow_each_other_and_nobody_is_stuck(world: World, acme: Organization) -> None:
    campaign = writing_campaign(world, acme, call_attempt_delays=[], whatsapp_after_attempts=1, email_after_attempts=1)
    target = world.enrol(campaign, person(world, acme))

    run(world, 0, 10, 20, 30)

    assert [item["fact"] for item in sent(world)] == ["message_accepted", "email_accepted"]
    assert (fresh(target).state, target.done_reason) == ("done", "exhausted")
    campaign.refresh_from_db()
    assert campaign.status == "completed"
    no_invariant_broken(world)


def test_a_person_without_a_number_is_written_to_by_email(world: World, acme: Organization) -> None:
    target = world.enrol(writing_campaign(world, acme), person(world, acme, phone=None, timezone="America/New_York"))

    run(world, 0, 1)

    assert [item["to"] for item in sent(world)] == [ANA]
    assert (fresh(target).state, target.done_reason) == ("done", "exhausted")
    no_invariant_broken(world)


def test_a_person_without_a_number_or_an_email_to_send_is_unreachable(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), person(world, acme, phone=None))

    run(world, 0)

    assert (fresh(target).state, target.done_reason) == ("done", "unreachable")


def test_the_minimum_gap_holds_over_the_persons_numbers_and_campaigns(world: World, acme: Organization) -> None:
    world.forced[SECOND] = "never_answers"
    customer = world.person(acme, "never_answers", NEW_YORK, other_phones=[SECOND])
    world.enrol(world.campaign(acme), customer)
    world.step()
    second = world.enrol(world.campaign(acme, name="Autumn"), customer)
    CampaignTarget.objects.filter(pk=second.pk).update(phones=[SECOND])

    world.step()
    assert (fresh(second).hold_reason, second.next_attempt_at) == ("minimum_gap", MONDAY + 10 * MINUTE)
    assert dialed(world) == [NEW_YORK]

    run(world, 10)
    assert dialed(world) == [NEW_YORK, SECOND]
    no_invariant_broken(world)


def test_the_minimum_gap_holds_between_an_email_and_a_call(world: World, acme: Organization) -> None:
    customer = person(world, acme)
    only_writes = writing_campaign(world, acme, goal_spec={"objectives": [{"type": "email"}]})
    to_be_written(world, only_writes, customer, "email")
    world.step()
    called = world.enrol(world.campaign(acme, name="Autumn"), customer)

    world.step()

    assert [item["to"] for item in sent(world)] == [ANA]
    assert (fresh(called).state, called.hold_reason) == ("ready", "minimum_gap")
    assert world.placed() == []


def test_the_gap_counts_contacts_of_another_record_with_one_of_the_numbers(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    world.enrol(campaign, world.person(acme, "never_answers", SECOND))
    world.step()
    target = world.enrol(campaign, world.person(acme, "never_answers", NEW_YORK, other_phones=[SECOND]))

    world.step()

    assert (fresh(target).hold_reason, target.next_attempt_at) == ("minimum_gap", MONDAY + 10 * MINUTE)


def test_the_daily_cap_counts_every_address_of_the_person(world: World, acme: Organization) -> None:
    acme.daily_contact_cap = 2
    acme.save()
    customer = person(world, acme, other_phones=[SECOND])
    to_be_written(world, writing_campaign(world, acme), customer, "email")
    world.step()
    target = world.enrol(world.campaign(acme, name="Autumn", call_attempt_delays=[15, 15]), customer)

    run(world, 10, 25)

    assert dialed(world) == [NEW_YORK]
    assert (fresh(target).state, target.hold_reason) == ("ready", "daily_cap")


def test_nobody_is_called_on_one_number_while_they_are_called_on_another(world: World, acme: Organization) -> None:
    customer = world.person(acme, "never_answers", NEW_YORK, other_phones=[SECOND])
    world.enrol(world.campaign(acme), customer)
    [claim] = claim_due_work(worker="test")
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    assert Attempt.objects.get().state == "accepted"
    second = world.enrol(world.campaign(acme, name="Autumn"), customer)

    set_clock(MONDAY + 11 * MINUTE)  # beyond the gap
    found = check_contact(second, ContactPolicy.of(second.campaign), "call", SECOND, MONDAY + 11 * MINUTE)

    assert found == Held("person_busy", MONDAY + 21 * MINUTE)
    world.hear()
