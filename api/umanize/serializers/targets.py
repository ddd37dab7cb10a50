from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import AnyObject, Id, Number, Text
from api.umanize.fields import Shape, Word
from api.umanize.serializers.customers import CustomerOut
from targets.enrolment import UNKNOWN_AGENT, EnrolmentResult
from targets.models import CampaignTarget

MOST_ITEMS = 1000


@extend_schema_field({"type": "string"})
class Stamp(serializers.DateTimeField):
    """A time the contract declares as a plain string."""


class CampaignTargetWithCustomerOut(Shape):
    id = serializers.UUIDField()
    campaign_id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    assigned_agent_id = serializers.UUIDField(required=False)
    stage = serializers.CharField()
    calls_made = serializers.IntegerField()
    whatsapp_sent = serializers.IntegerField()
    email_sent = serializers.IntegerField()
    ai_label = Word(CampaignTarget.Label.values)
    ai_score = Number(required=False)
    ai_reason = serializers.CharField(required=False)
    goal_analysis = AnyObject(required=False)
    analysis_source = serializers.CharField(required=False)
    call_successful = serializers.CharField(required=False)
    call_summary_title = serializers.CharField(required=False)
    transcript_summary = serializers.CharField(required=False)
    agent_goal_result = serializers.CharField(required=False)
    agent_goal_rationale = serializers.CharField(required=False)
    customer_sentiment = serializers.CharField(required=False)
    customer_sentiment_rationale = serializers.CharField(required=False)
    follow_up_required = serializers.BooleanField(required=False)
    follow_up_required_rationale = serializers.CharField(required=False)
    escalation_required = serializers.BooleanField(required=False)
    escalation_required_rationale = serializers.CharField(required=False)
    campaign_goal_result = serializers.CharField(required=False)
    campaign_goal_score = Number(required=False)
    campaign_goal_rationale = serializers.CharField(required=False)
    campaign_sentiment = serializers.CharField(required=False)
    campaign_sentiment_rationale = serializers.CharField(required=False)
    callback_requested = serializers.BooleanField(required=False)
    callback_requested_rationale = serializers.CharField(required=False)
    campaign_next_best_action = serializers.CharField(required=False)
    campaign_analysis_updated_at = Stamp(required=False)
    analysis_updated_at = Stamp(required=False)
    last_contacted_at = serializers.DateTimeField(required=False)
    last_email_at = serializers.DateTimeField(required=False)
    last_conv_id = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    customer = CustomerOut()


class CampaignTargetsBulkItem(Shape):
    customer_id = Id()
    assigned_agent_id = Id(required=False)


class CampaignTargetsBulkRequest(Shape):
    items: Any = serializers.ListSerializer(child=CampaignTargetsBulkItem(), max_length=MOST_ITEMS)


class CampaignTargetStageUpdate(Shape):
    stage = Text(min_length=1, max_length=64, allow_blank=False)


class CampaignCreateCustomerRequest(Shape):
    customer_id = Text(longest=255)
    name = Text(longest=255, required=False)
    surname = Text(longest=255, required=False)
    email = Text(longest=254, required=False)
    phone = Text(longest=50, required=False)
    status = Text(longest=50, required=False)
    customer_agent_id = Id(required=False)
    assigned_agent_id = Id(required=False)


class CampaignEnrollSingleResult(Shape):
    created = serializers.BooleanField()
    skipped = serializers.BooleanField()
    reason = serializers.CharField(required=False)


def bulk_answer(items: Sequence[Mapping[str, UUID]], result: EnrolmentResult) -> dict[str, Any]:
    """Tell what became of each item; one whose customer came earlier in the request counts as skipped."""
    rows: dict[UUID, int] = {}
    for row, item in enumerate(items, start=1):
        rows.setdefault(item["customer_id"], row)
    errors = [
        {
            "row": rows[customer_id],
            "field": "assigned_agent_id" if reason == UNKNOWN_AGENT else "customer_id",
            "message": reason,
        }
        for customer_id, reason in result.rejected.items()
    ]
    return {
        "total": len(items),
        "targets_created": result.created,
        "targets_skipped": result.skipped + len(items) - len(rows),
        "errors": sorted(errors, key=lambda error: error["row"]),
    }
