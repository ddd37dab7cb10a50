from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from campaigns import services
from campaigns.admin.desk import LIFECYCLE_BUTTONS, STATUS_COLOURS, CampaignDesk, CloneForm, PauseForm, StartForm
from campaigns.admin.preview import PolicyPreview
from campaigns.admin.retry_form import RetryPolicyField
from campaigns.counters import read_counters
from campaigns.lifecycle import CAMPAIGN_LIFECYCLE, Status
from campaigns.metrics import CampaignProgress
from campaigns.models import Campaign, Stage
from organizations.admin_base import (
    Capability,
    ChangeList,
    Done,
    RuleFilter,
    SoftDeleteAdmin,
    TenantForm,
    actor_of,
    column,
    operation,
)


def can_become(wanted: Status, *, unless: Sequence[Status] = ()) -> Any:
    """Return the rule that offers a button where the campaign's status may become `wanted`."""
    return lambda row: not row.is_deleted and row.status not in unless and CAMPAIGN_LIFECYCLE.allows(row.status, wanted)


class StageInline(TabularInline):  # type: ignore[misc]  # unfold publishes no types
    """The columns of the campaign's board: their names and looks; what they mean is fixed."""

    model = Stage
    fields = ("position", "name", "color", "key", "semantic_type")
    readonly_fields = ("key", "semantic_type")
    extra = 0
    can_delete = False
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # whoever sees the campaign

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # whoever may change the campaign: the parent's own permission comes first

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CampaignForm(TenantForm):
    retry_policy = RetryPolicyField(required=False)

    class Meta:
        labels = {
            "whatsapp_channel": "WhatsApp channel",
            "whatsapp_first_message": "WhatsApp first message",
            "whatsapp_after_attempts": "WhatsApp after attempts",
        }

    checked_by_service = frozenset({"external_id"})
    field_of: ClassVar[Mapping[str, str]] = {"invalid_goal": "goal_spec", "duplicate_external_id": "external_id"}


class StoppedFilter(RuleFilter):
    title = "who paused it"
    parameter_name = "stopped"
    rules = {
        "platform": (
            "The platform: a breaker, a refusal, a start that failed",
            lambda campaigns: campaigns.paused_by_platform(),
        )
    }


class CampaignList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        counters = read_counters([campaign.pk for campaign in self.result_list])
        for campaign in self.result_list:
            campaign.progress = CampaignProgress.of(counters[campaign.pk])


