from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.umanize.fields import Shape, Word
from api.umanize.filtersets import CALL_OUTCOMES, CALL_STATUSES, CALL_WORDS
from api.umanize.serializers.campaigns import STATUS_WORDS, STATUSES
from api.umanize.serializers.customers import CustomerOut


class Outcome(Word):
    """How a call ended, None while nobody knows."""

    def to_representation(self, value: str) -> str:
        known: Any = value if value in CALL_OUTCOMES else None
        return known  # type: ignore[no-any-return]  # DRF's fields may answer None, which Shape leaves out


class CallAttemptOut(Shape):
    """One call, or the attempt at one. `outcome` is absent while nothing is known of how it ended."""

    id = serializers.UUIDField()
    campaign_target_id = serializers.UUIDField(source="target_id")
    number = serializers.IntegerField()
    phone = serializers.CharField(source="address")
    status = Word(CALL_STATUSES, words=CALL_WORDS, source="state")
    outcome = Outcome(CALL_OUTCOMES, required=False)
    duration_seconds = serializers.IntegerField(required=False)
    conversation_id = serializers.CharField(source="provider_id", required=False)
    error = serializers.CharField(source="error_message", required=False)
    created_at = serializers.DateTimeField(source="reserved_at")
    started_at = serializers.DateTimeField(source="submit_started_at", required=False)
    ended_at = serializers.DateTimeField(required=False)


class CallCampaignOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    status = Word(STATUSES, words=STATUS_WORDS)


class CallOut(Shape):
    """A call with whom it was for, and the campaigns it was made in: none once a campaign was removed for good."""

    attempt = CallAttemptOut(source="*")
    customer = CustomerOut()
    campaigns = CallCampaignOut(source="shown_campaigns", many=True)
