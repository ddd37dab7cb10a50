"""Do the zones of a North American area code hold for everybody whose number starts with it?"""

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from lib import zones
from lib.area_codes import zones_of_area

NORTH_AMERICA = {*zones.of_country("US"), *zones.of_country("CA")}


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("212", {"America/New_York"}),
        ("850", {"America/New_York", "America/Chicago"}),  # Florida: Tallahassee and Pensacola
        ("448", {"America/New_York", "America/Chicago"}),  # laid over 850
        ("219", {"America/New_York", "America/Chicago"}),  # Indiana, mostly on Chicago's time
        ("930", {"America/New_York", "America/Chicago"}),
        ("364", {"America/New_York", "America/Chicago"}),  # Kentucky
        ("423", {"America/New_York", "America/Chicago"}),  # Tennessee
        ("906", {"America/New_York", "America/Chicago"}),  # Michigan
        ("605", {"America/Chicago", "America/Denver", "America/North_Dakota/Center"}),
        ("308", {"America/Chicago", "America/Denver"}),  # Nebraska
        ("785", {"America/Chicago", "America/Denver"}),  # Kansas
        ("208", {"America/Boise", "America/Denver", "America/Los_Angeles"}),
        ("458", {"America/Denver", "America/Los_Angeles"}),  # Oregon
        ("928", {"America/Phoenix", "America/Denver"}),  # Arizona and, with summer time, the Navajo Nation
        ("807", {"America/Toronto", "America/Winnipeg", "America/Atikokan"}),
    ],
)
def test_an_area_of_two_zones_has_both(area: str, expected: set[str]) -> None:
    assert zones_of_area(f"+1{area}5550123") == expected


def test_the_canadian_north_has_all_its_zones() -> None:
    north = {"Iqaluit", "Rankin_Inlet", "Resolute", "Cambridge_Bay", "Inuvik", "Whitehorse", "Dawson"}
    assert {f"America/{name}" for name in north} <= zones_of_area("+18675550123")


def test_an_area_nobody_knows_has_no_zones() -> None:
    assert zones_of_area("+11115550123") == frozenset()
    assert zones_of_area("+1") == frozenset()
    assert zones_of_area("") == frozenset()


def test_no_exchange_has_a_zone_its_area_lacks() -> None:
    prefixes = [prefix for prefix in TIMEZONE_DATA if prefix.startswith("1") and len(prefix) >= 4]
    for prefix in prefixes:
        wanted = {zones.canonical(name) for name in TIMEZONE_DATA[prefix]} & NORTH_AMERICA
        assert wanted <= zones_of_area(f"+{prefix}"), prefix
    assert len(prefixes) > 1000


def test_every_zone_of_an_area_is_one() -> None:
    for area in range(200, 1000):
        for name in zones_of_area(f"+1{area}5550123"):
            assert zones.zone(name) is not None, name
            assert zones.canonical(name) == name
