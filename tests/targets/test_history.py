from __future__ import annotations

from datetime import timedelta

import pytest

from lib import clock
from targets.history import tries_of
from targets.lifecycle import AttemptState
from tests.factories import AttemptFactory, TargetFactory

pytestmark = pytest.mark.django_db


def test_tries_are_what_was_sent_the_oldest_first_each_with_its_own_person() -> None:
    one, other = TargetFactory(), TargetFactory()
    at = clock.now()
    past = {"submit_started_at": at - timedelta(hours=2), "ended_at": at - timedelta(hours=1)}
    AttemptFactory(target=one, number=3, state=AttemptState.RESERVED, reserved_at=at)
    AttemptFactory(
        target=one, number=3, state=AttemptState.RELEASED, reserved_at=at - timedelta(minutes=1), ended_at=at
    )
    AttemptFactory(target=one, number=2, state=AttemptState.FAILED, reserved_at=at - timedelta(minutes=2), **past)
    AttemptFactory(target=one, number=1, state=AttemptState.NOT_PLACED, reserved_at=at - timedelta(minutes=3), **past)
    AttemptFactory(target=other, state=AttemptState.SUBMITTING, submit_started_at=at)
    found = tries_of([one.pk, other.pk])
    assert [(item.number, item.state, item.at) for item in found[one.pk]] == [
        (1, AttemptState.NOT_PLACED, past["ended_at"]),
        (2, AttemptState.FAILED, past["ended_at"]),
    ]
    assert [(item.state, item.at) for item in found[other.pk]] == [(AttemptState.SUBMITTING, at)]


def test_of_nobody_nothing_was_tried() -> None:
    assert tries_of([]) == {}
    assert TargetFactory().pk not in tries_of([TargetFactory().pk])
