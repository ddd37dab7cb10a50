"""What the filters of each list mean for its rows. Their values have been checked and read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import BaseInFilter, CharFilter, FilterSet, UUIDFilter

from providers.base import CallOutcome
from targets.lifecycle import AttemptState
from targets.models import Attempt, CampaignTarget

# What asks a person to act, in the contract's words, as facts of a target.
ACTIONS: Mapping[str, Q] = {
    "follow_up": Q(follow_up_required=True),
    "callback": Q(callback_requested=True),
    "escalation": Q(escalation_required=True),
    "missed_goal": Q(campaign_goal_result="not_met"),
    "negative_sentiment": Q(campaign_sentiment="negative"),
}
# The domain's states of an attempt in the dialect's words.
CALL_WORDS: Mapping[str, str] = {
    AttemptState.RESERVED: "pending",
    AttemptState.SUBMITTING: "in_progress",
    AttemptState.UNKNOWN: "in_progress",
    AttemptState.ACCEPTED: "in_progress",
    AttemptState.COMPLETED: "completed",
    AttemptState.FAILED: "failed",
    AttemptState.REJECTED: "failed",
    AttemptState.GAVE_UP: "failed",
    AttemptState.RELEASED: "canceled",
    AttemptState.NOT_PLACED: "canceled",
}
CALL_STATUSES = list(dict.fromkeys(CALL_WORDS.values()))
CALL_OUTCOMES = [outcome.value for outcome in CallOutcome if outcome != CallOutcome.UNKNOWN]
NO_OUTCOME = "null"  # nothing is known of how the call ended


class TargetFilter(FilterSet):  # type: ignore[misc]  # the library has no types
    stage = CharFilter()
    ai_label = CharFilter()
    assigned_agent_id = UUIDFilter(field_name="assigned_agent")
    action_required = CharFilter(method="needing")

    class Meta:
        model = CampaignTarget
        fields: Sequence[str] = ()

    def needing(self, rows: QuerySet[Any], _name: str, action: str) -> QuerySet[Any]:
        return rows.filter(ACTIONS[action])


class CustomerFilter(FilterSet):  # type: ignore[misc]  # as above
    status = CharFilter()


class CallFilter(FilterSet):  # type: ignore[misc]  # as above
    campaign_id = BaseInFilter(field_name="campaign_id")
    customer_id = UUIDFilter(field_name="customer_id")
    status = BaseInFilter(method="in_status")
    outcome = BaseInFilter(method="ended_so")

    class Meta:
        model = Attempt
        fields: Sequence[str] = ()

    def in_status(self, rows: QuerySet[Any], _name: str, words: Sequence[str]) -> QuerySet[Any]:
        return rows.filter(state__in=[state for state, word in CALL_WORDS.items() if word in words])

    def ended_so(self, rows: QuerySet[Any], _name: str, words: Sequence[str]) -> QuerySet[Any]:
        unknown = ["", CallOutcome.UNKNOWN] if NO_OUTCOME in words else []
        return rows.filter(outcome__in=[*words, *unknown])


def narrowed(rows: QuerySet[Any], filters: type[FilterSet] | None, values: Mapping[str, Any]) -> QuerySet[Any]:
    """Return the rows that have the facts asked for."""
    if filters is None or not values:
        return rows
    given = {name: ",".join(map(str, v)) if isinstance(v, list) else str(v) for name, v in values.items()}
    found: QuerySet[Any] = filters(given, queryset=rows).qs
    return found