@admin.register(Campaign)
class CampaignAdmin(PolicyPreview, CampaignDesk, SoftDeleteAdmin):
    form = CampaignForm
    policy_fields = (
        "working_hours",
        "call_attempt_delays",
        "retry_policy",
        "configuration",
        "first_contact_channel",
        "whatsapp_channel",
        "whatsapp_first_message",
        "whatsapp_after_attempts",
        "email_channel",
        "email_first_message",
        "email_after_attempts",
    )
    change_form_before_template = "admin/campaigns/policy.html"
    list_display = ("name", "coloured_status", "done", "won", "priority", "agent", "start_at", "created_at")
    list_filter = (("status", ChoicesDropdownFilter), StoppedFilter)
    list_select_related = ("agent",)
    search_fields = ("name", "external_id")
    inlines = (StageInline,)
    actions: ClassVar[Any] = ("pause_selected", "resume_selected", *SoftDeleteAdmin.actions)
    actions_detail: ClassVar[Any] = (
        *LIFECYCLE_BUTTONS,
        "clone",
        {"title": "More", "items": ["close", "delete_row", "restore_row"]},
    )
    change_form_outer_before_template = "admin/campaigns/campaign/overview.html"
    add_fieldsets = (
        (None, {"fields": ("organization", "name", ("external_id", "owner"), ("priority", "concurrency_limit"))}),
        ("Who speaks", {"fields": ("agent", "phone_number", "whatsapp_channel", "email_channel"), "classes": ("tab",)}),
        (
            "Goal",
            {
                "fields": ("goal", "goal_spec", "goal_logic"),
                "classes": ("tab",),
                "description": "In words for whoever reads the conversations, and as objectives: "
                '{"objectives": [{"type": "ai", "label_in": ["positive"], "min_score": 0.7}]}; '
                "other types are contact and email, with min_count.",
            },
        ),
        (
            "Messages",
            {
                "fields": (
                    "first_contact_channel",
                    "call_opening_message",
                    "whatsapp_first_message",
                    "whatsapp_after_attempts",
                    "email_subject",
                    "email_first_message",
                    "email_after_attempts",
                ),
                "classes": ("tab",),
                "description": "{{name}}, {{surname}} and {{organization}} are filled in.",
            },
        ),
        (
            "When",
            {
                "fields": ("working_hours", "call_attempt_delays", "retry_policy", "configuration"),
                "classes": ("tab",),
                "description": "Windows hold in each person's own time; days count from 0, Monday. "
                "Delays are minutes between calls, separated by commas: one more call than delays.",
            },
        ),
    )
    fieldsets = add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        return [*super().get_readonly_fields(request, obj), *(("owner",) if obj else ())]

    def get_inlines(self, request: HttpRequest, obj: Campaign | None) -> Any:
        return self.inlines if obj else ()  # a new campaign gets its stages from the service

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CampaignList

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        actor, data = actor_of(request), form.cleaned_data
        if change:
            services.update_campaign(campaign=obj, changes={f: data[f] for f in form.changed_data}, actor=actor)
            return
        fields = {field: value for field, value in data.items() if field not in ("organization", "owner")}
        self.adopt(
            obj,
            services.create_campaign(organization=obj.organization, owner=data["owner"], actor=actor, **fields),
        )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.has_changed():
            self.audit(request, form.instance, "stages_updated")

    def rows(self) -> QuerySet[Any]:
        campaigns: QuerySet[Any] = Campaign.all_objects.not_purged()
        return campaigns

    def hide(self, request: HttpRequest, row: Campaign) -> None:
        services.soft_delete_campaign(campaign=row, actor=actor_of(request))

    def restore(self, request: HttpRequest, row: Campaign) -> None:
        services.restore_campaign(campaign=row, actor=actor_of(request))

    @column("Status", ordering="status", colours=STATUS_COLOURS)
    def coloured_status(self, campaign: Campaign) -> str:
        return campaign.status

    @column("Done")
    def done(self, campaign: Any) -> str:
        progress: CampaignProgress = campaign.progress
        return f"{progress.contacts_done:,} of {progress.contacts_total:,} ({progress.progress:.0%})"

    @column("Goal met")
    def won(self, campaign: Any) -> str:
        return f"{campaign.progress.contacts_succeeded:,}"

    def preview(self, row: Campaign, typed: Mapping[str, Any]) -> str:
        return services.preview_campaign(campaign=row, changes=typed)

    @operation(
        "Clone",
        needs=Capability.CONFIGURE,
        ask="A draft with the same settings and stages, and with nobody in it.",
        icon="content_copy",
        offered=lambda row: not row.is_deleted,
        form=CloneForm,
    )
    def clone(self, request: HttpRequest, form: CloneForm, row: Campaign) -> Done:
        actor = actor_of(request)
        made = services.clone_campaign(campaign=row, name=form.cleaned_data["name"], owner=actor.user, actor=actor)
        return Done(f"This is {made.name}: nobody is in it yet.", made)

    @operation(
        "Start",
        needs=Capability.OPERATE,
        ask="People are contacted as soon as their hours allow it.",
        icon="play_arrow",
        offered=can_become(Status.RUNNING, unless=[Status.PAUSED]),
        form=StartForm,
        variant=ActionVariant.SUCCESS,
    )
    def start(self, request: HttpRequest, form: StartForm, row: Campaign) -> str:
        at = form.cleaned_data["at"]
        campaign = services.start_campaign(campaign=row, at=at, actor=actor_of(request))
        if campaign.start_at is None:
            return "The campaign is running."
        local = timezone.localtime(campaign.start_at)
        return f"The campaign starts at {local:%Y-%m-%d %H:%M} {timezone.get_current_timezone_name()}."

    @operation(
        "Pause",
        needs=Capability.OPERATE,
        ask="Nobody new is contacted. Calls under way go on to their end.",
        icon="pause",
        offered=can_become(Status.PAUSED),
        form=PauseForm,
        variant=ActionVariant.WARNING,
    )
    def pause(self, request: HttpRequest, form: PauseForm, row: Campaign) -> str:
        services.pause_campaign(campaign=row, reason=form.cleaned_data["reason"], actor=actor_of(request))
        return "The campaign is paused."

    @operation(
        "Resume",
        needs=Capability.OPERATE,
        ask="People are contacted again as soon as their hours allow it.",
        icon="play_arrow",
        offered=lambda row: row.status == Status.PAUSED and not row.is_deleted,
        variant=ActionVariant.SUCCESS,
    )
    def resume(self, request: HttpRequest, form: BaseDialogForm, row: Campaign) -> str:
        services.resume_campaign(campaign=row, actor=actor_of(request))
        return "The campaign is running."

    @operation(
        "Complete",
        needs=Capability.OPERATE,
        ask="Nobody is contacted any more. You can start the campaign again later.",
        icon="done_all",
        offered=can_become(Status.COMPLETED),
    )
    def complete(self, request: HttpRequest, form: BaseDialogForm, row: Campaign) -> str:
        services.complete_campaign(campaign=row, actor=actor_of(request))
        return "The campaign is completed."

    @operation(
        "Close for good",
        needs=Capability.CONFIGURE,
        ask="Nobody is ever contacted again by this campaign, and it cannot be changed any more.",
        icon="lock",
        offered=can_become(Status.CLOSED),
        variant=ActionVariant.DANGER,
    )
    def close(self, request: HttpRequest, form: BaseDialogForm, row: Campaign) -> str:
        services.close_campaign(campaign=row, actor=actor_of(request))
        return "The campaign is closed."

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may pause and resume some campaign (the name is Django's, for `permissions`)."""
        return self.may(request, Capability.OPERATE)

    @admin.action(description="Pause selected", permissions=["operate"])
    def pause_selected(self, request: HttpRequest, queryset: Any) -> None:
        self.each(
            request,
            queryset,
            Capability.OPERATE,
            lambda request, row: services.pause_campaign(campaign=row, actor=actor_of(request)),
            "paused",
        )

    @admin.action(description="Resume selected", permissions=["operate"])
    def resume_selected(self, request: HttpRequest, queryset: Any) -> None:
        self.each(
            request,
            queryset,
            Capability.OPERATE,
            lambda request, row: services.resume_campaign(campaign=row, actor=actor_of(request)),
            "resumed",
        )
