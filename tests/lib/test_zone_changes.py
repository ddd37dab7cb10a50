"""Is the hour right around every change of time in the world, from 2026 to 2028?"""

import struct
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from lib import zones
from lib.windows import CallingCalendar, DateRange, Window, is_open
from tests.lib.tzif import DIRECTORY, EPOCH, SECOND, oracle, parse, read_zone

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
TWO_DAYS_IN_QUARTERS = range(-192, 193)
# Zones without changes are looked at where others have theirs.
ELSEWHERE = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2028, 11, 5, 6, tzinfo=UTC)]
# Something for every way to be wrong: overnight windows, a full day, the hour that is skipped or repeated, a blackout.
CALENDAR = CallingCalendar(
    (
        Window(frozenset({0, 1, 2, 3}), time(9), time(20)),
        Window(frozenset({4}), time(22), time(2, 15)),
        Window(frozenset({5}), time(0), time(0)),
        Window(frozenset({6}), time(2), time(3)),
        Window(frozenset({6}), time(23), time(0, 30)),
    ),
    blackout_dates=frozenset({DateRange(date(2026, 10, 23), date(2026, 10, 24))}),
)

# What tzdata 2026f says of the years 2026 and 2027; offsets in hours.
CHANGES: dict[str, list[tuple[str, float]]] = {
    "Europe/Madrid": [
        ("2026-03-29 01:00", 2),
        ("2026-10-25 01:00", 1),
        ("2027-03-28 01:00", 2),
        ("2027-10-31 01:00", 1),
    ],
    "America/New_York": [
        ("2026-03-08 07:00", -4),
        ("2026-11-01 06:00", -5),
        ("2027-03-14 07:00", -4),
        ("2027-11-07 06:00", -5),
    ],
    "America/Santiago": [
        ("2026-04-05 03:00", -4),
        ("2026-09-06 04:00", -3),
        ("2027-04-04 03:00", -4),
        ("2027-09-05 04:00", -3),
    ],
    "Australia/Lord_Howe": [
        ("2026-04-04 15:00", 10.5),
        ("2026-10-03 15:30", 11),
        ("2027-04-03 15:00", 10.5),
        ("2027-10-02 15:30", 11),
    ],
    "America/Havana": [("2026-03-08 05:00", -4), ("2027-11-07 05:00", -5)],
    "America/Vancouver": [("2026-03-08 10:00", -7)],
    "America/Edmonton": [("2026-03-08 09:00", -6)],
    "America/Winnipeg": [("2026-03-08 08:00", -5)],
    "Africa/Casablanca": [("2026-02-15 02:00", 0), ("2026-03-22 02:00", 1), ("2026-09-20 01:00", 0)],
    "Africa/Cairo": [
        ("2026-04-23 22:00", 3),
        ("2026-10-29 21:00", 2),
        ("2027-04-29 22:00", 3),
        ("2027-10-28 21:00", 2),
    ],
    "Asia/Kathmandu": [],
    "America/Bogota": [],
    "America/Mexico_City": [],
    "America/Sao_Paulo": [],
    "America/Asuncion": [],
}


def changes_of(name: str, first: datetime, last: datetime) -> list[tuple[datetime, timedelta]]:
    """Return when the offset changes, and what it is from then on, as our own code tells it."""
    found = []
    offset, instant = zones.offset_period(name, first)
    while instant < last:
        before = offset
        offset, following = zones.offset_period(name, instant)
        if offset != before:
            found.append((instant, offset))
        instant = following
    return found


def test_the_oracle_reads_the_files_that_are_tested() -> None:
    """It is no oracle over other data: then differences would be the data's, and agreement luck."""
    version = (DIRECTORY / "tzdata.zi").read_text(encoding="utf-8").splitlines()[0]
    assert version == f"# version {zones.TZDATA_VERSION}", "the oracle and lib.zones read different releases of tzdata"


@pytest.mark.parametrize("content", [b"", b"TZif2", b"no time zone file" + bytes(80)])
def test_the_oracle_refuses_what_it_cannot_read(content: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        parse(content)


@pytest.mark.parametrize("name", CHANGES)
def test_a_zone_changes_its_time_just_then(name: str) -> None:
    expected = [
        (datetime.fromisoformat(f"{instant}:00+00:00"), timedelta(hours=hours)) for instant, hours in CHANGES[name]
    ]
    assert changes_of(name, datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)) == expected


def test_every_zone_changes_its_offset_when_its_file_says() -> None:
    """`offset_period` finds changes by probing; the oracle reads them."""
    seen = 0
    for name in zones.available():
        file = read_zone(name)
        expected = []
        for instant in file.changes(FIRST + SECOND, LAST):
            second = (instant - EPOCH) // SECOND
            if file.offset(second) != file.offset(second - 1):
                expected.append((instant, timedelta(seconds=file.offset(second))))
        assert changes_of(name, FIRST, LAST) == expected, name
        seen += len(expected)
    assert seen > 1000


def test_every_quarter_of_an_hour_around_every_change_agrees_with_the_oracle(
    record_property: Callable[[str, object], None],
) -> None:
    """Every zone, every change of three years, two days before and after it, and its very microseconds."""
    wrong: Counter[str] = Counter()
    looked_at = is_open_at = 0
    for name in zones.available():
        for change in read_zone(name).changes(FIRST, LAST) or ELSEWHERE:
            instants = [change + n * QUARTER for n in TWO_DAYS_IN_QUARTERS]
            instants += [change - timedelta(microseconds=1), change + timedelta(microseconds=1)]
            ours = [is_open(CALENDAR, instant, [name]) for instant in instants]
            theirs = [oracle(CALENDAR, instant, [name]) for instant in instants]
            looked_at += len(instants)
            is_open_at += sum(ours)
            wrong[name] += sum(a is not b for a, b in zip(ours, theirs, strict=True))
    record_property("instants", looked_at)
    assert +wrong == Counter()
    assert looked_at >= 500_000
    assert 0.2 < is_open_at / looked_at < 0.8  # a calendar that is nearly always open or closed would prove little


def test_no_change_is_undone_between_two_probes() -> None:
    """`offset_period` looks every few days, and would not see a change that is taken back before the next look."""
    shortest = timedelta.max
    for name in zones.available():
        file = read_zone(name)
        since_1990 = file.changes(datetime(1990, 1, 1, tzinfo=UTC), LAST)
        offsets = [(at, file.offset((at - EPOCH) // SECOND)) for at in since_1990]
        changes = [at for (_, before), (at, after) in pairwise(offsets) if before != after]
        shortest = min([shortest, *(later - earlier for earlier, later in pairwise(changes))])
    assert shortest > 2 * zones._PROBE_STEP
