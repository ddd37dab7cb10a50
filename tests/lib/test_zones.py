"""Are zones read from the pinned package, and from nowhere else?"""

import re
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest

from lib import zones


def test_every_name_on_offer_loads() -> None:
    names = zones.available()
    assert list(names) == sorted(set(names))
    assert {"Europe/Madrid", "America/Argentina/Buenos_Aires", "America/Buenos_Aires", "UTC"} <= set(names)
    assert all(str(zones.zone(name)) == name for name in names)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "europe/madrid",
        "Europe/Madrid ",
        "Europe/Madrid\x00",
        "/etc/localtime",
        "../../../etc/passwd",
        "Europe/../Europe/Madrid",
        "Europe//Madrid",
        "./UTC",
        "zone.tab",
        "tzdata.zi",
        "__init__.py",
        "Factory",
        "localtime",
    ],
)
def test_nothing_but_a_zone_has_a_zone(name: str) -> None:
    assert zones.zone(name) is None


def test_the_rules_are_the_packages_even_where_the_machine_has_others() -> None:
    """Vancouver ended its changes of time in March 2026; most machines' own files do not know."""
    vancouver = zones.zone("America/Vancouver")
    assert datetime(2026, 12, 1, tzinfo=UTC).astimezone(vancouver).utcoffset() == timedelta(hours=-7)


def test_the_version_is_that_of_the_package() -> None:
    year, letter = re.fullmatch(r"(\d{4})([a-z])", zones.TZDATA_VERSION).groups()  # type: ignore[union-attr]  # fails the test
    assert version("tzdata").startswith(f"{year}.{ord(letter) - ord('a') + 1}")


@pytest.mark.parametrize(
    ("name", "today"),
    [
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("America/Godthab", "America/Nuuk"),
        ("US/Eastern", "America/New_York"),
        ("UTC", "Etc/UTC"),
        ("Europe/Oslo", "Europe/Oslo"),  # a link too, but Norway's own name
        ("Mars/Olympus", "Mars/Olympus"),
    ],
)
def test_a_legacy_name_has_a_name_of_today(name: str, today: str) -> None:
    assert zones.canonical(name) == today


def test_no_name_of_today_is_a_legacy_name_itself() -> None:
    names = {zones.canonical(name) for name in zones.available()}
    assert {zones.canonical(name) for name in names} == names
    assert all(zones.zone(name) for name in names)


def test_a_legacy_name_keeps_the_time_of_its_name_of_today() -> None:
    for name in zones.available():
        for month in (1, 7):
            instant = datetime(2027, month, 1, tzinfo=UTC)
            ours, todays = zones.zone(name), zones.zone(zones.canonical(name))
            assert instant.astimezone(ours).utcoffset() == instant.astimezone(todays).utcoffset(), name


def test_a_country_has_all_its_zones() -> None:
    assert set(zones.of_country("ES")) == {"Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"}
    assert zones.of_country("IE") == ("Europe/Dublin",)
    assert zones.of_country("ZZ") == ()


def test_an_offset_holds_until_the_next_change() -> None:
    offset, until = zones.offset_period("Europe/Madrid", datetime(2026, 3, 1, tzinfo=UTC))
    assert (offset, until) == (timedelta(hours=1), datetime(2026, 3, 29, 1, tzinfo=UTC))
    offset, until = zones.offset_period("Europe/Madrid", until)
    assert (offset, until) == (timedelta(hours=2), datetime(2026, 10, 25, 1, tzinfo=UTC))
    offset, until = zones.offset_period("Europe/Madrid", until)
    assert (offset, until) == (timedelta(hours=1), datetime(2027, 1, 1, tzinfo=UTC))


def test_no_change_is_missed_between_two_probes() -> None:
    """`offset_period` looks every third day; here every sixth hour of two years is looked at."""
    for name in ["Africa/Casablanca", *zones.available()[::7]]:  # Casablanca changed for a month of fasting
        here, instant = zones.zone(name), datetime(2026, 1, 1, tzinfo=UTC)
        while instant.year < 2028:
            offset, until = zones.offset_period(name, instant)
            probe = instant
            while probe < until:
                assert probe.astimezone(here).utcoffset() == offset, (name, probe)
                probe += timedelta(hours=6)
            instant = until


def test_an_unknown_zone_has_no_offset() -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        zones.offset_period("Mars/Olympus", datetime(2026, 1, 1, tzinfo=UTC))
