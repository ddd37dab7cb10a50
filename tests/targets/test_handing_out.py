"""Claims go to workers by messages, which may be lost, late or too many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Empty

import pytest
from kombu.simple import SimpleQueue

from config.celery import app
from organizations.models import Organization
from targets import capacity
from targets.claims import claim_due_work
from targets.models import Attempt
from targets.submission import submit_attempt
from targets.sweep import sweep
from targets.tasks import dispatch, submit
from tests.targets.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dial_queue() -> Iterator[SimpleQueue]:
    """Return the real queue of claims, empty."""
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("dial")
        queue.clear()
        yield queue
        queue.clear()
        queue.close()


def work_off(queue: SimpleQueue) -> int:
    """Send every claim there is a message of, as a worker does; return how many there were."""
    number = 0
    while True:
        try:
            message = queue.get(block=False)
        except Empty:
            return number
        message.ack()
        if message.headers["task"] == submit.name:
            arguments, _options, _embedded = message.payload
            submit(*arguments)
            number += 1


def people(world: World, organization: Organization, number: int) -> None:
    somebody = [
        world.person(organization, "agrees", f"+1212555{n:04d}", timezone="America/New_York") for n in range(number)
    ]
    world.enrol(world.campaign(organization), *somebody)


def age_by(delta: timedelta) -> None:
    Attempt.objects.update(state_since=datetime.now(UTC) - delta)


def test_a_claim_whose_message_was_lost_is_handed_out_again(
    world: World, acme: Organization, dial_queue: SimpleQueue
) -> None:
    people(world, acme, 2)
    dispatch()
    dial_queue.clear()

    assert sweep()["handed_out"] == 0  # their time has not come
    age_by(timedelta(seconds=6))
    assert sweep()["handed_out"] == 2

    assert work_off(dial_queue) == 2
    assert len(world.placed()) == 2
    assert set(Attempt.objects.values_list("state", flat=True)) <= {"accepted", "completed"}


def test_a_claim_handed_out_twice_is_sent_once(world: World, acme: Organization, dial_queue: SimpleQueue) -> None:
    people(world, acme, 1)
    dispatch()
    age_by(timedelta(seconds=6))
    sweep()

    assert work_off(dial_queue) == 2
    assert len(world.placed()) == 1


def test_no_more_is_claimed_than_workers_come_round_to(
    world: World, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "MOST_UNSENT", 3)
    people(world, acme, 5)

    claims = claim_due_work(worker="test")
    assert (len(claims), len(claim_due_work(worker="test"))) == (3, 0)

    submit_attempt(attempt_id=claims[0].attempt_id, fence=claims[0].fence)
    assert len(claim_due_work(worker="test")) == 1


def test_messages_that_wait_to_be_sent_count_as_well(
    world: World, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "MOST_UNSENT", 3)
    campaign = world.campaign(acme, first_contact_channel="whatsapp", whatsapp_after_attempts=1)
    somebody = [world.person(acme, "agrees", f"+1212555{n:04d}", timezone="America/New_York") for n in range(5)]
    world.enrol(campaign, *somebody)

    assert len(claim_due_work(worker="test")) == 3
    assert set(Attempt.objects.values_list("channel", flat=True)) == {"whatsapp"}
    assert claim_due_work(worker="test") == []
