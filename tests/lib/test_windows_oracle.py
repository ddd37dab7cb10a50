"""Does the evaluator agree with a slow one that shares nothing with it?

The oracle reads the zones' files by itself, knows a week as a set of open minutes and finds local time by adding an
offset to epoch seconds; it looks for openings one minute at a time. `WINDOW_EXAMPLES` sets how many cases are drawn
(the long form: 20000).
"""

import os
import random
from datetime import UTC, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib import zones
from lib.windows import CallingCalendar, DateRange, Window, is_open, next_open
from tests.lib.tzif import EPOCH, oracle, read_zone

EXAMPLES = int(os.environ.get("WINDOW_EXAMPLES", "150"))
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

drawn = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


def first_open_minute(calendar: CallingCalendar, instant: datetime, names: list[str], days: int) -> datetime | None:
    if oracle(calendar, instant, names):
        return instant
    minute = EPOCH + ((instant - EPOCH) // MINUTE + 1) * MINUTE
    while minute < instant + timedelta(days=days):
        if oracle(calendar, minute, names):
            return minute
        minute += MINUTE
    return None


minutes_of_day = st.one_of(
    st.integers(0, 95).map(lambda quarter: quarter * 15),
    st.integers(0, 1439),
    st.integers(0, 16).map(lambda quarter: quarter * 15),  # the small hours, where changes happen
).map(lambda minute: time(minute // 60, minute % 60))
windows = (
    st.tuples(st.frozensets(st.integers(0, 6), min_size=1), minutes_of_day, minutes_of_day)
    .filter(lambda drawn_window: drawn_window[1] != drawn_window[2] or drawn_window[1] == time(0))
    .map(lambda drawn_window: Window(*drawn_window))
)
zone_names = st.sampled_from(zones.available())


@st.composite
def cases(draw: st.DrawFn) -> tuple[CallingCalendar, datetime, list[str]]:
    """Draw a calendar, one to three zones and an instant, mostly within two days of a change in one of them."""
    names = draw(st.lists(zone_names, min_size=1, max_size=3))
    changes = [change for name in names for change in read_zone(name).changes(FIRST, LAST)]
    anywhere = st.integers(0, 1000).map(lambda days: FIRST + timedelta(days=days))
    base = draw(st.sampled_from(changes)) if changes else draw(anywhere)
    instant = base + timedelta(seconds=draw(st.integers(-172_800, 172_800)))
    blackouts = [
        DateRange(first, first + timedelta(days=draw(st.integers(0, 2))))
        for first in draw(st.lists(st.integers(-3, 3).map(lambda n: instant.date() + timedelta(days=n)), max_size=2))
    ]
    calendar = CallingCalendar(tuple(draw(st.lists(windows, max_size=3))), blackout_dates=frozenset(blackouts))
    return calendar, instant, names


@drawn
@given(cases())
def test_open_is_what_the_oracle_says(case: tuple[CallingCalendar, datetime, list[str]]) -> None:
    calendar, instant, names = case
    for hours in range(-3, 4):
        assert is_open(calendar, instant + hours * HOUR, names) is oracle(calendar, instant + hours * HOUR, names)


@drawn
@given(cases(), st.integers(1, 9))
def test_the_next_opening_is_the_first_open_minute(
    case: tuple[CallingCalendar, datetime, list[str]], days: int
) -> None:
    calendar, instant, names = case
    expected = first_open_minute(calendar, instant, names, days)
    assert next_open(calendar, instant, names, horizon=timedelta(days=days)) == expected


@drawn
@given(cases(), st.integers(10, 400))
def test_an_opening_months_away_is_open_and_has_none_before_it(
    case: tuple[CallingCalendar, datetime, list[str]], blackout_days: int
) -> None:
    """The minutes in between are sampled: every one of them would take the oracle seconds."""
    calendar, instant, names = case
    long = DateRange(instant.date(), instant.date() + timedelta(days=blackout_days))
    calendar = CallingCalendar(calendar.windows, blackout_dates=calendar.blackout_dates | {long})
    found = next_open(calendar, instant, names, horizon=timedelta(days=500))
    until = found or instant + timedelta(days=500)
    assert found is None or oracle(calendar, found, names)
    assert found in (None, instant) or not oracle(calendar, until - timedelta(seconds=1), names)
    sampled = random.Random(blackout_days)
    for _ in range(200):
        before = instant + sampled.random() * (until - instant)
        assert not oracle(calendar, before, names) or before == found
