"""Say when and how often a campaign may contact a person: one value, wherever the rules were written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from campaigns.models import Campaign, Configuration
from lib.windows import CallingCalendar, DateRange, Window
from organizations.models import Blackout


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """The rules of contact of one campaign.

    `call_delays` are the waits after the first, second, … call, so there are one more calls than delays.
    `whatsapp_after` is the number of unanswered calls after which one message follows; None where none does.
    """

    call_delays: tuple[timedelta, ...]
    calendar: CallingCalendar
    first_call_calendar: CallingCalendar
    minimum_gap: timedelta
    daily_cap: int
    starts_with_whatsapp: bool = False
    whatsapp_after: int | None = None

    @property
    def maximum_calls(self) -> int:
        return len(self.call_delays) + 1

    @classmethod
    def of(cls, campaign: Campaign) -> ContactPolicy:
        """Read the policy of a campaign whose organization and configuration are loaded (one query: blackouts)."""
        organization = campaign.organization
        blackouts = _ranges(Blackout.objects.filter(organization=organization))
        configuration = campaign.configuration
        regular, first = (
            _configured(configuration, blackouts) if configuration else _own(campaign.working_hours, blackouts)
        )
        delays = (
            [configuration.retry_delay_minutes] * configuration.max_retries
            if configuration
            else campaign.call_attempt_delays
        )
        whatsapp = campaign.follows_up_by_whatsapp
        return cls(
            call_delays=tuple(timedelta(minutes=delay) for delay in delays),
            calendar=regular,
            first_call_calendar=first,
            minimum_gap=timedelta(minutes=organization.minimum_gap_minutes),
            daily_cap=organization.daily_contact_cap,
            starts_with_whatsapp=whatsapp and campaign.first_contact_channel == Campaign.Channel.WHATSAPP,
            whatsapp_after=campaign.whatsapp_after_attempts if whatsapp else None,
        )


def _own(windows: list[dict[str, Any]], blackouts: frozenset[DateRange]) -> tuple[CallingCalendar, CallingCalendar]:
    calendar = CallingCalendar(_windows(windows), blackout_dates=blackouts)
    return calendar, calendar


def _configured(
    configuration: Configuration, blackouts: frozenset[DateRange]
) -> tuple[CallingCalendar, CallingCalendar]:
    regular = CallingCalendar(_windows(configuration.windows), _overrides(configuration.overrides), blackouts)
    windows, overrides = configuration.first_call_windows, configuration.first_call_overrides
    first = CallingCalendar(
        regular.windows if windows is None else _windows(windows),
        regular.overrides if overrides is None else _overrides(overrides),
        blackouts,
    )
    return regular, first


def _windows(stored: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    return tuple(Window.from_json(window) for window in stored)


def _overrides(stored: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, tuple[Window, ...]]:
    return {zone: _windows(windows) for zone, windows in stored.items()}


def _ranges(blackouts: Iterable[Blackout]) -> frozenset[DateRange]:
    return frozenset(DateRange(blackout.first_day, blackout.last_day) for blackout in blackouts)
