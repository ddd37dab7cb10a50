"""Say when to try again, as a pure value of what has been tried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

_MOST_DOUBLINGS = 32  # longer than any cap, and far from overflowing


def delay_after(delays_minutes: Sequence[int], attempts_made: int) -> timedelta | None:
    """Return how long to wait after the last of `attempts_made` attempts before the next, None when all are used up.

    There is one attempt more than there are delays; the first waits for nothing.
    """
    if attempts_made == 0:
        return timedelta(0)
    if attempts_made > len(delays_minutes):
        return None
    return timedelta(minutes=delays_minutes[attempts_made - 1])


def backoff(tries: int, base_seconds: float, cap_seconds: float) -> timedelta:
    """Return how long to wait after a provider has refused `tries` times in a row (1 or more): doubling, capped."""
    doublings = min(tries - 1, _MOST_DOUBLINGS)
    return timedelta(seconds=min(base_seconds * 2**doublings, cap_seconds))
