"""Ask every rule that may hold a contact back.

Hours are looked at when work is claimed, to skip cheaply. All rules are asked again, under locks, in the transaction
that commits to sending: that answer is the truth.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, DateTimeField, Func, Max, Q

from campaigns.policy import ContactPolicy
from customers.services.addresses import is_stored_form
from customers.suppressions import contacts_since, is_suppressed
from lib.windows import CallingCalendar, ClosedReason, closed_reason, next_open
from targets.lifecycle import LIVE_STATES, VOID_STATES, AttemptState
from targets.models import Attempt, CampaignTarget
from targets.people import all_addresses, candidate_zones

DAY = timedelta(days=1)
# How long a person who reached the daily cap is left before the rolling count is looked at again.
_CAP_RECHECK = timedelta(hours=6)
# How long a campaign whose stored rules nobody can read is left before it is looked at again.
_UNREADABLE_RECHECK = timedelta(minutes=15)
# Blackouts farther away than this from a contact, by any calendar, say nothing about it.
_NEAR = timedelta(days=2)
# Stands for whatever zone somebody may be in, where their hours do not matter.
_NO_ZONE = ("Etc/UTC",)
# Ends of quiet ranges.
_UPPER = Func("quiet", function="upper", output_field=DateTimeField())
# Who is reserved may still be given back: two that wait for each other would never be sent.
_SENT_AND_LIVE = tuple(state for state in LIVE_STATES if state != AttemptState.RESERVED)


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
    if policy.is_unreadable:
        return Held("rules.unreadable", at + _UNREADABLE_RECHECK)
    calendar, zones = calendar_for(target, policy), zones_for_hours(target, address)
    reason = closed_reason(calendar, at, zones)
    if reason is None:
        return None
    waits = _may_get_windows(target, reason)
    return Held(f"hours.{reason.value}", at + DAY if waits else next_open(calendar, at, zones))


def hours_seen(target: CampaignTarget, policy: ContactPolicy, address: str) -> dict[str, list[dict[str, Any]]]:
    """Return the windows that hold for the person, by candidate zone, to be kept with the decision they led to."""
    calendar = calendar_for(target, policy)
    return {
        zone: [window.to_json() for window in calendar.windows_in(zone)] for zone in zones_for_hours(target, address)
    }


def blackouts_seen(policy: ContactPolicy, at: datetime) -> list[list[str]]:
    """Return the blackouts about `at`, ``[[first, last]]`` in ISO 8601, to be kept with the decision made then."""
    near = [
        b for b in policy.calendar.blackout_dates if b.first <= (at + _NEAR).date() and b.last >= (at - _NEAR).date()
    ]
    return sorted([b.first.isoformat(), b.last.isoformat()] for b in near)


def opening_from(target: CampaignTarget, policy: ContactPolicy, address: str, earliest: datetime) -> datetime | None:
    """Return the first moment from `earliest` on that the person's own clock allows, None where there is none.

    Whoever follows a configuration without windows is looked at again then: it may have got some. Rules nobody can
    read hold a contact when it comes to it, until somebody writes them anew.
    """
    if policy.is_unreadable:
        return earliest
    calendar, zones = calendar_for(target, policy), zones_for_hours(target, address)
    opening = next_open(calendar, earliest, zones)
    if opening is None and _may_get_windows(target, closed_reason(calendar, earliest, zones)):
        return earliest
    return opening


def _may_get_windows(target: CampaignTarget, reason: ClosedReason | None) -> bool:
    """Say whether there is no moment only because nobody has given a shared configuration its windows yet."""
    return reason == ClosedReason.NO_WINDOWS and target.campaign.configuration_id is not None


def zones_for_hours(target: CampaignTarget, address: str) -> Sequence[str]:
    """Return the zones in all of which a contact must be allowed. Contacts of no campaign have no zone to respect."""
    return _NO_ZONE if target.campaign.is_adhoc else candidate_zones(target, address)


def calendar_for(target: CampaignTarget, policy: ContactPolicy) -> CallingCalendar:
    """Return the hours of the next contact: the first call of somebody with a time of their own may have others."""
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
    known = {address, *filter(is_stored_form, all_addresses(target))}
    held = _check_gap(target, policy, known, at)
    if held is not None:
        return held
    # The ledger knows no other form of an address, and each contact once, under the address it went to.
    recent = sum(contacts_since(organization_id=target.organization_id, address=a, since=at - DAY) for a in known)
    return Held("daily_cap", at + _CAP_RECHECK) if recent >= policy.daily_cap else None


def _check_gap(target: CampaignTarget, policy: ContactPolicy, known: Collection[str], at: datetime) -> Held | None:
    """Return whether the person was contacted too recently, or is being contacted, at any address, by any campaign."""
    under_way = Q(customer_id=target.customer_id, state__in=_SENT_AND_LIVE) & ~Q(target_id=target.pk)
    theirs = Q(customer_id=target.customer_id) | Q(address__in=known)
    facts = (
        Attempt.objects.for_organization(target.organization_id)
        .filter(theirs, quiet__isnull=False)
        .exclude(state__in=VOID_STATES)
        .aggregate(quiet_until=Max(_UPPER), under_way=Count("pk", filter=under_way))
    )
    quiet_until = facts["quiet_until"]
    if quiet_until is not None and quiet_until > at:
        return Held("minimum_gap", quiet_until)
    return Held("person_busy", at + policy.minimum_gap) if facts["under_way"] else None


def quiet_ends(organization_id: UUID, addresses: list[str]) -> dict[str, datetime]:
    """Return, for each address that was contacted before, until when it is to be left alone."""
    attempts = Attempt.objects.for_organization(organization_id).filter(address__in=addresses, quiet__isnull=False)
    ends = attempts.exclude(state__in=VOID_STATES).values_list("address").annotate(end=Max(_UPPER))
    return dict(ends)


def quiet_ends_of_people(organization_id: UUID, customer_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return, for each customer who was contacted before at any address, until when they are to be left alone."""
    attempts = Attempt.objects.for_organization(organization_id).filter(customer__in=customer_ids, quiet__isnull=False)
    ends = attempts.exclude(state__in=VOID_STATES).values_list("customer_id").annotate(end=Max(_UPPER))
    return dict(ends)
