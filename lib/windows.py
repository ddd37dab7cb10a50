"""Decide whether a person may be called at an instant, by the clock on that person's own wall.

Only instants are converted, from UTC to local time, which is always possible and never ambiguous. Nothing here turns
a local time into an instant, so the hour that a summer-time change skips or repeats needs no special case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from lib import zones as zone_data

DEFAULT_HORIZON = timedelta(days=366)

_MIDNIGHT = time(0)
_DAY_SECONDS = 86_400
_WEEK = timedelta(days=7)
_ONE_DAY = timedelta(days=1)
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DASH = "\N{EN DASH}"

# An open stretch in seconds of the local day, end excluded; and those of each weekday, Monday first, in order.
Span = tuple[int, int]
Spans = tuple[tuple[Span, ...], ...]


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


@dataclass(frozen=True)
class CallingCalendar:
    """When people may be called: windows, other windows for some zones, and dates without calls.

    No windows means never. `overrides` replace the windows for the zones they name, under any name of the zone; where
    one zone is named twice, its name of today counts. `blackout_dates` are the person's own dates, so an overnight
    window stops at the midnight that begins one.
    """

    windows: tuple[Window, ...]
    overrides: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    blackout_dates: frozenset[DateRange] = frozenset()

    def windows_in(self, zone: str) -> tuple[Window, ...]:
        """Return the windows that hold for people in `zone`."""
        return self._overrides_today.get(zone_data.canonical(zone), self.windows) if self.overrides else self.windows

    @cached_property
    def _overrides_today(self) -> Mapping[str, tuple[Window, ...]]:
        names = sorted(self.overrides, key=lambda name: (name == zone_data.canonical(name), name))
        return {zone_data.canonical(name): self.overrides[name] for name in names}

    @cached_property
    def _places(self) -> dict[str, _Place | None]:
        """Hold the rules of the zones that were asked about: a claim asks of the same few for hundreds of people."""
        return {}

    def _place(self, zone: str) -> _Place | None:
        if zone not in self._places:
            self._places[zone] = _place_of(zone, self.windows_in(zone), self.blackout_dates)
        return self._places[zone]


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
    places = _places_of(calendar, zones)
    if isinstance(places, ClosedReason):
        return places
    reasons = {place.closed_reason(moment) for place in places}
    if ClosedReason.BLACKOUT in reasons:
        return ClosedReason.BLACKOUT
    return ClosedReason.OUTSIDE_HOURS if ClosedReason.OUTSIDE_HOURS in reasons else None


def next_open(
    calendar: CallingCalendar, instant: datetime, zones: Sequence[str], *, horizon: timedelta = DEFAULT_HORIZON
) -> datetime | None:
    """Return the first instant from `instant` on, in UTC, at which `is_open` holds; None if none before the horizon.

    Raises as `is_open`.
    """
    moment = _in_utc(instant)
    places = _places_of(calendar, zones)
    return None if isinstance(places, ClosedReason) else _first_common_opening(places, moment, moment + horizon)


@lru_cache(maxsize=4096)
def _first_common_opening(places: tuple[_Place, ...], moment: datetime, limit: datetime) -> datetime | None:
    """Return the first instant from `moment` on, and before `limit`, at which all the places are open.

    There is an end to it: every step passes by one opening of a week at least, and a week without a common one is
    left at the next change of an offset, or of a blackout.
    """
    steady_since = moment
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
    """Return the windows as people read them, days with the same hours together; ``never`` where there are none.

    ``Mon-Fri 09:00-13:00 and 15:00-19:00; Sat 22:00-02:00 (next day)``, with en dashes.
    """
    days_by_hours: dict[tuple[Span, ...], list[int]] = {}
    for day in range(7):
        hours = _hours_from([window for window in windows if day in window.days])
        if hours:
            days_by_hours.setdefault(hours, []).append(day)
    return "; ".join(f"{_show_days(days)} {_show_hours(hours)}" for hours, days in days_by_hours.items()) or "never"


def _hours_from(windows: Iterable[Window]) -> tuple[Span, ...]:
    """Return the hours that begin on a day with these windows; an end beyond 24 hours is on the next day."""
    spans = {_seconds(window) for window in windows}
    overnight = {span for span in spans if span[1] > _DAY_SECONDS}
    return tuple(sorted((*_joined(spans - overnight), *overnight)))


def _show_hours(spans: Sequence[Span]) -> str:
    *others, last = [f"{_show_second(start)}{_DASH}{_show_end_second(end)}" for start, end in spans]
    return f"{', '.join(others)} and {last}" if others else last


def _show_second(second: int) -> str:
    minutes, seconds = divmod(second, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def _show_end_second(second: int) -> str:
    return f"{_show_second(second - _DAY_SECONDS)} (next day)" if second > _DAY_SECONDS else _show_second(second)


def _show_days(days: list[int]) -> str:
    if len(days) == 7:
        return "every day"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(_DAY_NAMES[r[0]] if len(r) == 1 else f"{_DAY_NAMES[r[0]]}{_DASH}{_DAY_NAMES[r[-1]]}" for r in runs)


@dataclass(frozen=True, slots=True, eq=False)  # one object for each value, see `_place_of`: compared by identity
class _Place:
    """The rules as they hold in one zone."""

    zone: str
    clock: ZoneInfo
    spans: Spans
    blackouts: tuple[DateRange, ...]

    def closed_reason(self, moment: datetime) -> ClosedReason | None:
        """Say why it is closed at `moment` (in UTC), None where it is open."""
        local = moment.astimezone(self.clock)
        if self.blackouts and _covering(self.blackouts, local.date()):
            return ClosedReason.BLACKOUT
        second = local.hour * 3600 + local.minute * 60 + local.second
        is_within = any(start <= second < end for start, end in self.spans[local.weekday()])
        return None if is_within else ClosedReason.OUTSIDE_HOURS

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


def _places_of(calendar: CallingCalendar, zones: Sequence[str]) -> tuple[_Place, ...] | ClosedReason:
    """Return the rules of each zone, or the reason why it is closed at all times."""
    places = [calendar._place(zone) for zone in zones]
    known = tuple(place for place in places if place is not None)
    if not known or len(known) < len(places):
        return ClosedReason.UNKNOWN_ZONE
    return known if all(any(place.spans) for place in known) else ClosedReason.NO_WINDOWS


@lru_cache(maxsize=4096)
def _place_of(zone: str, windows: tuple[Window, ...], blackouts: frozenset[DateRange]) -> _Place | None:
    """Return the rules of a zone, None where there is no such zone."""
    clock = zone_data.zone(zone)
    return None if clock is None else _Place(zone, clock, _spans(windows), tuple(blackouts))


def _covering(blackouts: Iterable[DateRange], day: date) -> DateRange | None:
    return next((blackout for blackout in blackouts if blackout.first <= day <= blackout.last), None)


def _spans(windows: Iterable[Window]) -> Spans:
    week: list[list[Span]] = [[] for _ in range(7)]
    for window in windows:
        start, end = _seconds(window)
        for day in window.days:
            week[day].append((start, min(end, _DAY_SECONDS)))
            if end > _DAY_SECONDS:
                week[(day + 1) % 7].append((0, end - _DAY_SECONDS))
    return tuple(_joined(day) for day in week)


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, those that overlap or touch made one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def hours_in_words(stored: Any) -> str:
    """Return windows as they are stored in words, also those that were written past every check."""
    try:
        return describe([Window.from_json(window) for window in stored])
    except (ValueError, TypeError):
        return "cannot be read"


def _seconds(window: Window) -> Span:
    """Return the window in seconds since the midnight before it starts; the end is beyond 86,400 on the next day."""
    start, end = _second_of_day(window.start), _second_of_day(window.end)
    return start, end if end > start else end + _DAY_SECONDS


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
