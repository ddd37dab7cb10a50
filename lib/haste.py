"""Shorten every time-out and lease by one factor, so that tests of failure need seconds where production needs minutes.

Only durations that measure machines go through here; the times of people follow `lib.clock`. All of them keep their
proportions, which is what the engine's safety rests on: the longest request fits into the shortest lease.
"""

from __future__ import annotations

from datetime import timedelta

_factor = 1.0


def install(factor: float) -> None:
    """Divide every duration read later by `factor`. Called by the settings, before anything reads one."""
    global _factor
    if not 1 <= factor <= 100:
        raise ValueError("haste is a factor from 1 (none) to 100")
    _factor = factor


def seconds(number: float) -> float:
    """Return `number` real seconds, in the haste in force."""
    return number / _factor


def duration(number: float) -> timedelta:
    """Return the same as a timedelta."""
    return timedelta(seconds=seconds(number))
