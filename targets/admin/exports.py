"""Which columns the lists of targets and attempts hand out."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Expression, Value
from django.db.models.functions import Concat, Trim

_PERSON: Mapping[str, str | Expression] = {
    "customer": "customer__id",
    "customer_id": "customer__customer_id",
    "name": Trim(Concat("customer__name", Value(" "), "customer__surname")),
    "email": "customer__email",
}
TARGET_COLUMNS: Mapping[str, str | Expression] = {
    "target": "id",
    "organization": "organization__slug",
    "campaign": "campaign__name",
    **_PERSON,
    "phone": "customer__phone",
    **{
        name: name
        for name in (
            "external_id",
            "state",
            "done_reason",
            "stage",
            "next_attempt_at",
            "next_channel",
            "hold_reason",
            "callback_at",
            "calls_made",
            "calls_answered",
            "whatsapp_sent",
            "email_sent",
            "last_outcome",
            "last_contacted_at",
            "goal_met_at",
            "ai_label",
            "ai_score",
            "created_at",
        )
    },
}
ATTEMPT_COLUMNS: Mapping[str, str | Expression] = {
    "attempt": "id",
    "organization": "organization__slug",
    "campaign": "campaign__name",
    "target": "target_id",
    **_PERSON,
    **{
        name: name
        for name in (
            "channel",
            "number",
            "address",
            "state",
            "outcome",
            "duration_seconds",
            "delivery_status",
            "reserved_at",
            "submit_started_at",
            "ended_at",
            "error_code",
            "provider_id",
        )
    },
}
