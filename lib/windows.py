"""Decide whether a person may be called at an instant, by the clock on that person's own wall.

Only instants are converted, from UTC to local time, which is always possible and never ambiguous. Nothing here turns
a local time into an instant, so the hour that a summer-time change skips or repeats needs no special case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from lib import zones as zone_data

DEFAULT_HORIZON = timedelta(days=366)

_MIDNIGHT = time(0)
_DAY_SECONDS = 86_400
_WEEK = timedelta(days=7)
_ONE_DAY = timedelta(days=1)
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DASH = "\N{EN DASH}"

# For each weekday, Monday first, the open stretches as seconds of the local day: (start, end), end excluded.
Spans = tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Open hours on some weekdays (0 = Monday), from `start` until just before `end`, in local time.

    `end` earlier than `start` crosses midnight: the early part belongs to the previous day's entry. `end` 00:00 is the
    midnight that ends the day, so 00:00 to 00:00 is the full day; any other equal pair is a ValueError.
    """

    days: frozenset[int]
    start: time
    end: time

    def __post_init__(self) -> None:
        if not self.days <= frozenset(range(7)):
            raise ValueError("weekdays are numbers from 0 (Monday) to 6 (Sunday)")
        if any(at.tzinfo or at.microsecond for at in (self.start, self.end)):
            raise ValueError("a window's times are local times in whole seconds, without a zone")
        if self.start == self.end != _MIDNIGHT:
            raise ValueError("a window cannot start and end at the same time")

    @classmethod
    def from_json(cls, value: Any) -> Window:
        """Read ``{"days": [0, 1], "start": "09:00", "end": "19:00"}``; the full day is "00:00" to "24:00".

        Times are ``HH:MM`` or ``HH:MM:SS``. Raises ValueError.
        """
        if not isinstance(value, dict) or value.keys() != {"days", "start", "end"}:
            raise ValueError("a window has exactly days, start and end")
        days = value["days"]
        if not isinstance(days, list) or any(type(day) is not int for day in days):
            raise ValueError("a window's days are a list of numbers")
        if value["start"] == value["end"]:
            raise ValueError('a window cannot start and end at the same time; the full day is "00:00" to "24:00"')
        end = _MIDNIGHT if value["end"] == "24:00" else _parse_time(value["end"])
        return cls(frozenset(days), _parse_time(value["start"]), end)

    def to_json(self) -> dict[str, Any]:
        """Return the form `from_json` reads."""
        return {"days": sorted(self.days), "start": _show(self.start), "end": _show_end(self.end)}


