"""Say when and how often a campaign may contact a person: one value, wherever the rules were written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from campaigns.goals import is_readable_goal
from campaigns.models import Campaign, Configuration
from campaigns.retry_policy import RetryPolicy, parse_retry_policy, rules_in_words, wait_in_words
from lib.errors import InvalidField
from lib.windows import CallingCalendar, DateRange, Window, describe
from organizations.models import Blackout


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """The rules of contact of one campaign.

    `call_delays` are the waits after the first, second, … call, so there are one more calls than delays; `retries` says
    what differs by how a call ended. `whatsapp_after` and `email_after` are the numbers of unanswered calls after which
    one message follows; None where none follows for their number. `can_email` says whether the campaign has what an
    email needs, to be written to whoever cannot be called, or where a rule says so. Nobody is contacted by
    rules, or for a goal, stored in a form that `is_unreadable`.
    """

    call_delays: tuple[timedelta, ...]
    calendar: CallingCalendar
    first_call_calendar: CallingCalendar
    minimum_gap: timedelta
    daily_cap: int
    starts_with_whatsapp: bool = False
    whatsapp_after: int | None = None
    can_email: bool = False
    email_after: int | None = None
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    is_unreadable: bool = False

    @property
    def maximum_calls(self) -> int:
        return len(self.call_delays) + 1

    @classmethod
    def of(cls, campaign: Campaign) -> ContactPolicy:
        """Read the policy of a campaign whose organization and configuration are loaded (one query: blackouts)."""
        organization = campaign.organization
        blackouts = _ranges(Blackout.objects.filter(organization=organization))
        configuration = campaign.configuration
        is_unreadable = False
        try:
            regular, first = (
                _configured(configuration, blackouts) if configuration else _own(campaign.working_hours, blackouts)
            )
            retries = parse_retry_policy((configuration or campaign).retry_policy)
            is_unreadable = not is_readable_goal(campaign.goal_spec)
        except (ValueError, TypeError, AttributeError, InvalidField):  # written past the services, in any shape
            is_unreadable, regular, first, retries = True, CallingCalendar(()), CallingCalendar(()), RetryPolicy()
        delays = (configuration or campaign).call_attempt_delays
        whatsapp = campaign.follows_up_by_whatsapp
        email = bool(campaign.email_channel_id and campaign.email_first_message)
        return cls(
            call_delays=tuple(timedelta(minutes=delay) for delay in delays),
            calendar=regular,
            first_call_calendar=first,
            minimum_gap=timedelta(minutes=organization.minimum_gap_minutes),
            daily_cap=organization.daily_contact_cap,
            starts_with_whatsapp=whatsapp and campaign.first_contact_channel == Campaign.Channel.WHATSAPP,
            whatsapp_after=campaign.whatsapp_after_attempts if whatsapp else None,
            can_email=email,
            email_after=campaign.email_after_attempts if email else None,
            retries=retries,
            is_unreadable=is_unreadable,
        )


def words(policy: ContactPolicy) -> str:
    """Return the rules of contact as one sentence, for whoever reads the campaign."""
    if policy.is_unreadable:
        return "The stored rules of contact or the goal cannot be read, so nobody is contacted."
    others = f" ({len(policy.calendar.overrides)} zones have hours of their own)" if policy.calendar.overrides else ""
    hours = f"{describe(policy.calendar.windows)} in the person's zone{others}"
    parts = [", ".join([hours, _calls_in_words(policy), *_messages_in_words(policy)]), rules_in_words(policy.retries)]
    sentence = f"{'; '.join(part for part in parts if part)}."
    return f"{sentence[0].upper()}{sentence[1:]}"


def configuration_in_words(configuration: Configuration) -> str:
    """Return what a configuration allows the campaigns that use it, as one sentence or two; blackouts are left out."""
    try:
        regular, first = _configured(configuration, frozenset())
        retries = parse_retry_policy(configuration.retry_policy)
    except (ValueError, TypeError, AttributeError, InvalidField):
        return "The stored rules of contact cannot be read, so nobody is contacted."
    delays = tuple(timedelta(minutes=delay) for delay in configuration.call_attempt_delays)
    policy = ContactPolicy(delays, regular, first, minimum_gap=timedelta(0), daily_cap=0, retries=retries)
    others = ""
    if first.windows != regular.windows:
        others = f" First calls at a time of their own: {describe(first.windows)}."
    return f"{words(policy)}{others}"


def _calls_in_words(policy: ContactPolicy) -> str:
    first = "WhatsApp first, then up to" if policy.starts_with_whatsapp else "up to"
    different = set(policy.call_delays)
    waits = ", ".join(wait_in_words(delay) for delay in (different if len(different) == 1 else policy.call_delays))
    calls = f"{first} {policy.maximum_calls} call{'s' if policy.maximum_calls > 1 else ''}"
    return f"{calls} ({waits} apart)" if waits else calls


def _messages_in_words(policy: ContactPolicy) -> list[str]:
    messages = []
    if policy.whatsapp_after is not None and not policy.starts_with_whatsapp:
        messages.append(_after("WhatsApp", policy.whatsapp_after, policy))
    if policy.email_after is not None:
        messages.append(_after("email", policy.email_after, policy))
    elif policy.can_email:
        messages.append("email to people without a phone")
    return messages


def _after(message: str, calls: int, policy: ContactPolicy) -> str:
    return f"then {message}" if calls == policy.maximum_calls else f"{message} after {calls} without an answer"


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
