"""From a due target to a verdict, through the real adapters, over HTTP, with real signatures."""

from __future__ import annotations

from datetime import timedelta

from organizations.models import Organization
from targets.invariants import check_against_provider, check_invariants
from targets.models import Attempt, Conversation, Verification
from tests.targets.conftest import MONDAY
from tests.targets.world import World, set_clock

NEW_YORK = "+12125550101"


def no_invariant_broken(world: World) -> None:
    results = check_invariants() | check_against_provider(lambda: iter(world.placed()))
    assert {name: rows for name, rows in results.items() if rows} == {}


def test_an_interested_person_is_called_once_and_won(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    target = world.enrol(campaign, world.person(acme, "agrees", NEW_YORK))

    assert world.step() == 1

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.stage) == ("done", "goal_met", "won")
    assert (target.calls_made, target.calls_answered, target.last_outcome) == (1, 1, "answered")
    attempt = Attempt.objects.get()
    assert attempt.state == "completed"
    assert [call["reference"] for call in world.placed()] == [str(attempt.pk)]
    campaign.refresh_from_db()
    assert campaign.status == "completed"
    no_invariant_broken(world)


def test_a_verdict_quotes_words_the_person_said(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))

    world.step()

    verification = Verification.objects.get(target=target)
    turns = Conversation.objects.get().turns
    assert verification.verdict == "met"
    assert verification.quotes
    for quote in verification.quotes:
        said = turns[quote["turn"]]
        assert said["speaker"] == "person"
        assert quote["text"] in said["text"]
    formatted = Conversation.objects.get().meta["elevenlabs"]["conversation_formatted"]
    assert turns[-1]["text"] in formatted


def test_a_busy_line_is_called_again_after_the_delay_and_not_before(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "busy_then_books", NEW_YORK))

    world.step()
    target.refresh_from_db()
    assert (target.state, target.next_attempt_at) == ("ready", MONDAY + timedelta(hours=1))

    set_clock(MONDAY + timedelta(minutes=59))
    assert world.step() == 0

    set_clock(MONDAY + timedelta(minutes=60))
    assert world.step() == 1
    target.refresh_from_db()
    assert (target.done_reason, target.calls_made) == ("goal_met", 2)
    no_invariant_broken(world)


def test_whatsapp_follows_the_unanswered_calls_and_then_it_is_over(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme, whatsapp_after_attempts=2)
    target = world.enrol(campaign, world.person(acme, "never_answers", NEW_YORK))

    for hours in (0, 1, 2, 6, 12):
        set_clock(MONDAY + timedelta(hours=hours, minutes=hours))
        world.step()

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.stage) == ("done", "exhausted", "lost")
    assert (target.calls_made, target.calls_answered, target.whatsapp_sent) == (3, 0, 1)
    message = Attempt.objects.get(channel="whatsapp")
    assert (message.state, message.text) == ("completed", f"Hello {target.customer.name}!")
    assert message.delivery_status in ("delivered", "read")
    no_invariant_broken(world)


def test_who_declines_is_left_alone(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "declines", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.stage) == ("done", "declined", "lost")
    set_clock(MONDAY + timedelta(days=2))
    assert world.step() == 0


def test_who_opts_out_in_a_call_is_suppressed_everywhere(world: World, acme: Organization) -> None:
    person = world.person(acme, "opts_out", NEW_YORK)
    first, second = world.campaign(acme), world.campaign(acme, name="Autumn")
    target = world.enrol(first, person)

    world.step()
    other = world.enrol(second, person)
    set_clock(MONDAY + timedelta(hours=3))
    world.step()

    target.refresh_from_db()
    other.refresh_from_db()
    assert (target.state, other.state) == ("suppressed", "suppressed")
    assert other.hold_reason == "suppressed.in_call"
    assert len(world.placed()) == 1
    no_invariant_broken(world)


def test_a_promised_callback_is_kept_at_its_time(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "callback_then_books", NEW_YORK))

    world.step()
    target.refresh_from_db()
    assert target.callback_requested
    promised = target.callback_at
    assert promised is not None
    assert (target.state, target.next_attempt_at, target.queue_rank) == ("ready", promised, 0)

    set_clock(promised)
    world.step()
    target.refresh_from_db()
    assert (target.done_reason, target.callback_at) == ("goal_met", None)
    no_invariant_broken(world)


def test_a_voice_mailbox_is_not_an_answer(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "always_voicemail", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert (target.last_outcome, target.calls_answered, target.ai_label) == ("voicemail", 0, "unknown")
    assert target.state == "ready"
    assert not Verification.objects.exists()


def test_silence_is_no_verdict(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "silent", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert (target.ai_label, target.goal_met_at) == ("unknown", None)
    assert not Verification.objects.exists()


def test_a_number_that_does_not_exist_is_given_up_after_some_failures(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme, call_attempt_delays=[]), world.person(acme, "invalid_number", NEW_YORK))

    for minutes in (0, 20, 80, 200, 440):
        set_clock(MONDAY + timedelta(minutes=minutes))
        world.step()

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.hold_reason) == ("done", "unreachable", "technical_failures")
    assert (target.calls_answered, target.goal_met_at) == (0, None)
    assert len(world.placed()) == 5
    no_invariant_broken(world)
