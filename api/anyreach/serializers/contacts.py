"""Contacts and their attempts in the words of the dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.anyreach.fields import ExternalId, Moment, Shape, Word
from api.anyreach.words import ATTEMPT_STATUSES, CONTACT_STATUSES, attempt_status, contact_status
from api.fields import AnyObject, Text
from targets.lifecycle import TargetState
from targets.models import Attempt as Model
from targets.models import CampaignTarget
from targets.people import phones_of
from targets.upsert import UpsertResult
from targets.upsert_rows import OVERRIDES, TargetRow

MOST_CONTACTS = 1000
LONGEST_NUMBER = 100
_FIELDS: Mapping[str, str] = {"phone_numbers": "phones"}  # what the domain calls differently


class ContactIn(Shape):
    """A contact to be added, or changed where `id` or `external_id` is known: what is not said stays as it is."""

    id = Text(longest=255, required=False, allow_null=True)
    external_id = ExternalId()
    phone_numbers = serializers.ListField(child=Text(longest=LONGEST_NUMBER), required=False)
    data: Any = AnyObject(required=False, allow_null=True)
    timezone = Text(longest=64, required=False, allow_null=True)
    scheduled_at = Moment(required=False, allow_null=True)
    agent_id = Text(longest=255, required=False, allow_null=True)
    agent_version = Text(longest=255, required=False, allow_null=True)
    agent_number = Text(longest=255, required=False, allow_null=True)
    agent_config = AnyObject(required=False, allow_null=True)
    initial_context = AnyObject(required=False, allow_null=True)


class ContactsIn(Shape):
    contacts = serializers.ListField(child=ContactIn(), min_length=1, max_length=MOST_CONTACTS)


class UpsertFailure(Shape):
    """A contact that was not taken; `index` is its place in the request, from 0."""

    index = serializers.IntegerField()
    external_id = serializers.CharField(allow_null=True)
    error = serializers.CharField()


class UpsertWarning(Shape):
    index = serializers.IntegerField()
    message = serializers.CharField()


class Upserted(Shape):
    """What became of the contacts; `contact_ids` are of those that were taken, in the request's order."""

    inserted = serializers.IntegerField()
    updated = serializers.IntegerField()
    failed = UpsertFailure(many=True)
    warnings = UpsertWarning(many=True)
    contact_ids = serializers.ListField(child=serializers.UUIDField())


class Attempt(Shape):
    id = serializers.UUIDField()
    phone_number = serializers.CharField()
    status = Word(ATTEMPT_STATUSES)
    outcome = serializers.CharField(allow_null=True)
    conversation_id = serializers.CharField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    duration = serializers.IntegerField(allow_null=True)


class Contact(Shape):
    id = serializers.UUIDField()
    campaign_id = serializers.UUIDField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    phone_numbers = serializers.ListField(child=serializers.CharField())
    data: Any = AnyObject()
    timezone = serializers.CharField(allow_null=True)
    scheduled_at = serializers.DateTimeField(allow_null=True)
    agent_id = serializers.CharField(allow_null=True)
    agent_version = serializers.CharField(allow_null=True)
    agent_number = serializers.CharField(allow_null=True)
    agent_config = AnyObject(allow_null=True)
    initial_context = AnyObject(allow_null=True)
    status = Word(CONTACT_STATUSES)
    attempt_count = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    attempts = Attempt(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ContactList(Shape):
    contacts = Contact(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


def as_row(values: Mapping[str, Any]) -> TargetRow:
    """Return a validated contact as the domain takes it."""
    said = {_FIELDS.get(name, name): value for name, value in values.items() if name not in ("id", "external_id")}
    return TargetRow(values.get("id"), values.get("external_id"), said)


def shown_contact(target: CampaignTarget) -> dict[str, Any]:
    """Return a contact as it is shown; its customer, campaign and `shown_attempts` are loaded."""
    attempts: list[Model] = getattr(target, "shown_attempts", [])
    return {
        "id": target.pk,
        "campaign_id": None if target.campaign.is_adhoc else target.campaign_id,
        "external_id": target.external_id,
        "phone_numbers": phones_of(target),
        "data": target.data,
        "timezone": target.timezone or None,
        "scheduled_at": target.scheduled_at,
        **{name: target.call_overrides.get(name) for name in OVERRIDES},
        "status": contact_status(target, attempts),
        "attempt_count": sum(attempt_status(attempt) != "cancelled" for attempt in attempts),
        "next_attempt_at": target.next_attempt_at if target.state == TargetState.READY else None,
        "attempts": [_shown_attempt(attempt) for attempt in attempts],
        "created_at": target.created_at,
        "updated_at": target.updated_at,
    }


def _shown_attempt(attempt: Model) -> dict[str, Any]:
    return {
        "id": attempt.pk,
        "phone_number": attempt.address,
        "status": attempt_status(attempt),
        "outcome": attempt.outcome or None,
        "conversation_id": attempt.provider_id or None,
        "started_at": attempt.accepted_at or attempt.submit_started_at,
        "ended_at": attempt.ended_at,
        "duration": attempt.duration_seconds,
    }


def shown_result(result: UpsertResult) -> dict[str, Any]:
    """Return what became of an upsert as it is shown."""
    return {
        "inserted": result.inserted,
        "updated": result.updated,
        "failed": result.failed,
        "warnings": result.warnings,
        "contact_ids": result.target_ids,
    }
