"""Say when to try again, as a pure value of what has been tried."""

from __future__ import annotations

from datetime import timedelta

_MOST_DOUBLINGS = 32  # longer than any cap, and far from overflowing


def backoff(tries: int, base_seconds: float, cap_seconds: float) -> timedelta:
    """Return how long to wait after a provider has refused `tries` times in a row (1 or more): doubling, capped."""
    doublings = min(tries - 1, _MOST_DOUBLINGS)
    return timedelta(seconds=min(base_seconds * 2**doublings, cap_seconds))
