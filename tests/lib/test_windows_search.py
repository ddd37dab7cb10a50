"""Does the search for the next opening end, and soon, where there is none?"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from lib import zones
from lib.windows import CallingCalendar, DateRange, Window, next_open

EVERY_DAY = frozenset(range(7))
START = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by a zone's name whenever the search looks at one."""
    looked_at: list[str] = []
    period = zones.offset_period

    def counted(name: str, instant: datetime) -> tuple[timedelta, datetime]:
        looked_at.append(name)
        return period(name, instant)

    monkeypatch.setattr(zones, "offset_period", counted)
    return looked_at


NEVER_TOGETHER = {
    "far apart": (["Pacific/Auckland", "America/Los_Angeles"], [Window(EVERY_DAY, time(12), time(14))]),
    "all of the United States": (
        sorted(zones.of_country("US")),
        [Window(EVERY_DAY, time(hour), time(hour, 30)) for hour in range(9, 14)],
    ),
    "all day long in pieces": (
        ["UTC", "Asia/Kathmandu"],  # five hours and three quarters apart: never both in the first quarter of an hour
        [Window(EVERY_DAY, time(hour), time(hour, 15)) for hour in range(24)],
    ),
    "one hour a week, half a day apart": (["UTC", "Etc/GMT+12"], [Window(frozenset({6}), time(2), time(3))]),
}


@pytest.mark.parametrize("case", NEVER_TOGETHER)
@pytest.mark.parametrize("blackouts", [0, 180])
def test_a_search_for_what_never_opens_ends_after_a_bounded_number_of_steps(
    case: str, blackouts: int, steps: list[str]
) -> None:
    """Each step passes by an opening of a week, and a week is only gone through again after a change."""
    names, windows = NEVER_TOGETHER[case]
    days = [date(2026, 6, 2) + timedelta(days=2 * n) for n in range(blackouts)]
    never = CallingCalendar(tuple(windows), blackout_dates=frozenset(DateRange(day, day) for day in days))
    assert next_open(never, START, names) is None
    changes = 4 * len(names) + 2 * blackouts
    weeks = min(53, 2 + changes)
    openings = 7 * len(windows) * weeks
    assert 0 < len(steps) <= 2 * len(names) * (openings + changes + weeks)


def test_a_search_over_years_does_not_walk_through_them(steps: list[str]) -> None:
    apart = ["Asia/Tokyo", "America/Bogota"]  # neither has changes: only the turns of the years are looked at
    never = CallingCalendar((Window(EVERY_DAY, time(12), time(14)),))
    assert next_open(never, START, apart, horizon=timedelta(days=20 * 366)) is None
    assert 0 < len(steps) < 20 * 2 * 40
