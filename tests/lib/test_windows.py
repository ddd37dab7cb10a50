"""Is this instant inside the window, on the wall of the person called?"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from lib.windows import (
    CallingCalendar,
    ClosedReason,
    DateRange,
    Window,
    closed_reason,
    describe,
    is_open,
    next_open,
)

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
NINE_TO_SEVEN = Window(WEEKDAYS, time(9), time(19))
SMALL_HOURS = Window(EVERY_DAY, time(2), time(3))
ALL_DAY = Window(EVERY_DAY, time(0), time(0))
FRIDAY_NIGHT = Window(frozenset({4}), time(22), time(2))
LUNCH = "Mon-Fri 09:00-13:00 and 15:00-19:00"
TUESDAY = "Mon 09:00-13:00; Tue 09:00-13:00 and 15:00-19:00"
THREE_HOURS = "Mon 08:00-09:00, 10:00-11:00 and 12:00-13:00"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(*windows: Window, **more: object) -> CallingCalendar:
    return CallingCalendar(windows, **more)  # type: ignore[arg-type]  # a shorthand of this file


@pytest.mark.parametrize(
    ("zone", "asked", "nine_o_clock"),
    [
        ("Europe/Madrid", "2026-03-28 12:00", "2026-03-29 07:00"),  # summer time began at 01:00Z
        ("Europe/Madrid", "2026-03-27 12:00", "2026-03-28 08:00"),
        ("Europe/Madrid", "2026-10-24 12:00", "2026-10-25 08:00"),
        ("Europe/Madrid", "2027-03-27 12:00", "2027-03-28 07:00"),
        ("Europe/Madrid", "2027-10-30 12:00", "2027-10-31 08:00"),
        ("America/New_York", "2026-03-07 20:00", "2026-03-08 13:00"),
        ("America/New_York", "2026-10-31 20:00", "2026-11-01 14:00"),
        ("America/New_York", "2027-03-13 20:00", "2027-03-14 13:00"),
        ("America/Santiago", "2026-04-04 20:00", "2026-04-05 13:00"),  # the south: winter begins
        ("America/Santiago", "2026-09-05 20:00", "2026-09-06 12:00"),
        ("Australia/Lord_Howe", "2026-04-04 12:00", "2026-04-04 22:30"),  # a change of half an hour
        ("Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-03 22:00"),
        ("America/Havana", "2026-03-07 20:00", "2026-03-08 13:00"),  # changes at midnight
        ("America/Havana", "2027-01-14 20:00", "2027-01-15 13:00"),  # and stays on summer time that winter
        ("America/Vancouver", "2026-12-01 03:00", "2026-12-01 16:00"),  # 2026-03-08 was the last change
        ("America/Edmonton", "2026-12-01 03:00", "2026-12-01 15:00"),
        ("America/Winnipeg", "2026-12-01 03:00", "2026-12-01 14:00"),
        ("Africa/Casablanca", "2026-03-02 20:00", "2026-03-03 09:00"),  # Ramadan
        ("Africa/Casablanca", "2026-06-02 20:00", "2026-06-03 08:00"),
        ("Africa/Casablanca", "2026-12-02 20:00", "2026-12-03 09:00"),  # the last change was on 2026-09-20
        ("Africa/Cairo", "2026-04-23 12:00", "2026-04-24 06:00"),
        ("Africa/Cairo", "2026-10-29 12:00", "2026-10-30 07:00"),
        ("Asia/Kathmandu", "2026-06-01 12:00", "2026-06-02 03:15"),
        ("America/Bogota", "2026-07-01 20:00", "2026-07-02 14:00"),
        ("America/Mexico_City", "2026-07-01 20:00", "2026-07-02 15:00"),
        ("America/Sao_Paulo", "2026-12-01 20:00", "2026-12-02 12:00"),
        ("America/Asuncion", "2026-07-01 20:00", "2026-07-02 12:00"),
    ],
)
def test_nine_o_clock_is_nine_o_clock_on_the_persons_wall(zone: str, asked: str, nine_o_clock: str) -> None:
    mornings = calendar(Window(EVERY_DAY, time(9), time(10)))
    assert next_open(mornings, utc(asked), [zone]) == utc(nine_o_clock)
    assert not is_open(mornings, utc(nine_o_clock) - timedelta(microseconds=1), [zone])


def test_the_end_of_a_window_is_outside_it() -> None:
    madrid = ["Europe/Madrid"]
    assert is_open(calendar(NINE_TO_SEVEN), utc("2026-06-01 16:59:59.999999"), madrid)
    assert not is_open(calendar(NINE_TO_SEVEN), utc("2026-06-01 17:00:00"), madrid)


def test_a_call_claimed_in_the_last_second_is_refused_two_seconds_later() -> None:
    assert is_open(calendar(NINE_TO_SEVEN), utc("2026-06-01 16:59:59"), ["Europe/Madrid"])
    assert not is_open(calendar(NINE_TO_SEVEN), utc("2026-06-01 17:00:01"), ["Europe/Madrid"])


def test_windows_are_exact_to_the_second() -> None:
    odd = calendar(Window(EVERY_DAY, time(9, 0, 30), time(9, 0, 32)))
    assert next_open(odd, utc("2026-06-01 00:00"), ["UTC"]) == utc("2026-06-01 09:00:30")
    assert is_open(odd, utc("2026-06-01 09:00:31.5"), ["UTC"])
    assert not is_open(odd, utc("2026-06-01 09:00:32"), ["UTC"])


def test_a_window_inside_the_skipped_hour_does_not_open_that_day() -> None:
    assert next_open(calendar(SMALL_HOURS), utc("2026-03-29 00:00"), ["Europe/Madrid"]) == utc("2026-03-30 00:00")


def test_a_window_inside_the_repeated_hour_is_open_both_times() -> None:
    at = [utc("2026-10-25 00:00"), utc("2026-10-25 00:59:59"), utc("2026-10-25 01:00"), utc("2026-10-25 01:59:59")]
    assert all(is_open(calendar(SMALL_HOURS), instant, ["Europe/Madrid"]) for instant in at)
    assert not is_open(calendar(SMALL_HOURS), utc("2026-10-25 02:00"), ["Europe/Madrid"])


def test_a_window_that_has_closed_reopens_when_the_clock_goes_back_into_it() -> None:
    before_the_change = calendar(Window(EVERY_DAY, time(2), time(2, 30)))
    assert not is_open(before_the_change, utc("2026-10-25 00:30"), ["Europe/Madrid"])
    assert next_open(before_the_change, utc("2026-10-25 00:30"), ["Europe/Madrid"]) == utc("2026-10-25 01:00")


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-06-05 21:59:59", False),  # Friday evening
        ("2026-06-05 22:00", True),
        ("2026-06-06 01:59:59", True),  # Saturday's early hours belong to Friday's entry
        ("2026-06-06 02:00", False),
        ("2026-06-05 01:00", False),  # Friday's early hours belong to Thursday's, and there is none
    ],
)
def test_an_overnight_window_belongs_to_the_day_it_starts_on(instant: str, expected: bool) -> None:
    assert is_open(calendar(FRIDAY_NIGHT), utc(instant), ["UTC"]) is expected


def test_sunday_night_runs_into_monday() -> None:
    assert is_open(calendar(Window(frozenset({6}), time(23), time(1))), utc("2026-06-08 00:30"), ["UTC"])


def test_the_full_day_has_no_closed_second() -> None:
    always = calendar(ALL_DAY)
    for instant in ("2026-06-01 00:00", "2026-06-01 23:59:59.999999", "2026-03-29 01:00", "2026-10-25 01:00"):
        assert is_open(always, utc(instant), ["Europe/Madrid"])


def test_a_full_monday_ends_at_midnight() -> None:
    monday = calendar(Window(frozenset({0}), time(0), time(0)))
    assert is_open(monday, utc("2026-06-01 23:59:59"), ["UTC"])
    assert not is_open(monday, utc("2026-06-02 00:00"), ["UTC"])


def test_a_window_may_end_with_the_day() -> None:
    evening = calendar(Window(EVERY_DAY, time(20), time(0)))
    assert is_open(evening, utc("2026-06-01 23:59:59"), ["UTC"])
    assert not is_open(evening, utc("2026-06-02 00:00"), ["UTC"])


def test_no_windows_means_never() -> None:
    noon = utc("2026-06-01 12:00")
    assert closed_reason(calendar(), noon, ["UTC"]) is ClosedReason.NO_WINDOWS
    assert next_open(calendar(), noon, ["UTC"]) is None


@pytest.mark.parametrize("zones", [[], ["Mars/Olympus"], ["UTC", "Mars/Olympus"], [""], ["../UTC"], ["Factory"]])
def test_an_unknown_zone_is_closed_even_all_day_long(zones: list[str]) -> None:
    assert closed_reason(calendar(ALL_DAY), utc("2026-06-01 12:00"), zones) is ClosedReason.UNKNOWN_ZONE
    assert next_open(calendar(ALL_DAY), utc("2026-06-01 12:00"), zones) is None


def test_every_zone_the_person_may_be_in_must_allow_the_call() -> None:
    spain = ["Europe/Madrid", "Atlantic/Canary"]
    assert not is_open(calendar(NINE_TO_SEVEN), utc("2026-06-01 07:30"), spain)  # 09:30 and 08:30
    assert is_open(calendar(NINE_TO_SEVEN), utc("2026-06-01 08:00"), spain)
    assert not is_open(calendar(NINE_TO_SEVEN), utc("2026-06-01 17:00"), spain)  # 19:00 and 18:00
    assert next_open(calendar(NINE_TO_SEVEN), utc("2026-05-29 17:30"), spain) == utc("2026-06-01 08:00")


def test_zones_without_a_common_hour_never_open() -> None:
    far_apart = ["Pacific/Auckland", "America/Los_Angeles"]
    assert next_open(calendar(Window(EVERY_DAY, time(12), time(14))), utc("2026-06-01 00:00"), far_apart) is None


def test_zones_that_share_hours_only_in_winter_open_at_the_change() -> None:
    """Madrid is seven hours ahead of Bogota in summer and six in winter."""
    six_and_a_half_hours = calendar(Window(EVERY_DAY, time(9), time(15, 30)))
    both = ["Europe/Madrid", "America/Bogota"]
    assert next_open(six_and_a_half_hours, utc("2026-06-01 00:00"), both) == utc("2026-10-25 14:00")


def test_a_blackout_is_a_date_on_the_persons_calendar() -> None:
    christmas = DateRange(date(2026, 12, 25), date(2026, 12, 25))
    closed = calendar(ALL_DAY, blackout_dates=frozenset({christmas}))
    auckland = ["Pacific/Auckland"]  # UTC+13 in December
    assert is_open(closed, utc("2026-12-24 10:59:59"), auckland)
    assert closed_reason(closed, utc("2026-12-24 11:00"), auckland) is ClosedReason.BLACKOUT
    assert next_open(closed, utc("2026-12-24 11:00"), auckland) == utc("2026-12-25 11:00")
    assert is_open(closed, utc("2026-12-24 11:00"), ["Europe/Madrid"])


def test_an_overnight_window_stops_where_a_blackout_begins() -> None:
    saturday = DateRange(date(2026, 6, 6), date(2026, 6, 6))
    closed = calendar(FRIDAY_NIGHT, blackout_dates=frozenset({saturday}))
    assert is_open(closed, utc("2026-06-05 23:59:59"), ["UTC"])
    assert closed_reason(closed, utc("2026-06-06 00:00"), ["UTC"]) is ClosedReason.BLACKOUT


def test_a_blackout_of_months_is_skipped() -> None:
    closed = calendar(NINE_TO_SEVEN, blackout_dates=frozenset({DateRange(date(2026, 2, 1), date(2026, 12, 31))}))
    assert next_open(closed, utc("2026-02-02 12:00"), ["Europe/Madrid"]) == utc("2027-01-01 08:00")


def test_zones_apart_open_together_after_a_blackout_of_months() -> None:
    closed = calendar(NINE_TO_SEVEN, blackout_dates=frozenset({DateRange(date(2026, 2, 1), date(2026, 12, 31))}))
    spain = ["Europe/Madrid", "Atlantic/Canary"]
    assert next_open(closed, utc("2026-02-02 12:00"), spain) == utc("2027-01-01 09:00")


def test_the_first_week_after_a_blackout_counts_from_its_end() -> None:
    """Lagos is an hour ahead of UTC, so they share 13:00Z on Mondays; the blackout ends with a Monday."""
    mondays = [Window(frozenset({0}), time(hour), time(hour + 1)) for hour in (8, 13, 14, 20)]
    closed = calendar(*mondays, blackout_dates=frozenset({DateRange(date(2026, 6, 1), date(2026, 6, 15))}))
    assert next_open(closed, utc("2026-06-02 00:00"), ["UTC", "Africa/Lagos"]) == utc("2026-06-22 13:00")


def test_a_search_ends_at_its_horizon() -> None:
    saturday = utc("2026-06-06 12:00")
    assert next_open(calendar(NINE_TO_SEVEN), saturday, ["UTC"], horizon=timedelta(hours=45)) is None
    monday = utc("2026-06-08 09:00")
    assert next_open(calendar(NINE_TO_SEVEN), saturday, ["UTC"], horizon=timedelta(hours=45, seconds=1)) == monday


def test_an_open_instant_is_its_own_next_opening() -> None:
    instant = utc("2026-06-01 12:00:00.123456")
    assert next_open(calendar(NINE_TO_SEVEN), instant, ["Europe/Madrid"]) == instant


def test_an_override_replaces_the_windows_of_its_zone_under_any_name() -> None:
    mornings = Window(EVERY_DAY, time(9), time(12))
    split = calendar(NINE_TO_SEVEN, overrides={"Asia/Calcutta": (mornings,), "Europe/Paris": ()})
    afternoon_in_kolkata = utc("2026-06-01 10:00")
    assert not is_open(split, afternoon_in_kolkata, ["Asia/Kolkata"])
    assert is_open(split, afternoon_in_kolkata, ["Europe/Madrid"])
    assert closed_reason(split, afternoon_in_kolkata, ["Europe/Paris"]) is ClosedReason.NO_WINDOWS


def test_a_zone_named_twice_has_the_windows_of_its_name_of_today() -> None:
    mornings, evenings = Window(EVERY_DAY, time(9), time(12)), Window(EVERY_DAY, time(18), time(20))
    for names in (["Asia/Calcutta", "Asia/Kolkata"], ["Asia/Kolkata", "Asia/Calcutta"]):
        hours = {"Asia/Kolkata": (mornings,), "Asia/Calcutta": (evenings,)}
        twice = calendar(NINE_TO_SEVEN, overrides={name: hours[name] for name in names})
        assert twice.windows_in("Asia/Kolkata") == twice.windows_in("Asia/Calcutta") == (mornings,)
        assert twice.windows_in("Europe/Madrid") == (NINE_TO_SEVEN,)


def test_windows_that_overlap_or_touch_are_open_without_a_break() -> None:
    pieces = calendar(*(Window(EVERY_DAY, time(start), time(end)) for start, end in ((12, 15), (9, 13), (15, 17))))
    assert all(is_open(pieces, utc("2026-06-01 09:00") + timedelta(minutes=n), ["UTC"]) for n in range(480))
    assert next_open(pieces, utc("2026-06-01 17:00"), ["UTC"]) == utc("2026-06-02 09:00")


def test_outside_hours_is_a_reason_of_its_own() -> None:
    assert closed_reason(calendar(NINE_TO_SEVEN), utc("2026-06-06 12:00"), ["UTC"]) is ClosedReason.OUTSIDE_HOURS


def test_an_instant_needs_a_zone_of_its_own() -> None:
    with pytest.raises(ValueError, match="no instant"):
        is_open(calendar(ALL_DAY), datetime(2026, 6, 1, 12), ["UTC"])  # noqa: DTZ001  # the mistake being tested


def test_an_instant_in_any_zone_is_the_same_instant() -> None:
    elsewhere = utc("2026-06-01 16:59:59").astimezone(tz=None)
    assert is_open(calendar(NINE_TO_SEVEN), elsewhere, ["Europe/Madrid"])


@pytest.mark.parametrize(
    ("days", "start", "end"),
    [
        ({7}, time(9), time(10)),
        ({-1}, time(9), time(10)),
        ({0}, time(9), time(9)),
        ({0}, time(9, 0, 0, 1), time(10)),
        ({0}, time(9, tzinfo=UTC), time(10, tzinfo=UTC)),
    ],
)
def test_an_impossible_window_is_refused(days: set[int], start: time, end: time) -> None:
    with pytest.raises(ValueError, match=r"window|weekdays"):
        Window(frozenset(days), start, end)


def test_a_range_of_dates_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        DateRange(date(2026, 6, 2), date(2026, 6, 1))


@pytest.mark.parametrize(
    "value",
    [
        {"days": [0, 1], "start": "09:00", "end": "19:00"},
        {"days": [0, 1, 2, 3, 4, 5, 6], "start": "00:00", "end": "24:00"},
        {"days": [4], "start": "22:00", "end": "02:00:30"},
        {"days": [], "start": "09:00", "end": "19:00"},
    ],
)
def test_a_window_survives_json(value: dict[str, object]) -> None:
    assert Window.from_json(value).to_json() == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"days": [0], "start": "09:00"},
        {"days": [0], "start": "09:00", "end": "19:00", "zone": "UTC"},
        {"days": "0", "start": "09:00", "end": "19:00"},
        {"days": [True], "start": "09:00", "end": "19:00"},
        {"days": [7], "start": "09:00", "end": "19:00"},
        {"days": [0], "start": "9:00", "end": "19:00"},
        {"days": [0], "start": "09:00", "end": "19:60"},
        {"days": [0], "start": "24:00", "end": "02:00"},
        {"days": [0], "start": "09:00Z", "end": "19:00"},
        {"days": [0], "start": 9, "end": "19:00"},
        {"days": [0], "start": "09:00", "end": "09:00"},
        {"days": [0], "start": "00:00", "end": "00:00"},
        {"days": [0], "start": "\N{ARABIC-INDIC DIGIT ZERO}9:00", "end": "19:00"},
    ],
)
def test_json_that_is_no_window_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"window|weekdays|time of day"):
        Window.from_json(value)


@pytest.mark.parametrize(
    ("windows", "text"),
    [
        ([NINE_TO_SEVEN], "Mon-Fri 09:00-19:00"),
        ([NINE_TO_SEVEN, Window(frozenset({5}), time(10), time(14))], "Mon-Fri 09:00-19:00; Sat 10:00-14:00"),
        ([Window(frozenset({0, 2, 3, 6}), time(9), time(0))], "Mon, Wed-Thu, Sun 09:00-24:00"),
        ([ALL_DAY], "every day 00:00-24:00"),
        ([Window(frozenset({4}), time(22), time(2, 0, 30))], "Fri 22:00-02:00:30 (next day)"),
        ([Window(frozenset({day}), time(9), time(19)) for day in (4, 2, 0, 1, 3)], "Mon-Fri 09:00-19:00"),
        ([Window(WEEKDAYS, time(15), time(19)), Window(WEEKDAYS, time(9), time(13))], LUNCH),
        ([Window(frozenset({0, 1}), time(9), time(13)), Window(frozenset({1}), time(15), time(19))], TUESDAY),
        ([Window(frozenset({0}), time(hour), time(hour + 1)) for hour in (8, 10, 12)], THREE_HOURS),
        ([NINE_TO_SEVEN, Window(WEEKDAYS, time(12), time(20)), NINE_TO_SEVEN], "Mon-Fri 09:00-20:00"),
        ([Window(WEEKDAYS, time(9), time(12)), Window(WEEKDAYS, time(12), time(15))], "Mon-Fri 09:00-15:00"),
        ([ALL_DAY, FRIDAY_NIGHT], "Mon-Thu, Sat-Sun 00:00-24:00; Fri 00:00-24:00 and 22:00-02:00 (next day)"),
        ([FRIDAY_NIGHT, NINE_TO_SEVEN], "Mon-Thu 09:00-19:00; Fri 09:00-19:00 and 22:00-02:00 (next day)"),
        ([Window(frozenset({0, 5, 6}), time(0, 0, 5), time(0))], "Mon, Sat-Sun 00:00:05-24:00"),
        ([], "never"),
        ([Window(frozenset(), time(9), time(10))], "never"),
    ],
)
def test_windows_read_as_people_write_them(windows: list[Window], text: str) -> None:
    assert describe(windows).replace("\N{EN DASH}", "-") == text
