"""Whatever happens to a message, a worker or an answer, nobody is called twice for one attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from organizations.models import Organization, ProviderAccount
from organizations.services import set_credentials
from providers.simulator.faults import DialFaults, Faults, WebhookFaults
from targets.attempts import lock_attempt
from targets.claims import claim_due_work
from targets.gateways import voice_for
from targets.inbox import ReceiveResult, process_inbox, receive_webhook
from targets.models import Attempt, AttemptEvent, CampaignTarget, InboxEvent, ReviewItem
from targets.outcomes import apply_call_report
from targets.submission import submit_attempt
from targets.sweep import sweep
from targets.timing import GIVE_UP_AFTER, HORIZON
from tests.targets.conftest import MONDAY
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock

NEW_YORK = "+12125550101"


def age(attempt: Attempt, **delta: float) -> None:
    """Let real time pass for an attempt: its lease is over, and its state has stood that long."""
    past = datetime.now(UTC) - timedelta(**delta)
    Attempt.objects.filter(pk=attempt.pk).update(lease_until=past, state_since=past)


def one_attempt() -> Attempt:
    attempt: Attempt = Attempt.objects.get()
    return attempt


def test_a_message_delivered_twice_dials_once(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")

    first = submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    second = submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)

    assert (first, second) == ("accepted", None)
    assert len(world.placed()) == 1


def test_a_worker_that_comes_after_its_lease_sends_nothing(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="slow")
    age(one_attempt(), seconds=1)

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) is None
    assert sweep()["released"] == 1
    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) is None
    assert world.placed() == []
    assert CampaignTarget.objects.get().state == "ready"


def test_a_hint_that_comes_too_late_costs_one_query(
    world: World, acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="slow")
    age(one_attempt(), seconds=1)

    with django_assert_num_queries(1):
        submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)


def test_a_worker_with_an_old_fence_sends_nothing(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")
    Attempt.objects.update(fence=F("fence") + 1)

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) is None
    assert world.placed() == []


def test_an_accepted_call_that_answers_500_is_found_out_about_and_not_repeated(
    world: World, acme: Organization
) -> None:
    world.simulator.world.faults = Faults(voice=DialFaults(accepted_then_500=1), webhooks=WebhookFaults(lost=1))
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))

    world.step()
    attempt = one_attempt()
    assert (attempt.state, attempt.provider_id) == ("unknown", "")
    world.wait(lambda: world.simulator.stats()["scheduled"] == 0)
    age(attempt, minutes=1)
    sweep()
    world.hear()

    target.refresh_from_db()
    assert (one_attempt().state, one_attempt().result_source) == ("completed", "poll")
    assert target.done_reason == "goal_met"
    assert len(world.placed()) == 1
    no_invariant_broken(world)


def test_a_webhook_settles_what_the_answer_left_in_doubt(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(voice=DialFaults(accepted_then_reset=1))
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert (one_attempt().state, one_attempt().result_source) == ("completed", "webhook")
    assert target.done_reason == "goal_met"
    no_invariant_broken(world)


def test_a_call_that_was_never_placed_is_made_again_only_after_the_horizon(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(voice=DialFaults(before_500=1))
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    world.step()
    attempt = one_attempt()

    age(attempt, seconds=(HORIZON - timedelta(minutes=1)).total_seconds())
    sweep()
    assert one_attempt().state == "unknown"

    age(attempt, seconds=(HORIZON + timedelta(minutes=1)).total_seconds())
    sweep()
    assert one_attempt().state == "not_placed"
    target.refresh_from_db()
    assert (target.state, target.calls_made) == ("ready", 0)
    no_invariant_broken(world)


def test_a_provider_that_never_tells_ends_in_a_persons_queue_and_no_second_call(
    world: World, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.elevenlabs.voice.ElevenLabsVoice.finds_by_reference", False)
    faults = Faults(voice=DialFaults(accepted_then_500=1), webhooks=WebhookFaults(lost=1), list_lag_seconds=1e9)
    world.simulator.world.faults = faults
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    world.step()

    age(one_attempt(), seconds=(GIVE_UP_AFTER + timedelta(minutes=1)).total_seconds())
    sweep()

    target.refresh_from_db()
    assert (one_attempt().state, target.state) == ("gave_up", "review")
    assert ReviewItem.objects.get().attempt_id == one_attempt().pk
    assert claim_due_work(worker="test") == []
    assert len(world.placed()) == 1


def test_a_refusal_is_not_counted_and_the_next_try_waits(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(voice=DialFaults(rate_limited=1))
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert (target.state, target.calls_made, target.refusals) == ("ready", 0, 1)
    assert target.hold_reason == "provider.rate_limited"
    assert claim_due_work(worker="test") == []


def test_wrong_credentials_pause_the_campaign_and_say_so(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    account = ProviderAccount.objects.get(kind="elevenlabs")
    set_credentials(account=account, credentials={"api_key": "nobody", "webhook_secret": "x" * 40})
    world.enrol(campaign, world.person(acme, "agrees", NEW_YORK))

    world.step()

    campaign.refresh_from_db()
    assert (campaign.status, campaign.paused_reason) == ("paused", "call: the provider answered unauthorized")
    assert world.placed() == []


@pytest.mark.parametrize(
    "hooks",
    [
        WebhookFaults(early=1),
        WebhookFaults(duplicated=1, delayed=1, delay_seconds=0.2),
        WebhookFaults(forged=1),
    ],
    ids=["before the answer", "copied and late", "with a forgery beside it"],
)
def test_webhooks_in_any_manner_have_one_effect(world: World, acme: Organization, hooks: WebhookFaults) -> None:
    world.simulator.world.faults = Faults(webhooks=hooks)
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))

    world.step()

    target.refresh_from_db()
    assert (target.done_reason, target.calls_made, target.calls_answered) == ("goal_met", 1, 1)
    moves = list(AttemptEvent.objects.order_by("id").values_list("new_state", flat=True))
    assert moves.count("completed") == 1
    event = InboxEvent.objects.get()
    assert event.result == "applied"
    assert (event.deliveries > 1) == bool(hooks.duplicated)
    no_invariant_broken(world)


def test_news_that_overtakes_the_answer_and_names_no_reference_of_ours_is_not_lost(
    world: World, acme: Organization
) -> None:
    world.simulator.world.faults = Faults(webhooks=WebhookFaults(early=1))
    campaign = world.campaign(acme)
    world.enrol(campaign, world.person(acme, "never_answers", NEW_YORK))
    account = ProviderAccount.objects.get(kind="elevenlabs")
    [claim] = claim_due_work(worker="test")
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    attempt, call_id = one_attempt(), one_attempt().provider_id
    Attempt.objects.filter(pk=attempt.pk).update(provider_id="not-yet-known")

    process_inbox()
    assert (InboxEvent.objects.get().result, InboxEvent.objects.get().processed_at) == ("unmatched", None)

    Attempt.objects.filter(pk=attempt.pk).update(provider_id=call_id, provider_account=account)
    InboxEvent.objects.update(next_try_at=datetime.now(UTC))
    process_inbox()
    assert (one_attempt().state, one_attempt().outcome) == ("completed", "no_answer")


def test_an_unsigned_webhook_leaves_no_row(world: World, acme: Organization) -> None:
    world.campaign(acme)
    account = ProviderAccount.objects.get(kind="elevenlabs")

    result = receive_webhook(receiver="elevenlabs", account_id=account.pk, body=b"{}", headers={})

    assert result is ReceiveResult.BAD_SIGNATURE
    assert not InboxEvent.objects.exists()


def test_another_organizations_webhook_cannot_touch_an_attempt(
    world: World, acme: Organization, globex: Organization
) -> None:
    world.simulator.world.faults = Faults(webhooks=WebhookFaults(lost=1))
    world.campaign(globex)
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    attempt = one_attempt()
    theirs = ProviderAccount.objects.get(kind="elevenlabs", organization=globex)
    body = (
        b'{"type": "post_call_transcription", "event_timestamp": 1, "data": {"conversation_id": "%s", "status": "done",'
        b' "agent_id": "a", "user_id": "%s", "transcript": [], "metadata": {}}}'
    ) % (attempt.provider_id.encode(), str(attempt.pk).encode())
    InboxEvent.objects.create(
        receiver="elevenlabs",
        provider_account=theirs,
        event_key="forged",
        body=body,
        received_at=datetime.now(UTC),
        next_try_at=datetime.now(UTC),
    )

    process_inbox()

    assert one_attempt().state == "accepted"
    assert InboxEvent.objects.get().result == "unmatched"


def test_the_database_itself_refuses_a_second_live_attempt_at_one_address(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    claim_due_work(worker="test")
    attempt = one_attempt()
    attempt.pk, attempt.number = None, 2
    attempt.id = Attempt._meta.get_field("id").get_default()

    with pytest.raises(IntegrityError, match="attempt_live_address"), transaction.atomic():
        attempt.save(force_insert=True)


def test_a_result_that_comes_after_giving_up_answers_the_question(
    world: World, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.elevenlabs.voice.ElevenLabsVoice.finds_by_reference", False)
    faults = Faults(voice=DialFaults(accepted_then_500=1), webhooks=WebhookFaults(lost=1), list_lag_seconds=1e9)
    world.simulator.world.faults = faults
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    world.step()
    age(one_attempt(), seconds=(GIVE_UP_AFTER + timedelta(minutes=1)).total_seconds())
    sweep()
    assert ReviewItem.objects.get().decided_at is None

    [call] = world.placed()
    report = voice_for(ProviderAccount.objects.get(kind="elevenlabs")).fetch_call(call["conversation_id"])
    assert report is not None
    with transaction.atomic():
        apply_call_report(lock_attempt(one_attempt().pk), report, source="webhook")
    world.hear()

    target.refresh_from_db()
    assert (one_attempt().state, target.done_reason) == ("completed", "goal_met")
    assert ReviewItem.objects.get().decision == "answered_by_provider"


def test_a_refusal_that_waiting_cannot_cure_ends_in_the_end(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(voice=DialFaults(success_false=1))
    target = world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))

    for hour in range(6):
        set_clock(MONDAY + timedelta(hours=hour))
        world.step()

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.hold_reason) == ("done", "unreachable", "provider.other")
    assert world.placed() == []
