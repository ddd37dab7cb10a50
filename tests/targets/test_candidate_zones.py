"""Who says in which time zones a person may be, and what follows from several?"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from campaigns.models import Campaign, Configuration
from campaigns.policy import ContactPolicy
from customers.models import Customer
from lib import zones
from lib.windows import CallingCalendar, Window
from organizations.models import Agent, Organization
from targets.checks import Held, check_hours, hours_seen
from targets.models import CampaignTarget
from targets.people import candidate_zones

NEW_YORK, MADRID, TOLL_FREE = "+12125550101", "+34612345678", "+18005550101"
NINE_TO_SEVEN = CallingCalendar((Window(frozenset(range(7)), time(9), time(19)),))
FIVE_TO_SIX = CallingCalendar((Window(frozenset(range(7)), time(17), time(18)),))


def person(
    *,
    target: str = "",
    customer: str = "",
    configuration: str | None = None,
    assigned: str | None = None,
    agent: str | None = None,
    organization: str = "",
    phones: tuple[str, ...] = (NEW_YORK,),
) -> CampaignTarget:
    """Return a target that no database knows, with these zones and numbers."""
    settings = None if configuration is None else Configuration(default_timezone=configuration)
    campaign = Campaign(
        organization=Organization(timezone=organization),
        configuration=settings,
        agent=None if agent is None else Agent(timezone=agent),
    )
    return CampaignTarget(
        campaign=campaign,
        customer=Customer(phone=phones[0] if phones else None, other_phones=list(phones[1:]), timezone=customer),
        timezone=target,
        assigned_agent=None if assigned is None else Agent(timezone=assigned),
    )


def policy(calendar: CallingCalendar, first: CallingCalendar | None = None) -> ContactPolicy:
    return ContactPolicy((), calendar, first or calendar, minimum_gap=timedelta(0), daily_cap=5)


SOURCES = {
    "target": "Asia/Tokyo",
    "customer": "Asia/Seoul",
    "configuration": "Asia/Dubai",
    "assigned": "Asia/Tbilisi",
    "agent": "Asia/Karachi",
    "organization": "Asia/Kabul",
}


@pytest.mark.parametrize(
    ("missing", "address", "expected"),
    [
        ((), NEW_YORK, "Asia/Tokyo"),
        (("target",), NEW_YORK, "Asia/Seoul"),
        (("target", "customer"), TOLL_FREE, "Asia/Dubai"),
        (("target", "customer", "configuration"), NEW_YORK, "America/New_York"),
        (("target", "customer", "configuration"), TOLL_FREE, "Asia/Tbilisi"),
        (("target", "customer", "configuration", "assigned"), TOLL_FREE, "Asia/Karachi"),
        (("target", "customer", "configuration", "assigned", "agent"), TOLL_FREE, "Asia/Kabul"),
    ],
)
def test_the_first_that_says_something_decides(missing: tuple[str, ...], address: str, expected: str) -> None:
    said = {source: zone for source, zone in SOURCES.items() if source not in missing}
    assert list(candidate_zones(person(**said), address)) == [expected]  # type: ignore[arg-type]  # zones only


def test_a_campaigns_zone_for_people_who_carry_none_does_not_overrule_what_the_number_tells() -> None:
    """Nine o'clock in New York is six in Los Angeles: nobody there is called because a campaign's zone says so."""
    angeleno = person(phones=("+13105550102",), configuration="America/New_York")
    assert list(candidate_zones(angeleno, "+13105550102")) == ["America/Los_Angeles", "America/New_York"]
    at = [check_hours(angeleno, policy(NINE_TO_SEVEN), "+13105550102", instant) for instant in each_hour(12, 24)]
    allowed = [hour for hour, held in zip(range(12, 24), at, strict=True) if held is None]
    assert allowed == list(range(16, 23))  # from nine in Los Angeles to seven in New York


def test_a_campaigns_zone_comes_first_of_those_the_number_may_be_in() -> None:
    spaniard = person(phones=(MADRID,), configuration="Europe/Madrid")
    first, *others = candidate_zones(spaniard, MADRID)
    assert (first, set(others)) == ("Europe/Madrid", set(zones.of_country("ES")) - {"Europe/Madrid"})


def test_a_campaigns_zone_that_is_none_closes() -> None:
    noon = datetime(2026, 6, 1, 16, tzinfo=UTC)
    lost = person(configuration="Mars/Olympus")
    assert check_hours(lost, policy(NINE_TO_SEVEN), NEW_YORK, noon) == Held("hours.unknown_zone", None)


def test_nobody_says_anything_so_the_zone_is_unknown_and_closed() -> None:
    silent = person(phones=(TOLL_FREE,), configuration="", agent="", assigned="")
    assert list(candidate_zones(silent, TOLL_FREE)) == []
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert check_hours(silent, policy(NINE_TO_SEVEN), TOLL_FREE, noon) == Held("hours.unknown_zone", None)


@pytest.mark.parametrize("stated", ["Mars/Olympus", "europe/madrid", " ", "CEST", "+02:00"])
def test_a_name_that_is_no_zone_closes_whatever_the_number_says(stated: str) -> None:
    noon = datetime(2026, 6, 1, 16, tzinfo=UTC)
    lost = person(target=stated, organization="America/New_York")
    assert check_hours(lost, policy(NINE_TO_SEVEN), NEW_YORK, noon) == Held("hours.unknown_zone", None)
    assert check_hours(person(), policy(NINE_TO_SEVEN), NEW_YORK, noon) is None


def test_a_legacy_name_is_todays_zone() -> None:
    assert list(candidate_zones(person(customer="Asia/Calcutta"), NEW_YORK)) == ["Asia/Kolkata"]


def test_of_several_numbers_the_one_to_be_called_decides() -> None:
    several = person(phones=(NEW_YORK, MADRID, TOLL_FREE), organization="Asia/Kabul")
    assert list(candidate_zones(several, NEW_YORK)) == ["America/New_York"]
    assert set(candidate_zones(several, MADRID)) == set(zones.of_country("ES"))
    assert list(candidate_zones(several, TOLL_FREE)) == ["Asia/Kabul"]


@pytest.mark.parametrize("address", ["someone@example.com", ""])
def test_where_there_is_no_number_to_call_all_the_persons_numbers_count(address: str) -> None:
    several = person(phones=(NEW_YORK, TOLL_FREE, MADRID), organization="Asia/Kabul")
    assert set(candidate_zones(several, address)) == {"America/New_York", *zones.of_country("ES")}
    assert list(candidate_zones(person(phones=(), organization="Asia/Kabul"), address)) == ["Asia/Kabul"]


def test_a_target_with_numbers_of_its_own_is_where_those_are() -> None:
    target = person(phones=(NEW_YORK,))
    target.phones = [MADRID]
    assert "America/New_York" not in candidate_zones(target, "someone@example.com")


@pytest.mark.parametrize("address", ["+", "+999123456", "+1", "+34not-a-number"])
def test_a_broken_number_says_nothing_and_breaks_nothing(address: str) -> None:
    assert list(candidate_zones(person(phones=(address,), organization="Asia/Kabul"), address)) == ["Asia/Kabul"]


def test_an_area_code_of_two_zones_is_called_when_both_allow_it() -> None:
    """Tallahassee and Pensacola share Florida's 850: nine o'clock in Pensacola is ten in Tallahassee."""
    florida = "+18505550123"
    at = [check_hours(person(), policy(NINE_TO_SEVEN), florida, instant) for instant in each_hour(11, 24)]
    allowed = [hour for hour, held in zip(range(11, 24), at, strict=True) if held is None]
    assert allowed == list(range(14, 23))  # 09:00 in Pensacola to 19:00 in Tallahassee
    assert at[0] == Held("hours.outside_hours", datetime(2026, 6, 1, 14, tzinfo=UTC))


def each_hour(first: int, last: int) -> list[datetime]:
    return [datetime(2026, 6, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(first, last)]


def test_a_mobile_of_a_country_too_wide_for_the_hours_is_never_called_and_it_says_so() -> None:
    """From Kaliningrad to Kamchatka it is ten hours: no moment is between five and six for all."""
    held = check_hours(person(), policy(FIVE_TO_SIX), "+79161234567", datetime(2026, 6, 1, 12, tzinfo=UTC))
    assert held == Held("hours.outside_hours", None)


def test_the_windows_kept_with_a_decision_are_those_of_every_zone_it_looked_at() -> None:
    evening = (Window(frozenset({0}), time(18), time(20)),)
    calendar = CallingCalendar(NINE_TO_SEVEN.windows, overrides={"US/Central": evening})
    seen = hours_seen(person(), policy(calendar), "+18505550123")
    assert seen == {
        "America/New_York": [{"days": [0, 1, 2, 3, 4, 5, 6], "start": "09:00", "end": "19:00"}],
        "America/Chicago": [{"days": [0], "start": "18:00", "end": "20:00"}],
    }


def test_the_first_call_of_somebody_with_a_time_of_their_own_has_hours_of_its_own() -> None:
    rules = policy(NINE_TO_SEVEN, first=FIVE_TO_SIX)
    target, noon, evening = person(), *(datetime(2026, 6, 1, hour, 30, tzinfo=UTC) for hour in (16, 21))
    target.scheduled_at = noon
    assert check_hours(target, rules, NEW_YORK, noon - timedelta(microseconds=1)) == Held("scheduled", noon)
    assert check_hours(target, rules, NEW_YORK, noon) == Held("hours.outside_hours", evening - timedelta(minutes=30))
    assert check_hours(target, rules, NEW_YORK, evening) is None
    target.calls_made = 1
    assert check_hours(target, rules, NEW_YORK, noon) is None
