from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from campaigns.admin.records import CampaignFilter
from organizations.admin_base import BigTable, Exported, FactAdmin, RuleFilter, column
from targets.admin.exports import ATTEMPT_COLUMNS
from targets.admin.search import SearchByPerson
from targets.admin.story import ATTEMPT_COLOURS, dialogue
from targets.models import Attempt, AttemptEvent, Conversation

_DELIVERY_COLOURS = {"delivered": "success", "read": "success", "opened": "success", "failed": "danger"}


class LiveFilter(RuleFilter):
    title = "under way"
    parameter_name = "live"
    rules = {"1": ("Holding a line now", lambda attempts: attempts.live())}


class SentFilter(RuleFilter):
    title = "sent"
    parameter_name = "sent"
    rules = {"1": ("Went out", lambda attempts: attempts.sent())}


@admin.register(Attempt)
class AttemptAdmin(Exported, SearchByPerson, BigTable, FactAdmin):
    empty_words = "Calls and messages appear here as soon as a running campaign makes them."
    export_columns = ATTEMPT_COLUMNS
    id_fields = ("id", "provider_id")
    list_display = (
        "reserved_at",
        "customer",
        "campaign",
        "channel",
        "number",
        "coloured_state",
        "outcome",
        "coloured_delivery",
        "duration_seconds",
        "error_code",
    )
    list_select_related = ("customer", "campaign")
    list_filter = (
        CampaignFilter,
        LiveFilter,
        SentFilter,
        ("channel", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("outcome", ChoicesDropdownFilter),
        ("delivery_status", ChoicesDropdownFilter),
    )
    readonly_fields = ("said", "moves", "coloured_delivery")
    fieldsets = (
        (None, {"fields": ("organization", "campaign", "target", "customer", ("channel", "number"), "address")}),
        (
            "What became of it",
            {"fields": (("state", "outcome"), ("duration_seconds", "result_source"), "text", "said")},
        ),
        (
            "At the provider",
            {
                "fields": (
                    ("provider_account", "phone_number"),
                    ("provider_id", "provider_secondary_id"),
                    "coloured_delivery",
                    ("error_code", "error_message"),
                )
            },
        ),
        (
            "When",
            {
                "fields": (
                    ("reserved_at", "submit_started_at"),
                    ("accepted_at", "ended_at"),
                    ("state_since", "lease_until"),
                    ("fence", "phase"),
                    "quiet",
                    "moves",
                ),
                "description": "“State since” and “lease until” are real time, the rest is the clock of decisions.",
            },
        ),
        ("What the decision saw", {"fields": ("decision",)}),
    )

    @column("State", colours=ATTEMPT_COLOURS)
    def coloured_state(self, attempt: Attempt) -> str:
        return attempt.state

    @column("Delivery", colours=_DELIVERY_COLOURS)
    def coloured_delivery(self, attempt: Attempt) -> str:
        return attempt.delivery or "-"

    @column("What was said")
    def said(self, attempt: Attempt) -> str:
        conversation = Conversation.objects.filter(attempt=attempt).first()
        return render_dialogue(conversation) if conversation else "-"

    @column("Moves of its state")
    def moves(self, attempt: Attempt) -> str:
        events = AttemptEvent.objects.filter(attempt_id=attempt.pk).order_by("id")
        return render_to_string("admin/targets/moves.html", {"events": events})


def render_dialogue(conversation: Conversation) -> str:
    """Return a conversation as HTML, everything that was said escaped."""
    return render_to_string("admin/targets/dialogue.html", {"lines": dialogue(conversation)})


@admin.register(AttemptEvent)
class AttemptEventAdmin(BigTable, FactAdmin):
    list_display = ("at", "attempt_id", "old_state", "new_state", "real_at")
    search_fields = ("attempt_id__exact",)
    search_help_text = "the id of an attempt"
    fieldsets = ((None, {"fields": ("at", "real_at", "attempt_id", "campaign_id", "old_state", "new_state")}),)


@admin.register(Conversation)
class ConversationAdmin(BigTable, FactAdmin):
    list_display = ("created_at", "title", "person", "campaign", "call_successful", "termination_reason")
    list_select_related = ("attempt__customer", "attempt__campaign")
    readonly_fields = ("said",)
    fieldsets = (
        (None, {"fields": ("organization", "attempt", "summary_title", "summary", "said")}),
        ("The provider's opinion", {"fields": ("call_successful", "termination_reason", "collected")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("raw", "meta")  # long, and shown nowhere

    @column("Title")
    def title(self, conversation: Conversation) -> str:
        return conversation.summary_title or "untitled"

    @column("Person")
    def person(self, conversation: Conversation) -> str:
        return str(conversation.attempt.customer)

    @column("Campaign")
    def campaign(self, conversation: Conversation) -> str:
        return str(conversation.attempt.campaign)

    @column("What was said")
    def said(self, conversation: Conversation) -> str:
        return render_dialogue(conversation)
