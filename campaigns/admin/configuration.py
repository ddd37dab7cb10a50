from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from campaigns import services
from campaigns.admin.preview import PolicyPreview
from campaigns.admin.retry_form import RetryPolicyField
from campaigns.models import Configuration
from lib.windows import hours_in_words
from organizations.admin_base import SoftDeleteAdmin, TenantForm, actor_of, column

POLICY_FIELDS = (
    "windows",
    "overrides",
    "first_call_windows",
    "first_call_overrides",
    "max_retries",
    "retry_delay_minutes",
    "retry_policy",
)

_NOTHING: Mapping[str, Callable[[], Any]] = {
    "windows": list,
    "overrides": dict,
    "retry_policy": dict,
    "agent_config": dict,
    "initial_context": dict,
}


class ConfigurationForm(TenantForm):
    """Take the settings as they are typed; the service checks them. An emptied box of JSON means nothing in it."""

    retry_policy = RetryPolicyField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        emptied = {name: nothing() for name, nothing in _NOTHING.items() if name in cleaned and not cleaned[name]}
        return cleaned | emptied


@admin.register(Configuration)
class ConfigurationAdmin(PolicyPreview, SoftDeleteAdmin):
    """Hours and retries that campaigns share.

    `update_service` is what saves a change: an app above, which knows who was put off, takes its place there.
    """

    form = ConfigurationForm
    policy_fields = POLICY_FIELDS
    change_form_before_template = "admin/campaigns/policy.html"
    update_service: ClassVar[Callable[..., Configuration]] = staticmethod(services.update_configuration)
    list_display = ("name", "hours", "default_timezone", "max_retries", "retry_delay_minutes", "created_at")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("organization", "name", "default_timezone", "default_country_code")}),
        (
            "Hours",
            {
                "fields": ("windows", "overrides", "first_call_windows", "first_call_overrides"),
                "description": "Windows hold in each person's own time; overrides are other windows for some zones. "
                "The windows of the first call hold for contacts with a time of their own; empty: as the others.",
            },
        ),
        (
            "Retries",
            {"fields": (("max_retries", "retry_delay_minutes"), "retry_policy")},
        ),
        (
            "Agent",
            {"fields": ("agent_external_id", "agent_version", "agent_number", "agent_config", "initial_context")},
        ),
    )

    @column("Hours")
    def hours(self, configuration: Configuration) -> str:
        return hours_in_words(configuration.windows)

    def save_model(self, request: HttpRequest, obj: Configuration, form: Any, change: bool) -> None:
        actor, data = actor_of(request), form.cleaned_data
        if change:
            stored = Configuration.objects.get(pk=obj.pk)
            changes = {field: data[field] for field in form.changed_data}
            type(self).update_service(configuration=stored, changes=changes, actor=actor)
            return
        fields = {field: value for field, value in data.items() if field != "organization"}
        self.adopt(obj, services.create_configuration(organization=obj.organization, actor=actor, **fields))

    def hide(self, request: HttpRequest, row: Configuration) -> None:
        services.soft_delete_configuration(configuration=row, actor=actor_of(request))

    def preview(self, row: Configuration, typed: Mapping[str, Any]) -> str:
        return services.preview_configuration(configuration=row, changes=typed)
