"""How long to wait after a refusal."""

from datetime import timedelta

import pytest

from lib.retry import backoff


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (8, 300), (1_000_000, 300)]
)
def test_the_wait_doubles_up_to_its_cap(tries: int, seconds: float) -> None:
    assert backoff(tries, base_seconds=5, cap_seconds=300) == timedelta(seconds=seconds)
