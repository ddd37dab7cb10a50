from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from organizations import switches
from organizations.admin.reasons import ReasonForm
from organizations.admin_base import (
    Capability,
    SoftDeleteAdmin,
    TenantAdmin,
    TenantForm,
    access_of,
    actor_of,
    column,
    operation,
)
from organizations.models import Blackout, Organization
from organizations.services import create_organization


class OrganizationForm(TenantForm):
    field_of: ClassVar[Mapping[str, str]] = {"duplicate_slug": "slug"}

    def clean_default_region(self) -> str:
        return str(self.cleaned_data["default_region"]).upper()


@admin.register(Organization)
class OrganizationAdmin(SoftDeleteAdmin):
    form = OrganizationForm
    organization_path = "id"
    add_needs = delete_needs = Capability.PLATFORM
    list_display = ("name", "dialing", "members", "concurrency_limit", "timezone", "default_region", "created_at")
    search_fields = ("name", "slug")
    readonly_fields = ("dialing_stopped_at", "dialing_stopped_reason", "created_at")
    actions_detail = ("stop", "resume", *SoftDeleteAdmin.actions_detail)
    fieldsets = (
        (None, {"fields": ("name", "slug", "timezone", "default_region")}),
        (
            "How often people are contacted",
            {
                "fields": ("concurrency_limit", "minimum_gap_minutes", "daily_contact_cap"),
                "description": "These hold across all campaigns and channels of the organization.",
            },
        ),
        ("Reading conversations", {"fields": ("analyzer",)}),
        ("Dialing", {"fields": ("dialing_stopped_at", "dialing_stopped_reason")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "slug", "timezone", "default_region", "concurrency_limit")}),)

    def rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().rows().annotate(member_count=Count("memberships"))
        return rows

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [filter for filter in super().get_list_filter(request) if filter.parameter_name != "organization"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        # What an organization may use of the platform is not for itself to say.
        platform = () if access_of(request).is_superuser else ("slug", "concurrency_limit")
        return [*self.readonly_fields, *platform]

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        fields = ("name", "slug", "timezone", "default_region", "concurrency_limit")
        self.adopt(obj, create_organization(**{f: form.cleaned_data[f] for f in fields}, actor=actor_of(request)))

    @column("Dialing", colours={"on": "success", "stopped": "danger"})
    def dialing(self, organization: Organization) -> str:
        return "stopped" if organization.dialing_stopped_at else "on"

    @column("Members", ordering="member_count")
    def members(self, organization: Any) -> int:
        return int(organization.member_count)

    @operation(
        "Stop dialing",
        needs=Capability.OPERATE,
        ask="Nobody of this organization is contacted any more until you resume. Calls under way go on to their end.",
        icon="phone_disabled",
        offered=lambda row: row.dialing_stopped_at is None and not row.is_deleted,
        form=ReasonForm,
        variant=ActionVariant.DANGER,
    )
    def stop(self, request: HttpRequest, form: ReasonForm, row: Organization) -> str:
        switches.stop_dialing(organization=row, reason=form.cleaned_data["reason"], actor=actor_of(request))
        return "Nothing dials any more."

    @operation(
        "Resume dialing",
        needs=Capability.OPERATE,
        ask="Running campaigns contact people again, at once where their hours allow it.",
        icon="phone_enabled",
        offered=lambda row: row.dialing_stopped_at is not None and not row.is_deleted,
        variant=ActionVariant.SUCCESS,
    )
    def resume(self, request: HttpRequest, form: BaseDialogForm, row: Organization) -> str:
        switches.resume_dialing(organization=row, actor=actor_of(request))
        return "Dialing goes on."


@admin.register(Blackout)
class BlackoutAdmin(TenantAdmin):
    list_display = ("name", "first_day", "last_day")
    search_fields = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": ("organization", "name", "first_day", "last_day"),
                "description": "Nobody is contacted from the first to the last day, by the calendar of each person.",
            },
        ),
    )
