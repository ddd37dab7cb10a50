"""Read the compiled time zones of the `tzdata` package without `zoneinfo`: the oracle of the tests about hours.

The files are read, and the rule for the years after the last written-out change is worked out, by code of its own;
the formats are those of RFC 9636 and of POSIX. Only the data are shared with what is tested.
"""

from __future__ import annotations

import calendar
import re
import struct
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files

from lib.windows import CallingCalendar, Window

DIRECTORY = files("tzdata") / "zoneinfo"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_WEEK_MINUTES = 7 * 1440
RULED_YEARS = range(2005, 2038)  # the years for which rules are worked out; the tests look at some of them
_HEADER = 44
_NAME = r"(?:[A-Za-z]+|<[A-Za-z0-9+-]+>)"
_TIME = r"[+-]?\d+(?::\d\d){0,2}"
_DAY = rf"M\d+\.[1-5]\.[0-6](?:/{_TIME})?"
_RULE = re.compile(
    rf"{_NAME}(?P<standard>{_TIME})(?:{_NAME}(?P<summer>{_TIME})?,(?P<begin>{_DAY}),(?P<end>{_DAY}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class TzFile:
    """Instants (seconds since 1970) at which something about the zone changes, and the UTC offset from each on."""

    instants: tuple[int, ...]
    offsets: tuple[int, ...]  # one more: the first is that of the time before all instants

    def offset(self, epoch_second: int) -> int:
        """Return the offset from UTC in seconds."""
        return self.offsets[bisect_right(self.instants, epoch_second)]

    def changes(self, first: datetime, last: datetime) -> list[datetime]:
        """Return every transition from `first` on and before `last`, those that leave the offset alone included."""
        found = (EPOCH + instant * SECOND for instant in self.instants)
        return [instant for instant in found if first <= instant < last]


@cache
def read_zone(name: str) -> TzFile:
    """Read a zone by its name."""
    return parse(DIRECTORY.joinpath(*name.split("/")).read_bytes())


def parse(content: bytes) -> TzFile:
    """Read a file's 64-bit block and its last line, the rule for the years after it. Raises ValueError."""
    start = _HEADER + _length(content, 0, time_size=4)  # the 32-bit block is for programs of another age
    leaps, times, types = struct.unpack_from(">28x3l", content, start)
    at = start + _HEADER
    instants = struct.unpack_from(f">{times}q", content, at)
    kinds = content[at + 8 * times : at + 9 * times]
    offsets = [struct.unpack_from(">l", content, at + 9 * times + 6 * kind)[0] for kind in range(types)]
    if leaps:
        raise ValueError("these times count leap seconds")
    written = list(zip(instants, (offsets[kind] for kind in kinds), strict=True))
    rule = content[start + _HEADER + _length(content, start, time_size=8) :].decode().strip()
    following = [change for change in _changes_by(rule) if not written or change[0] > written[-1][0]]
    every = [*written, *following]
    return TzFile(tuple(instant for instant, _ in every), (offsets[0], *(offset for _, offset in every)))


def _length(content: bytes, start: int, *, time_size: int) -> int:
    """Return the bytes of the block whose header is at `start`, the header left out."""
    magic, in_utc, in_standard, leaps, times, types, letters = struct.unpack_from(">4s16x6l", content, start)
    if magic != b"TZif":
        raise ValueError("this is no time zone file")
    length: int = times * (time_size + 1) + types * 6 + letters + leaps * (time_size + 4) + in_standard + in_utc
    return length


def _changes_by(rule: str) -> list[tuple[int, int]]:
    """Return when and to which offset a rule such as ``CET-1CEST,M3.5.0,M10.5.0/3`` changes, year by year."""
    parsed = _RULE.fullmatch(rule)
    if parsed is None:
        raise ValueError("a rule of a kind this oracle does not know")
    if parsed["begin"] is None:
        return []
    standard = -_posix_seconds(parsed["standard"])
    summer = -_posix_seconds(parsed["summer"]) if parsed["summer"] else standard + 3600
    changes = []
    for year in RULED_YEARS:
        changes.append((_local_second(year, parsed["begin"]) - standard, summer))
        changes.append((_local_second(year, parsed["end"]) - summer, standard))
    return sorted(changes)


def _posix_seconds(text: str) -> int:
    """Return ``-3:30`` as seconds."""
    hours, minutes, seconds = (*map(int, text.lstrip("+-").split(":")), 0, 0)[:3]
    return (-1 if text.startswith("-") else 1) * (hours * 3600 + minutes * 60 + seconds)


def _local_second(year: int, text: str) -> int:
    """Return the seconds from 1970 to ``M3.5.0/2``: the last (5) Sunday (0) of March at two, on the wall clock."""
    day, _slash, at = text.partition("/")
    month, week, weekday = map(int, day[1:].split("."))
    days = calendar.Calendar(firstweekday=6).itermonthdates(year, month)
    fitting = [d for d in days if d.month == month and d.isoweekday() % 7 == weekday]
    found = fitting[min(week, len(fitting)) - 1]
    return (found.toordinal() - _EPOCH_ORDINAL) * 86_400 + _posix_seconds(at or "2")


def oracle(rules: CallingCalendar, instant: datetime, names: list[str]) -> bool:
    """Say whether calling is allowed, by counting minutes. Windows of whole minutes; overrides are not looked at."""
    epoch_second = (instant - EPOCH) // SECOND
    for name in names:
        day, second = divmod(epoch_second + read_zone(name).offset(epoch_second), 86_400)
        ordinal = _EPOCH_ORDINAL + day
        if any(b.first.toordinal() <= ordinal <= b.last.toordinal() for b in rules.blackout_dates):
            return False
        week_minute = (ordinal - 1) % 7 * 1440 + second // 60  # ordinal 1 is a Monday
        if week_minute not in open_minutes(rules.windows):
            return False
    return True


@cache
def open_minutes(windows: tuple[Window, ...]) -> frozenset[int]:
    """Return the open minutes of a week that starts on Monday."""
    minutes: set[int] = set()
    for window in windows:
        start = window.start.hour * 60 + window.start.minute
        length = (window.end.hour * 60 + window.end.minute - start) % 1440 or 1440
        for day in window.days:
            minutes.update((day * 1440 + start + passed) % _WEEK_MINUTES for passed in range(length))
    return frozenset(minutes)
