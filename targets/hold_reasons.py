"""Put the codes of rules that hold contacts back into words: the only place that does.

The words follow a number or a name: "412 outside hours", "held: outside hours".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from lib import zones

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "": "not due yet",
        "address_busy": "at an address that is in contact already",
        "between_calls": "between two calls",
        "campaign.no_agent": "without an agent the voice provider knows",
        "campaign.no_email_channel": "without an email channel that has an account",
        "campaign.no_email_message": "without an email to send",
        "campaign.no_email_subject": "without a subject for the email",
        "campaign.no_phone_number": "without a number to call from",
        "campaign.no_whatsapp_channel": "without a WhatsApp channel that has an account",
        "campaign.no_whatsapp_message": "without a WhatsApp message",
        "campaign.no_whatsapp_template": "without a WhatsApp template, needed for people who have not written first",
        "customer.deleted": "removed from the organization's customers",
        "daily_cap": "capped",
        "dialing_stopped": "stopped by a kill switch",
        "hours.blackout": "in a blackout",
        "hours.never_open": "without any allowed hour",
        "hours.no_windows": "without any allowed hour",
        "hours.outside_hours": "outside hours",
        "hours.unknown_zone": "in no known time zone",
        "lease_expired": "to be tried again, after nobody took them up",
        "minimum_gap": "within the minimum gap between contacts",
        "person_busy": "of people who are in contact already",
        "provider.outside_session": "to be tried again, as a template",
        "provider_stopped": "at a provider account that is stopped",
        "provider_unusable": "at a provider account whose address or credentials are wrong",
        "rules.unreadable": "of a campaign whose stored rules cannot be read",
        "scheduled": "before their scheduled time",
        "target.deleted": "removed from the campaign",
        "technical_failures": "given up after technical failures",
    }
)
_FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "campaign": "held while the campaign is {}",
        "provider": "refused by the provider ({}), to be tried again",
        "suppressed": "suppressed ({})",
    }
)


def in_words(reason: str) -> str:
    """Return what a hold reason says, such as ``hours.outside_hours`` → outside hours. Any text gives some answer."""
    if reason in _WORDS:
        return _WORDS[reason]
    family, _, rest = reason.partition(".")
    plain = (rest or family).replace("_", " ")
    return _FAMILIES[family].format(plain) if rest and family in _FAMILIES else reason.replace("_", " ")


def moment(at: datetime, zone: str, now: datetime) -> str:
    """Return `at` on the clock of `zone` (UTC where it is none), with the day where it is not today's there."""
    place = zones.zone(zone) if zone else None
    local, today = at.astimezone(place or UTC), now.astimezone(place or UTC).date()
    day = "" if local.date() == today else f"{local:%a %d %b} "
    return f"{day}{local:%H:%M} {zone if place else 'UTC'}"
