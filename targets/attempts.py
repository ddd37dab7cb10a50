"""Lock, move and find attempts: the few operations every step of the engine shares."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from lib.db.clock import RealClock
from targets.lifecycle import AttemptState
from targets.models import Attempt

# What advancing a target needs to have loaded.
_RELATED = (
    "target__customer",
    "target__assigned_agent",
    "target__campaign__organization",
    "target__campaign__configuration",
    "target__campaign__agent",
    "target__campaign__whatsapp_channel",
)


def lock_attempt(attempt_id: UUID) -> Attempt:
    """Lock and return an attempt and its target. Locks are always taken in this order: attempt, then target."""
    Attempt.objects.select_for_update(no_key=True).values_list("pk").get(pk=attempt_id)
    attempts = Attempt.objects.select_related(*_RELATED).select_for_update(no_key=True, of=("self", "target"))
    attempt: Attempt = attempts.get(pk=attempt_id)
    return attempt


def move(attempt: Attempt, state: AttemptState, *, lease: timedelta = timedelta(0)) -> None:
    """Save the attempt, locked by the caller, in `state`; the sweep looks at it again after `lease` of real time."""
    attempt.state = state
    attempt.lease_until = RealClock() + lease
    attempt.state_since = RealClock()
    attempt.save()
