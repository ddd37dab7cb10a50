"""Ask every rule that may hold a contact back.

Hours are looked at when work is claimed, to skip cheaply. All rules are asked again, under locks, in the transaction
that commits to sending: that answer is the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Func, Max

from campaigns.policy import ContactPolicy
from customers.suppressions import contacts_since, is_suppressed
from lib.windows import CallingCalendar, closed_reason, next_open
from targets.lifecycle import VOID_STATES
from targets.models import Attempt, CampaignTarget
from targets.people import candidate_zones

DAY = timedelta(days=1)
# How long a person who reached the daily cap is left before the rolling count is looked at again.
_CAP_RECHECK = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Held:
    """The contact must wait until `until`; None where waiting does not help."""

    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The person must not be contacted at this address."""

    reason: str


def check_hours(target: CampaignTarget, policy: ContactPolicy, address: str, at: datetime) -> Held | None:
    """Return what the person's own clock says against contacting them at `at`, None if nothing. Runs no query."""
    if target.scheduled_at and at < target.scheduled_at:
        return Held("scheduled", target.scheduled_at)
    calendar, zones = _calendar(target, policy), candidate_zones(target, address)
    reason = closed_reason(calendar, at, zones)
    return Held(f"hours.{reason.value}", next_open(calendar, at, zones)) if reason else None


def hours_seen(target: CampaignTarget, policy: ContactPolicy, address: str) -> dict[str, list[dict[str, Any]]]:
    """Return the windows that hold for the person, by candidate zone, to be kept with the decision they led to."""
    calendar = _calendar(target, policy)
    return {
        zone: [window.to_json() for window in calendar.windows_in(zone)] for zone in candidate_zones(target, address)
    }


def _calendar(target: CampaignTarget, policy: ContactPolicy) -> CallingCalendar:
    is_first_of_schedule = bool(target.scheduled_at) and not target.calls_made
    return policy.first_call_calendar if is_first_of_schedule else policy.calendar


def check_contact(
    target: CampaignTarget, policy: ContactPolicy, channel: str, address: str, at: datetime
) -> Held | Forbidden | None:
    """Return the first rule against contacting `target` at `address` at `at`, None if there is none.

    The caller holds the address's lock shared, so no opt-out can slip between this answer and the sending.
    """
    suppression = is_suppressed(organization_id=target.organization_id, address=address, channel=channel, at=at)
    if suppression is not None:
        return Forbidden(f"suppressed.{suppression.source}")
    held = check_hours(target, policy, address, at)
    if held is not None:
        return held
    quiet_until = quiet_ends(target.organization_id, [address]).get(address)
    if quiet_until is not None and quiet_until > at:
        return Held("minimum_gap", quiet_until)
    recent = contacts_since(organization_id=target.organization_id, address=address, since=at - DAY)
    return Held("daily_cap", at + _CAP_RECHECK) if recent >= policy.daily_cap else None


def quiet_ends(organization_id: UUID, addresses: list[str]) -> dict[str, datetime]:
    """Return, for each address that was contacted before, until when it is to be left alone."""
    upper = Func("quiet", function="upper", output_field=DateTimeField())
    attempts = Attempt.objects.for_organization(organization_id).filter(address__in=addresses, quiet__isnull=False)
    ends = attempts.exclude(state__in=VOID_STATES).values_list("address").annotate(end=Max(upper))
    return dict(ends)
