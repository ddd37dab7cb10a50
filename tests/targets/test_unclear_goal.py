"""Whether the goal was met is asked of a person where the analyzer could not tell and nothing more is tried."""

from __future__ import annotations

from datetime import timedelta

from organizations.models import Organization
from organizations.services import Actor
from targets.models import CampaignTarget, ReviewItem, Verification
from targets.reviews import decide_review
from targets.verification import verify_target
from tests.targets.conftest import MONDAY
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock

NEW_YORK = "+12125550101"


def called_once(world: World, acme: Organization, persona: str) -> CampaignTarget:
    """Call somebody in a campaign that makes one call only; return the target afterwards."""
    campaign = world.campaign(acme, call_attempt_delays=[], whatsapp_channel=None)
    target = world.enrol(campaign, world.person(acme, persona, NEW_YORK))
    world.step()
    target.refresh_from_db()
    return target


def test_an_unclear_end_is_asked_of_a_person_and_holds_nobody_up(world: World, acme: Organization) -> None:
    target = called_once(world, acme, "undecided")

    question = ReviewItem.objects.get()
    assert (question.kind, question.decided_at) == ("unclear_goal", None)
    assert question.reason.startswith("the analyzer could not tell: ")
    assert (target.state, target.done_reason, target.campaign_goal_result) == ("done", "exhausted", "unclear")
    target.campaign.refresh_from_db()
    assert target.campaign.status == "completed"
    no_invariant_broken(world)


def test_an_answer_that_it_was_met_makes_it_a_success(world: World, acme: Organization) -> None:
    target = called_once(world, acme, "undecided")

    decide_review(review=ReviewItem.objects.get(), decision="met", actor=Actor())

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.stage) == ("done", "goal_met", "won")
    no_invariant_broken(world)


def test_an_answer_that_it_was_not_met_is_not_asked_again(world: World, acme: Organization) -> None:
    target = called_once(world, acme, "undecided")

    decide_review(review=ReviewItem.objects.get(), decision="not_met", actor=Actor())

    target.refresh_from_db()
    assert (target.state, target.done_reason, target.stage) == ("done", "exhausted", "lost")
    assert ReviewItem.objects.get().decision == "not_met"


def test_nothing_is_asked_while_there_is_something_left_to_try(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme, call_attempt_delays=[60], whatsapp_channel=None)
    target = world.enrol(campaign, world.person(acme, "undecided", NEW_YORK))
    world.step()
    assert not ReviewItem.objects.exists()

    set_clock(MONDAY + timedelta(hours=1))
    world.step()

    target.refresh_from_db()
    assert target.done_reason == "exhausted"
    assert ReviewItem.objects.get().kind == "unclear_goal"


def test_nothing_is_asked_of_those_who_never_spoke(world: World, acme: Organization) -> None:
    target = called_once(world, acme, "never_answers")

    assert target.done_reason == "exhausted"
    assert not ReviewItem.objects.exists()


def test_a_clear_reading_later_answers_the_question(world: World, acme: Organization) -> None:
    target = called_once(world, acme, "agrees")
    question = ReviewItem.objects.create(organization=acme, target=target, kind="unclear_goal", reason="it was unclear")

    verify_target(target_id=target.pk)

    question.refresh_from_db()
    assert question.decision == "answered_by_analyzer"
    assert Verification.objects.filter(verdict="met").count() == 2
