"""What a person decides about a question of the engine, and what follows for whoever it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from lib import clock
from lib.errors import InvalidField
from organizations.models import AuditEvent, Organization, ProviderAccount, Role, User
from organizations.services import Actor
from providers.base import CallReport
from providers.simulator.faults import DialFaults, Faults, WebhookFaults
from targets.attempts import lock_attempt
from targets.claims import claim_due_work
from targets.exceptions import ReviewDecided, ReviewNotAllowed, TargetInContact
from targets.gateways import voice_for
from targets.invariants import check_invariants
from targets.models import Attempt, CampaignTarget, ReviewItem
from targets.outcomes import apply_call_report
from targets.reviews import decide_review
from targets.submission import submit_attempt
from targets.sweep import sweep
from targets.timing import GIVE_UP_AFTER
from targets.verification import verify_target
from tests.connections import run_together
from tests.factories import MembershipFactory, TargetFactory
from tests.targets.conftest import MONDAY
from tests.targets.world import World, set_clock

NEW_YORK = "+12125550101"


@pytest.fixture
def ada(acme: Organization) -> User:
    user: User = MembershipFactory(organization=acme, role=Role.OPERATOR).user
    return user


@pytest.fixture
def asked(world: World, acme: Organization, monkeypatch: pytest.MonkeyPatch) -> ReviewItem:
    """Return the question whether somebody was called, whom the provider did call and never told about."""
    monkeypatch.setattr("providers.elevenlabs.voice.ElevenLabsVoice.finds_by_reference", False)
    faults = Faults(voice=DialFaults(accepted_then_500=1), webhooks=WebhookFaults(lost=1), list_lag_seconds=1e9)
    world.simulator.world.faults = faults
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    world.step()
    long_ago = clock.now() - GIVE_UP_AFTER - timedelta(days=3650)
    Attempt.objects.update(state_since=long_ago, lease_until=long_ago)
    sweep()
    world.simulator.world.faults = Faults()
    return ReviewItem.objects.get()


def the_target() -> CampaignTarget:
    target: CampaignTarget = CampaignTarget.objects.get()
    return target


def late_answer(world: World) -> CallReport:
    report = voice_for(ProviderAccount.objects.get(kind="elevenlabs")).fetch_call(world.placed()[0]["conversation_id"])
    assert report is not None
    return report


def apply_late_answer(world: World, asked: ReviewItem) -> str:
    report = late_answer(world)
    assert asked.attempt_id is not None
    with transaction.atomic():
        return apply_call_report(lock_attempt(asked.attempt_id), report, source="webhook")


def nothing_is_broken() -> bool:
    return not any(check_invariants().values())


def test_who_was_called_waits_for_the_next_call_as_after_any_other(asked: ReviewItem, ada: User) -> None:
    decided = decide_review(review=asked, decision="called", actor=Actor(user=ada), note="heard by a colleague")

    assert (decided.decision, decided.decided_by, decided.note) == ("called", ada, "heard by a colleague")
    target = the_target()
    assert (target.state, target.calls_made, target.next_attempt_at) == ("ready", 1, MONDAY + timedelta(hours=1))
    assert nothing_is_broken()


def test_who_was_not_called_is_called_as_if_nothing_had_been(world: World, asked: ReviewItem, ada: User) -> None:
    decide_review(review=asked, decision="not_called", actor=Actor(user=ada))
    target = the_target()
    assert (target.state, target.calls_made, target.next_attempt_at) == ("ready", 0, MONDAY)

    # The address is left alone for its quiet time all the same: a person may be wrong.
    world.step()
    assert len(world.placed()) == 1
    set_clock(MONDAY + timedelta(minutes=11))
    world.step()
    assert len(world.placed()) == 2

    target = the_target()
    assert (target.calls_made, target.done_reason) == (1, "goal_met")
    assert [a.number for a in Attempt.objects.exclude(state="released").order_by("number")] == [1, 2]
    assert nothing_is_broken()


def test_a_call_that_never_was_uses_up_none_of_the_persons_calls(world: World, asked: ReviewItem, ada: User) -> None:
    campaign = the_target().campaign
    campaign.call_attempt_delays = []
    campaign.save()
    decide_review(review=asked, decision="not_called", actor=Actor(user=ada))
    set_clock(MONDAY + timedelta(minutes=11))

    assert world.step() == 1

    assert nothing_is_broken()


def test_stopping_ends_it_by_decision(asked: ReviewItem, ada: User) -> None:
    decide_review(review=asked, decision="stop", actor=Actor(user=ada))

    assert (the_target().state, the_target().done_reason) == ("done", "decided")
    assert nothing_is_broken()


def test_nobody_decides_twice(asked: ReviewItem, ada: User) -> None:
    decide_review(review=asked, decision="called", actor=Actor(user=ada))

    with pytest.raises(ReviewDecided, match="decided already: called"):
        decide_review(review=asked, decision="stop", actor=Actor(user=ada))

    assert the_target().state == "ready"
    assert AuditEvent.objects.filter(action="review.decided").count() == 1


def test_of_two_decisions_at_once_one_holds(asked: ReviewItem, ada: User) -> None:
    results = run_together(
        *[
            lambda decision=decision: decide_review(review=asked, decision=decision, actor=Actor(user=ada)).decision
            for decision in ("called", "stop")
        ]
    )

    assert [type(result) for result in results if isinstance(result, Exception)] == [ReviewDecided]
    [held] = [result for result in results if isinstance(result, str)]
    assert ReviewItem.objects.get().decision == held
    assert the_target().state == ("ready" if held == "called" else "done")


def test_a_viewer_does_not_decide(asked: ReviewItem, acme: Organization) -> None:
    viewer = MembershipFactory(organization=acme, role=Role.VIEWER).user

    with pytest.raises(ReviewNotAllowed):
        decide_review(review=asked, decision="called", actor=Actor(user=viewer))

    assert ReviewItem.objects.get().decided_at is None


def test_an_operator_of_another_organization_does_not_decide(asked: ReviewItem) -> None:
    stranger = MembershipFactory(role=Role.OWNER).user

    with pytest.raises(ReviewNotAllowed):
        decide_review(review=asked, decision="called", actor=Actor(user=stranger))


def test_a_question_takes_only_its_own_answers(asked: ReviewItem, ada: User) -> None:
    with pytest.raises(InvalidField, match="called, not_called, stop"):
        decide_review(review=asked, decision="met", actor=Actor(user=ada))


def test_an_answer_of_the_provider_before_the_decision_wins(world: World, asked: ReviewItem, ada: User) -> None:
    assert apply_late_answer(world, asked) == "applied"

    with pytest.raises(ReviewDecided, match="answered_by_provider"):
        decide_review(review=asked, decision="not_called", actor=Actor(user=ada))


def test_an_answer_after_the_decision_is_a_fact_and_disturbs_no_call_under_way(
    world: World, asked: ReviewItem, ada: User
) -> None:
    decide_review(review=asked, decision="not_called", actor=Actor(user=ada))
    set_clock(MONDAY + timedelta(minutes=11))
    world.simulator.world.faults = Faults(webhooks=WebhookFaults(lost=1))
    [claim] = claim_due_work(worker="test")
    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "accepted"

    assert apply_late_answer(world, asked) == "applied"

    target = the_target()
    assert (target.state, target.calls_made) == ("contacting", 1)
    assert Attempt.objects.get(reviews=asked).state == "completed"


# --- was the goal met? ------------------------------------------------------------------------------------------


@pytest.fixture
def unclear(world: World, acme: Organization) -> ReviewItem:
    """Return the question whether somebody who was undecided met the goal."""
    world.enrol(world.campaign(acme), world.person(acme, "undecided", NEW_YORK))
    world.step()
    target = the_target()
    CampaignTarget.objects.update(state="contacting")
    CampaignTarget.objects.update(state="review")
    item: ReviewItem = ReviewItem.objects.create(organization=acme, target=target, kind=ReviewItem.Kind.UNCLEAR_GOAL)
    return item


def test_a_goal_declared_met_ends_it_and_no_analyzer_takes_it_back(unclear: ReviewItem, ada: User) -> None:
    decide_review(review=unclear, decision="met", actor=Actor(user=ada), note="she signed up online")

    assert verify_target(target_id=unclear.target_id) is not None

    target = the_target()
    assert (target.state, target.done_reason, target.stage) == ("done", "goal_met", "won")
    assert (target.campaign_goal_result, target.analysis_source) == ("met", "operator")
    assert target.campaign_goal_rationale == "she signed up online"


def test_a_goal_declared_not_met_goes_on_with_the_next_step(unclear: ReviewItem, ada: User) -> None:
    decide_review(review=unclear, decision="not_met", actor=Actor(user=ada))

    verify_target(target_id=unclear.target_id)

    target = the_target()
    assert (target.state, target.goal_met_at, target.campaign_goal_result) == ("ready", None, "not_met")
    assert target.analysis_source == "operator"


def test_what_the_person_says_after_the_decision_is_read_again(
    world: World, unclear: ReviewItem, ada: User, acme: Organization
) -> None:
    decide_review(review=unclear, decision="not_met", actor=Actor(user=ada))
    world.forced[NEW_YORK] = "agrees"
    set_clock(MONDAY + timedelta(hours=2))

    assert world.step() == 1

    target = the_target()
    assert (target.campaign_goal_result, target.done_reason) == ("met", "goal_met")


def test_a_person_in_contact_is_not_left_alone_half_way(acme: Organization, ada: User, transactional_db: None) -> None:
    target = TargetFactory(campaign__organization=acme, state="contacting")
    item = ReviewItem.objects.create(organization=acme, target=target, kind=ReviewItem.Kind.UNCLEAR_GOAL)

    with pytest.raises(TargetInContact):
        decide_review(review=item, decision="stop", actor=Actor(user=ada))

    item.refresh_from_db()
    assert item.decided_at is None


def test_while_another_question_is_open_the_target_stays(unclear: ReviewItem, ada: User, acme: Organization) -> None:
    other = ReviewItem.objects.create(
        organization=acme, target=unclear.target, kind=ReviewItem.Kind.UNKNOWN_ATTEMPT, attempt=Attempt.objects.get()
    )
    decide_review(review=unclear, decision="not_met", actor=Actor(user=ada))
    assert the_target().state == "review"

    decide_review(review=other, decision="called", actor=Actor(user=ada))
    assert the_target().state == "ready"
