"""Record the appointments that the agent noted in conversations, where the person's own words bear them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

from targets.models import Appointment, CampaignTarget, Conversation

# What agents call the moment of an appointment among the data they collect.
_MOMENT_FIELDS = ("appointment_time", "appointment_at", "appointment_datetime", "appointment_date")
_LABEL_FIELDS = ("appointment_label", "appointment_type")
_LONGEST_LABEL = 255


def record_appointments(target: CampaignTarget, *, attempts: Iterable[UUID], zone: tzinfo) -> int:
    """Write down the appointments collected in the conversations of `attempts`, each once; return how many are new.

    A moment without an offset is read in `zone`; one that is unreadable, or before its own call, is none.
    """
    conversations = Conversation.objects.filter(attempt_id__in=set(attempts))
    new = 0
    for attempt_id, ended_at, collected in conversations.values_list("attempt_id", "attempt__ended_at", "collected"):
        starts_at = _moment(collected, zone)
        if starts_at is None or (ended_at and starts_at <= ended_at):
            continue
        _, is_new = Appointment.objects.get_or_create(
            target=target,
            starts_at=starts_at,
            defaults={
                "organization_id": target.organization_id,
                "attempt_id": attempt_id,
                "label": _text(collected, _LABEL_FIELDS)[:_LONGEST_LABEL],
            },
        )
        new += is_new
    return new


def _moment(collected: Mapping[str, Any], zone: tzinfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(collected, _MOMENT_FIELDS))
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(collected: Mapping[str, Any], names: tuple[str, ...]) -> str:
    values = (collected.get(name) for name in names)
    return next((value.replace("\0", "") for value in values if isinstance(value, str)), "")
