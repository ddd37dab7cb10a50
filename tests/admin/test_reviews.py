"""The queue of questions: what it shows, and that a button answers one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from lib import clock
from organizations.models import Organization, Role, User
from targets.models import CampaignTarget, ReviewItem
from tests import factories
from tests.admin.conftest import Login
from tests.admin.pages import page
from tests.admin.world import Furnished, member

BUTTON = {"_form_submitted": "on", "note": "I asked her"}


@pytest.fixture
def asked(ours: Furnished) -> ReviewItem:
    """Return the question whether somebody was called."""
    target = factories.TargetFactory(campaign=ours.campaign, state="review", next_attempt_at=None)
    attempt = factories.AttemptFactory(
        target=target,
        state="gave_up",
        submit_started_at=clock.now(),
        ended_at=clock.now(),
        provider_account=ours.attempt.provider_account,
    )
    item: ReviewItem = ReviewItem.objects.create(
        organization=ours.organization, target=target, attempt=attempt, kind=ReviewItem.Kind.UNKNOWN_ATTEMPT
    )
    return item


def test_the_queue_shows_who_when_and_through_whom(root: Client, ours: Furnished, asked: ReviewItem) -> None:
    text = root.get(page(ReviewItem, "changelist")).content.decode()
    assert asked.attempt is not None
    assert str(asked.target.customer) in text
    assert f"Call 1 to {asked.attempt.address}" in text.replace("&#x2B;", "+")
    assert f"through {ours.mark} account" in text
    assert "was this person called?" in text


def test_open_questions_come_first_the_oldest_on_top(root: Client, ours: Furnished, asked: ReviewItem) -> None:
    decided = ReviewItem.objects.get(kind=ReviewItem.Kind.UNCLEAR_GOAL)
    ReviewItem.objects.filter(pk=decided.pk).update(decided_at=clock.now() - timedelta(days=1), decision="met")
    newer = ReviewItem.objects.create(
        organization=ours.organization, target=ours.target, kind=ReviewItem.Kind.UNCLEAR_GOAL
    )
    text = root.get(page(ReviewItem, "changelist")).content.decode()
    places = [text.index(page(ReviewItem, "change", item.pk)) for item in (asked, newer, decided)]
    assert places == sorted(places)


@pytest.mark.parametrize(("button", "state"), [("called", "ready"), ("not_called", "ready"), ("stop", "done")])
def test_an_operator_answers(login: Login, acme: Organization, asked: ReviewItem, button: str, state: str) -> None:
    operator: User = member(acme, Role.OPERATOR)
    client = login(operator)
    page_of_it = client.get(page(ReviewItem, "change", asked.pk)).content.decode()
    assert page(ReviewItem, button, asked.pk) in page_of_it

    client.post(page(ReviewItem, button, asked.pk), BUTTON)

    asked.refresh_from_db()
    assert (asked.decision, asked.decided_by, asked.note) == (button, operator, "I asked her")
    assert CampaignTarget.objects.get(pk=asked.target_id).state == state


def test_only_the_answers_of_the_question_are_offered_and_none_twice(root: Client, asked: ReviewItem) -> None:
    address = page(ReviewItem, "change", asked.pk)
    assert page(ReviewItem, "met", asked.pk) not in root.get(address).content.decode()
    root.post(page(ReviewItem, "stop", asked.pk), BUTTON)
    text = root.get(address).content.decode()
    assert page(ReviewItem, "called", asked.pk) not in text
    root.post(page(ReviewItem, "called", asked.pk), BUTTON)
    assert "decided already: stop" in root.get(address).content.decode()
    asked.refresh_from_db()
    assert asked.decision == "stop"


def test_a_question_of_another_organization_is_not_found(login: Login, acme: Organization, theirs: Furnished) -> None:
    item = ReviewItem.objects.get(organization=theirs.organization)
    client = login(member(acme, Role.OWNER))
    assert client.post(page(ReviewItem, "met", item.pk), BUTTON).status_code == 404
    item.refresh_from_db()
    assert item.decided_at is None


def test_the_page_of_a_person_in_review_says_that_somebody_has_to_decide(root: Client, asked: ReviewItem) -> None:
    text = root.get(page(CampaignTarget, "change", asked.target_id)).content.decode()
    assert "a person has to decide: was this person called?" in text
