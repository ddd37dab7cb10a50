"""When is the next attempt?"""

from datetime import timedelta

import pytest

from lib.retry import backoff, delay_after


@pytest.mark.parametrize(("attempts_made", "minutes"), [(0, 0), (1, 60), (2, 240), (3, 1440), (4, None), (5, None)])
def test_there_is_one_attempt_more_than_there_are_delays(attempts_made: int, minutes: int | None) -> None:
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert delay_after([60, 240, 1440], attempts_made) == expected


def test_without_delays_there_is_one_attempt() -> None:
    assert delay_after([], 0) == timedelta(0)
    assert delay_after([], 1) is None


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (8, 300), (1_000_000, 300)]
)
def test_the_wait_doubles_up_to_its_cap(tries: int, seconds: float) -> None:
    assert backoff(tries, base_seconds=5, cap_seconds=300) == timedelta(seconds=seconds)
