"""Whatever order a call's webhooks come in, and however often, they end in the same rows, with every effect once."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import permutations
from math import factorial
from typing import Any

import pytest
from django.db import transaction

from organizations.models import Organization, ProviderAccount
from providers.simulator.faults import Faults, WebhookFaults
from targets.claims import claim_due_work
from targets.inbox import process_inbox
from targets.models import Attempt, AttemptEvent, CampaignTarget, Conversation, InboxEvent, OutboxMessage, ReviewItem
from targets.submission import submit_attempt
from targets.verification import drain_verifications
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World

NEW_YORK = "+12125550101"
# Everything that may be said of one call that was answered. The vendor may send its end before the words are written.
EVENTS = ("picked up", "ended", "ended with words", "audio")
WORDS = [
    {"role": "agent", "message": "Would you like to come?", "time_in_call_secs": 1},
    {"role": "user", "message": "That sounds good, please sign me up.", "time_in_call_secs": 4},
]


@pytest.fixture
def attempt(world: World, acme: Organization) -> Attempt:
    """Return a call that was accepted and of which nothing was heard yet."""
    world.simulator.world.faults = Faults(webhooks=WebhookFaults(lost=1))
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    [claim] = claim_due_work(worker="test")
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    found: Attempt = Attempt.objects.get()
    assert found.state == "accepted"
    return found


def body_of(attempt: Attempt, event: str) -> bytes:
    """Return the webhook in the vendor's words."""
    data: dict[str, Any] = {"conversation_id": attempt.provider_id, "user_id": str(attempt.pk)}
    kinds = {"picked up": "answering_machine_detection", "audio": "post_call_audio"}
    if event in ("ended", "ended with words"):
        data |= {
            "status": "done",
            "transcript": WORDS if event == "ended with words" else [],
            "metadata": {"call_duration_secs": 40, "phone_call": {"call_result": "answered"}},
        }
    return json.dumps(
        {"type": kinds.get(event, "post_call_transcription"), "event_timestamp": 1, "data": data}
    ).encode()


def tell(attempt: Attempt, event: str, key: str) -> None:
    """Let a webhook come in under a key of its own, so that it is really applied, and apply it."""
    InboxEvent.objects.create(
        receiver="elevenlabs",
        provider_account=ProviderAccount.objects.get(kind="elevenlabs"),
        event_key=key,
        body=body_of(attempt, event),
        received_at=datetime.now(UTC),
        next_try_at=datetime.now(UTC),
    )
    assert process_inbox() == 1


def state_of(attempt: Attempt) -> dict[str, Any]:
    """Return every row that follows from the news, but for when it was written and under which id."""
    volatile = ("updated_at", "lease_until", "state_since")
    [row], [target] = Attempt.objects.filter(pk=attempt.pk).values(), CampaignTarget.objects.values()
    return {
        "attempt": {name: value for name, value in row.items() if name not in volatile},
        "target": {name: value for name, value in target.items() if name not in volatile},
        "moves": list(AttemptEvent.objects.order_by("id").values_list("old_state", "new_state")),
        "words": list(Conversation.objects.values_list("turns", "termination_reason")),
        "readings": sorted(OutboxMessage.objects.values_list("dedupe", "sent_at")),
        "reviews": ReviewItem.objects.count(),
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return what differs between two states, ``{name: (one, other)}``."""
    flat_one, flat_other = ({**state, **state["attempt"], **state["target"]} for state in (one, other))
    names = set(flat_one) - {"attempt", "target"}
    return {name: (flat_one[name], flat_other[name]) for name in names if flat_one[name] != flat_other[name]}


def test_every_order_of_a_calls_four_webhooks_ends_in_the_same_rows(world: World, attempt: Attempt) -> None:
    ends = []
    for order in permutations(EVENTS):
        with transaction.atomic():
            for event in order:
                tell(attempt, event, key=event)
            ends.append(state_of(attempt))
            transaction.set_rollback(True)
    assert len(ends) == 24
    assert [differences(ends[0], end) for end in ends] == [{}] * 24
    assert ends[0]["moves"][-1] == ("accepted", "completed")
    assert ends[0]["target"]["state"] == "verifying"
    assert [dedupe for dedupe, _sent in ends[0]["readings"]] == [f"verify:attempt:{attempt.pk}"]

    for event in EVENTS:
        tell(attempt, event, key=event)
    drain_verifications()
    assert CampaignTarget.objects.get().done_reason == "goal_met"
    no_invariant_broken(world)


Told = tuple[str, ...]  # what was told so far, sorted: the order does not matter, which is what is proved


def test_every_order_of_two_copies_of_each_ends_in_the_same_rows(attempt: Attempt) -> None:
    """Walk all 2,520 orders at once: what was told so far has one state, whichever way it was reached.

    Every set of news is continued by every event. Two ways that lead to the same set must have led to the same rows, so
    one of them stands for all when it is continued; the ways are counted to show that none is missing.
    """
    found: dict[Told, dict[str, Any]] = {}
    ways: set[tuple[Told, str]] = set()
    continue_by_every_event(attempt, (), found, ways)

    orders: Counter[Told] = Counter({(): 1})
    for told, event in sorted(ways, key=lambda way: len(way[0])):
        orders[tuple(sorted((*told, event)))] += orders[told]
    assert orders[tuple(sorted(EVENTS * 2))] == factorial(8) // 2**4 == 2520
    assert differences(found[tuple(sorted(EVENTS * 2))], found[tuple(sorted(EVENTS))]) == {}


def continue_by_every_event(
    attempt: Attempt, told: Told, found: dict[Told, dict[str, Any]], ways: set[tuple[Told, str]]
) -> None:
    for event in EVENTS:
        if told.count(event) == 2:
            continue
        with transaction.atomic():
            tell(attempt, event, key=str(len(told)))
            now_told = tuple(sorted((*told, event)))
            state = state_of(attempt)
            assert differences(found.setdefault(now_told, state), state) == {}, (told, event)
            ways.add((told, event))
            if now_told == (*told, event):
                continue_by_every_event(attempt, now_told, found, ways)
            transaction.set_rollback(True)


def test_a_wish_to_be_left_alone_that_comes_after_the_calls_end_is_heard(world: World, attempt: Attempt) -> None:
    tell(attempt, "ended", key="first")
    assert CampaignTarget.objects.get().state == "ready"

    refusal = {"role": "user", "message": "Take me off your list, do not call me again.", "time_in_call_secs": 4}
    body = json.loads(body_of(attempt, "ended with words"))
    body["data"]["transcript"][1] = refusal
    InboxEvent.objects.create(
        receiver="elevenlabs",
        provider_account=ProviderAccount.objects.get(kind="elevenlabs"),
        event_key="second",
        body=json.dumps(body).encode(),
        received_at=datetime.now(UTC),
        next_try_at=datetime.now(UTC),
    )
    process_inbox()
    drain_verifications()

    assert CampaignTarget.objects.get().state == "suppressed"
    no_invariant_broken(world)