@dataclass(frozen=True, slots=True)
class DateRange:
    """The dates from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("a range of dates cannot end before it starts")


@dataclass(frozen=True, slots=True)
class CallingCalendar:
    """When people may be called: windows, other windows for some zones, and dates without calls.

    No windows means never. `overrides` replace the windows for the zones they name, under any name of the zone.
    `blackout_dates` are the person's own dates, so an overnight window stops at the midnight that begins one.
    """

    windows: tuple[Window, ...]
    overrides: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    blackout_dates: frozenset[DateRange] = frozenset()

    def windows_in(self, zone: str) -> tuple[Window, ...]:
        """Return the windows that hold for people in `zone`."""
        if zone in self.overrides:
            return self.overrides[zone]
        name = zone_data.canonical(zone)
        same = (windows for other, windows in self.overrides.items() if zone_data.canonical(other) == name)
        return next(same, self.windows)


class ClosedReason(StrEnum):
    """Why a person may not be called at an instant."""

    UNKNOWN_ZONE = "unknown_zone"
    NO_WINDOWS = "no_windows"
    BLACKOUT = "blackout"
    OUTSIDE_HOURS = "outside_hours"


def is_open(calendar: CallingCalendar, instant: datetime, zones: Sequence[str]) -> bool:
    """Say whether calling is allowed at `instant` in every one of the zones the person may be in.

    No zones, or a name that is no zone, is closed: nobody is called at an hour nobody knows. Raises ValueError where
    `instant` carries no zone of its own.
    """
    return closed_reason(calendar, instant, zones) is None


def closed_reason(calendar: CallingCalendar, instant: datetime, zones: Sequence[str]) -> ClosedReason | None:
    """Say why calling is not allowed at `instant`, None where it is. Raises as `is_open`."""
    moment = _in_utc(instant)
    never = _never_open(calendar, zones)
    if never is not None:
        return never
    local_times = [moment.astimezone(zone_data.zone(name)) for name in zones]
    if any(_covering(calendar.blackout_dates, local.date()) for local in local_times):
        return ClosedReason.BLACKOUT
    places = zip(zones, local_times, strict=True)
    if all(_within(_spans(calendar.windows_in(name)), local) for name, local in places):
        return None
    return ClosedReason.OUTSIDE_HOURS


def next_open(
    calendar: CallingCalendar, instant: datetime, zones: Sequence[str], *, horizon: timedelta = DEFAULT_HORIZON
) -> datetime | None:
    """Return the first instant from `instant` on, in UTC, at which `is_open` holds; None if none before the horizon.

    Raises as `is_open`.
    """
    moment = _in_utc(instant)
    if _never_open(calendar, zones) is not None:
        return None
    blackouts = tuple(calendar.blackout_dates)
    places = [_Place(name, _spans(calendar.windows_in(name)), blackouts) for name in zones]
    limit, steady_since = moment + horizon, moment
    while moment < limit:
        later = max(place.next_open(moment, limit) for place in places)
        if later == moment:
            return moment
        moment = later
        if moment - steady_since > _WEEK:
            # A week without a common hour repeats itself until an offset changes or a blackout begins or ends.
            steady_since = min(place.next_change(steady_since) for place in places)
            moment = max(moment, steady_since)
    return None


def describe(windows: Sequence[Window]) -> str:
    """Return the windows as people read them, or ``never``: ``Mon-Fri 09:00-19:00; Sat 10:00-24:00`` (en dashes)."""
    return "; ".join(_describe_one(window) for window in windows if window.days) or "never"


def _describe_one(window: Window) -> str:
    return f"{_describe_days(sorted(window.days))} {_show(window.start)}{_DASH}{_show_end(window.end)}"


def _describe_days(days: list[int]) -> str:
    if len(days) == 7:
        return "every day"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(_DAY_NAMES[r[0]] if len(r) == 1 else f"{_DAY_NAMES[r[0]]}{_DASH}{_DAY_NAMES[r[-1]]}" for r in runs)


@dataclass(frozen=True, slots=True)
class _Place:
    """The rules as they hold in one zone."""

    zone: str
    spans: Spans
    blackouts: tuple[DateRange, ...]

    def next_open(self, moment: datetime, limit: datetime) -> datetime:
        """Return the first open instant from `moment` on, `limit` if there is none before it."""
        while moment < limit:
            offset, until = zone_data.offset_period(self.zone, moment)
            until = min(until, limit)
            # Until then the wall clock runs evenly, so local and real durations are the same.
            wall = moment.replace(tzinfo=None) + offset
            opening = self._next_opening(wall, wall + (until - moment))
            if opening is not None:
                return moment + (opening - wall)
            moment = until
        return limit

    def next_change(self, moment: datetime) -> datetime:
        """Return an instant after `moment` before which neither the offset changes nor a blackout begins or ends."""
        offset, until = zone_data.offset_period(self.zone, moment)
        wall = moment.replace(tzinfo=None) + offset
        edges = [datetime.combine(day, _MIDNIGHT) for b in self.blackouts for day in (b.first, b.last + _ONE_DAY)]
        return min([until, *(moment + (edge - wall) for edge in edges if edge > wall)])

    def _next_opening(self, wall: datetime, before: datetime) -> datetime | None:
        """Return the first open local time from `wall` on that is earlier than `before`."""
        day, midnight = wall.date(), wall.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight < before:
            blackout = _covering(self.blackouts, day)
            if blackout is None:
                for start, end in self.spans[day.weekday()]:
                    if wall < midnight + timedelta(seconds=end):
                        opening = max(wall, midnight + timedelta(seconds=start))
                        return opening if opening < before else None
            day = (blackout.last if blackout else day) + _ONE_DAY
            midnight = datetime.combine(day, _MIDNIGHT)
        return None


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone is no instant")
    return instant.astimezone(UTC)


def _never_open(calendar: CallingCalendar, zones: Sequence[str]) -> ClosedReason | None:
    if not zones or any(zone_data.zone(name) is None for name in zones):
        return ClosedReason.UNKNOWN_ZONE
    if not all(any(_spans(calendar.windows_in(name))) for name in zones):
        return ClosedReason.NO_WINDOWS
    return None


def _covering(blackouts: Sequence[DateRange] | frozenset[DateRange], day: date) -> DateRange | None:
    return next((blackout for blackout in blackouts if blackout.first <= day <= blackout.last), None)


def _within(spans: Spans, local: datetime) -> bool:
    second = local.hour * 3600 + local.minute * 60 + local.second
    return any(start <= second < end for start, end in spans[local.weekday()])


@lru_cache(maxsize=1024)
def _spans(windows: tuple[Window, ...]) -> Spans:
    week: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for window in windows:
        start, end = _second_of_day(window.start), _second_of_day(window.end)
        for day in window.days:
            if start < end:
                week[day].append((start, end))
            else:
                week[day].append((start, _DAY_SECONDS))
                week[(day + 1) % 7].append((0, end))
    return tuple(tuple(sorted(span for span in day if span[0] < span[1])) for day in week)


def _second_of_day(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _parse_time(text: Any) -> time:
    if not isinstance(text, str) or not _TIME_OF_DAY.fullmatch(text):
        raise ValueError("a time of day is written HH:MM or HH:MM:SS")
    return time.fromisoformat(text)


def _show(at: time) -> str:
    return at.isoformat("seconds" if at.second else "minutes")


def _show_end(at: time) -> str:
    return "24:00" if at == _MIDNIGHT else _show(at)
