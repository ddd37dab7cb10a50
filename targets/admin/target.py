from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from campaigns.admin.records import CampaignFilter
from organizations.admin_base import BigTable, Exported, RuleFilter, SoftDeleteAdmin, column
from targets.admin.days import start_of_today
from targets.admin.exports import TARGET_COLUMNS
from targets.admin.search import SearchByPerson
from targets.admin.selected import SelectedTargets
from targets.admin.steps import TargetSteps
from targets.admin.story import describe_next_step, story_of
from targets.lifecycle import TargetState
from targets.models import CampaignTarget

STATE_COLOURS = {
    TargetState.READY.value: "info",
    TargetState.CONTACTING.value: "primary",
    TargetState.VERIFYING.value: "primary",
    TargetState.DONE.value: "success",
    TargetState.SUPPRESSED.value: "danger",
    TargetState.REVIEW.value: "warning",
}
LABEL_COLOURS = {"positive": "success", "negative": "danger", "neutral": "info"}


class NeedFilter(RuleFilter):
    title = "needs a person"
    parameter_name = "needs"
    rules = {
        "callback": ("Asked to be called back", lambda targets: targets.asking_for("callback_requested")),
        "escalation": ("Asked for somebody in charge", lambda targets: targets.asking_for("escalation_required")),
        "follow_up": ("To follow up", lambda targets: targets.asking_for("follow_up_required")),
    }


class MetFilter(RuleFilter):
    title = "goal met"
    parameter_name = "met"
    rules = {
        "today": (
            "Today, of those contacted today",
            lambda targets: targets.met_among_contacted(start_of_today()),
        ),
    }


@admin.register(CampaignTarget)
class TargetAdmin(Exported, TargetSteps, SelectedTargets, SearchByPerson, BigTable, SoftDeleteAdmin):
    """One person in one campaign. The engine writes these rows; people read them here."""

    empty_words = "People come in when a file is imported into a campaign, or through an API."
    export_columns = TARGET_COLUMNS

    add_needs = change_needs = delete_needs = None
    actions: ClassVar[Any] = (
        "move_selected",
        "verify_selected",
        "begin_selected_again",
        "suppress_selected",
        "take_selected_out",
        "bring_selected_back",
    )
    actions_detail: ClassVar[Any] = (
        "call_back",
        "move_stage",
        "verify",
        "bring_back",
        {"title": "More", "items": ["begin", "leave", "suppress_person"]},
    )
    list_display = (
        "customer",
        "campaign",
        "coloured_state",
        "next_step",
        "stage",
        "calls",
        "last_outcome",
        "coloured_label",
        "last_contacted_at",
    )
    list_select_related = ("customer", "campaign")
    list_filter = (
        CampaignFilter,
        ("state", ChoicesDropdownFilter),
        ("done_reason", ChoicesDropdownFilter),
        ("ai_label", ChoicesDropdownFilter),
        NeedFilter,
        MetFilter,
    )
    change_form_outer_before_template = "admin/targets/campaigntarget/story.html"
    fieldsets = (
        (None, {"fields": ("organization", "campaign", "customer", "external_id", "assigned_agent")}),
        (
            "Where they stand",
            {
                "fields": (
                    ("state", "done_reason"),
                    ("stage", "queue_rank"),
                    ("next_attempt_at", "next_channel"),
                    ("hold_reason", "callback_at"),
                    ("scheduled_at", "goal_met_at"),
                    ("calls_made", "calls_answered"),
                    ("whatsapp_sent", "email_sent"),
                    ("last_outcome", "last_contacted_at"),
                ),
                "classes": ("tab",),
            },
        ),
        (
            "What was learnt",
            {
                "fields": (
                    ("ai_label", "ai_score"),
                    "ai_reason",
                    "transcript_summary",
                    ("campaign_goal_result", "campaign_goal_score"),
                    "campaign_goal_rationale",
                    ("campaign_sentiment", "customer_sentiment"),
                    "campaign_next_best_action",
                ),
                "classes": ("tab",),
            },
        ),
        (
            "To be done by a person",
            {
                "fields": (
                    ("follow_up_required", "follow_up_required_rationale"),
                    ("callback_requested", "callback_requested_rationale"),
                    ("escalation_required", "escalation_required_rationale"),
                ),
                "classes": ("tab",),
            },
        ),
        ("Given with the contact", {"fields": ("timezone", "phones", "data", "call_overrides"), "classes": ("tab",)}),
    )

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        # The index of one campaign gives its own order; across campaigns the primary key does.
        return ("-created_at", "id") if request.GET.get("campaign") else ("-id",)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        target = context["original"]
        colours = {"state_colour": STATE_COLOURS[target.state], "label_colour": LABEL_COLOURS.get(target.ai_label)}
        title = f"{target.customer} in {target.campaign}"
        context.update(story_of(target), **colours, subtitle=title)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]  # untyped

    @column("State", colours=STATE_COLOURS)
    def coloured_state(self, target: CampaignTarget) -> str:
        return target.state

    @column("Next step")
    def next_step(self, target: CampaignTarget) -> str:
        return describe_next_step(target)

    @column("Calls")
    def calls(self, target: CampaignTarget) -> str:
        return f"{target.calls_answered} of {target.calls_made} answered" if target.calls_made else "none"

    @column("Reads as", colours=LABEL_COLOURS)
    def coloured_label(self, target: CampaignTarget) -> str:
        return "" if target.ai_label == CampaignTarget.Label.UNKNOWN else target.ai_label
