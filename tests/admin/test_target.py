from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from customers.models import Customer
from lib import clock
from targets.admin.story import describe_next_step
from targets.lifecycle import TargetState
from targets.models import Attempt, CampaignTarget, Conversation
from tests import factories
from tests.admin.pages import page
from tests.admin.world import Furnished

BADGE = re.compile(r"Delivery\b.{0,600}?>\s*(opened|read|delivered|failed|-)\s*<", re.DOTALL)


def story(client: Client, target: CampaignTarget) -> str:
    return client.get(page(CampaignTarget, "change", target.pk)).content.decode()


def test_what_was_said_is_shown_and_cannot_run(root: Client, ours: Furnished) -> None:
    conversation = Conversation.objects.get(attempt=ours.attempt)
    for address in (
        page(CampaignTarget, "change", ours.target.pk),
        page(Attempt, "change", ours.attempt.pk),
        page(Conversation, "change", conversation.pk),
    ):
        text = root.get(address).content.decode()
        assert "Good morning, is this a good moment?" in text
        assert "&lt;script&gt;alert(&#x27;said&#x27;)&lt;/script&gt;" in text
        assert "<script>alert('said')" not in text


@pytest.mark.parametrize(
    ("channel", "status", "shown"),
    [("email", "read", "opened"), ("whatsapp", "read", "read"), ("email", "failed", "failed")],
)
def test_how_far_a_message_came_is_told_in_the_words_of_its_channel(
    root: Client, ours: Furnished, channel: str, status: str, shown: str
) -> None:
    message = factories.AttemptFactory(
        target=ours.target,
        channel=channel,
        address="ana@example.com",
        state="completed",
        submit_started_at=clock.now(),
        provider_id="m-1",
        delivery_status=status,
    )
    assert f"delivery: {shown}" in story(root, ours.target)
    told = BADGE.search(root.get(page(Attempt, "change", message.pk)).content.decode())
    assert told is not None
    assert told[1] == shown
    only_these = root.get(page(Attempt, "changelist"), {"delivery_status": status}).content.decode()
    assert str(message.pk) in only_these
    assert str(ours.attempt.pk) not in only_these


def test_the_words_a_verdict_rests_on_are_marked(root: Client, ours: Furnished) -> None:
    text = story(root, ours.target)
    marked = text.split("desk-quoted")
    assert len(marked) == 2
    assert "Tuesday at ten suits me." in marked[1][:300]


def test_a_story_tells_replies_appointments_and_open_questions(root: Client, ours: Furnished) -> None:
    text = story(root, ours.target)
    for told in ("wrote this", "appointment", "is unclear", "said yes", "agreed to a visit"):
        assert f"{ours.mark} {told}" in text


def test_turns_in_a_form_nobody_expected_do_no_harm(root: Client, ours: Furnished) -> None:
    odd = ["text", {"speaker": "person"}, {"text": "only words"}, {"text": "?", "at_seconds": "soon"}]
    Conversation.objects.filter(attempt=ours.attempt).update(turns=odd)
    assert "only words" in story(root, ours.target)


def test_a_target_is_found_by_the_persons_number(root: Client, ours: Furnished) -> None:
    other = factories.TargetFactory(campaign=ours.campaign)
    for model, mine, not_mine in (
        (CampaignTarget, ours.target.pk, other.pk),
        (Customer, ours.customer.pk, other.customer.pk),
    ):
        text = root.get(page(model, "changelist"), {"q": str(ours.customer.phone)}).content.decode()
        assert page(model, "change", mine) in text
        assert page(model, "change", not_mine) not in text


def test_a_target_is_found_by_both_of_the_persons_names(root: Client, ours: Furnished) -> None:
    text = root.get(page(CampaignTarget, "changelist"), {"q": f"{ours.mark.lower()} ross"}).content.decode()
    assert page(CampaignTarget, "change", ours.target.pk) in text


def test_an_attempt_is_found_by_the_providers_id_of_the_call(root: Client, ours: Furnished) -> None:
    text = root.get(page(Attempt, "changelist"), {"q": f"{ours.mark}-conversation"}).content.decode()
    assert page(Attempt, "change", ours.attempt.pk) in text


def test_the_next_step_reads_as_words() -> None:
    now = clock.now()
    target = CampaignTarget(state=TargetState.READY, next_attempt_at=now - timedelta(hours=1))
    assert describe_next_step(target) == "Call now (first contact)"
    target.next_attempt_at, target.hold_reason = now + timedelta(days=1), "hours.outside_hours"
    assert describe_next_step(target).endswith("(first contact), held: outside hours")
    target.state, target.done_reason = TargetState.DONE, CampaignTarget.DoneReason.GOAL_MET
    assert describe_next_step(target) == "nothing: goal met"
    target.state = TargetState.REVIEW
    assert describe_next_step(target) == "waits for a person's decision"
