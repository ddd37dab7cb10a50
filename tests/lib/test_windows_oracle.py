"""Does the evaluator agree with a slow one that shares nothing with it?

The oracle knows a week as a set of open minutes and finds local time by adding an offset to epoch minutes; it looks
for openings one minute at a time. `WINDOW_EXAMPLES` sets how many cases are drawn (the long form: 20000).
"""

import os
import random
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib import zones
from lib.windows import CallingCalendar, DateRange, Window, is_open, next_open

EXAMPLES = int(os.environ.get("WINDOW_EXAMPLES", "150"))
WEEK_MINUTES = 7 * 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

drawn = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


@cache
def zone_file(name: str) -> ZoneInfo:
    with (files("tzdata") / "zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file)


@cache
def hourly_changes(name: str) -> tuple[datetime, ...]:
    """Return every hour of the three years before which the zone's offset is not what it is after."""
    here, changes = zone_file(name), []
    instant, offset = FIRST, FIRST.astimezone(zone_file(name)).utcoffset()
    while instant < LAST:
        following = (instant + HOUR).astimezone(here).utcoffset()
        if following != offset:
            changes.append(instant)
        instant, offset = instant + HOUR, following
    return tuple(changes)


@cache
def open_minutes(windows: tuple[Window, ...]) -> frozenset[int]:
    """Return the open minutes of a week that starts on Monday."""
    minutes: set[int] = set()
    for window in windows:
        start = window.start.hour * 60 + window.start.minute
        length = (window.end.hour * 60 + window.end.minute - start) % 1440 or 1440
        for day in window.days:
            minutes.update((day * 1440 + start + passed) % WEEK_MINUTES for passed in range(length))
    return frozenset(minutes)


def oracle(calendar: CallingCalendar, instant: datetime, names: list[str]) -> bool:
    epoch_minute = (instant - EPOCH) // MINUTE
    for name in names:
        offset = instant.astimezone(zone_file(name)).utcoffset()
        assert offset is not None
        day, minute = divmod(epoch_minute + offset // MINUTE, 1440)
        ordinal = EPOCH_ORDINAL + day
        if any(b.first.toordinal() <= ordinal <= b.last.toordinal() for b in calendar.blackout_dates):
            return False
        week_minute = (ordinal - 1) % 7 * 1440 + minute  # ordinal 1 is a Monday
        if week_minute not in open_minutes(calendar.windows):
            return False
    return True


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
    changes = [change for name in names for change in hourly_changes(name)]
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


@pytest.mark.parametrize(
    "window", [Window(frozenset(range(7)), time(9), time(20)), Window(frozenset({5, 6}), time(22), time(2, 15))]
)
def test_every_quarter_of_an_hour_around_every_change_agrees(window: Window) -> None:
    everywhere = zones.available()
    names = everywhere if EXAMPLES >= 10_000 else random.Random(window.start.hour).sample(everywhere, 25)
    calendar = CallingCalendar((window,))
    disagreements = [
        (name, instant)
        for name in names
        for change in hourly_changes(name)
        for instant in (change + quarter * timedelta(minutes=15) for quarter in range(-192, 193))
        if is_open(calendar, instant, [name]) is not oracle(calendar, instant, [name])
    ]
    assert disagreements == []
