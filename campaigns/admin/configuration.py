from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError

from campaigns.models import Configuration
from campaigns.retry_policy import stored_retry_policy
from lib import zones
from lib.errors import InvalidField
from lib.windows import Window, describe
from organizations.admin_base import SoftDeleteAdmin, TenantForm, column

RETRY_POLICY_HELP = (
    "The retry policy says what differs by how a call ended: "
    '{"busy": {"delays_minutes": [5, 15], "maximum": 3, "then": "whatsapp", "next_number": false}}. '
    "Ends are busy, no_answer, voicemail, short_call and failed; then is next_step, whatsapp, email or stop. "
    "It never allows more calls than the delays do."
)


def _check_windows(value: Any) -> None:
    """Raise ValidationError unless `value` is a list of windows."""
    if not isinstance(value, list):
        raise ValidationError('This must be a list such as [{"days": [0, 1], "start": "09:00", "end": "19:00"}].')
    try:
        for window in value:
            Window.from_json(window)
    except ValueError as error:
        raise ValidationError(f"{error}.") from error


class ConfigurationForm(TenantForm):
    def clean_windows(self) -> Any:
        windows = self.cleaned_data["windows"] or []
        _check_windows(windows)
        return windows

    def clean_first_call_windows(self) -> Any:
        windows = self.cleaned_data["first_call_windows"]
        if windows is not None:
            _check_windows(windows)
        return windows

    def clean_overrides(self) -> Any:
        return _checked_overrides(self.cleaned_data["overrides"] or {})

    def clean_retry_policy(self) -> dict[str, Any]:
        try:
            return stored_retry_policy(self.cleaned_data["retry_policy"] or {})
        except InvalidField as error:
            raise ValidationError(f"{error.reason}.") from error

    def clean_first_call_overrides(self) -> Any:
        overrides = self.cleaned_data["first_call_overrides"]
        return None if overrides is None else _checked_overrides(overrides)


def _checked_overrides(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or any(zones.zone(name) is None for name in value):
        raise ValidationError("This must map IANA time zones to lists of windows.")
    for windows in value.values():
        _check_windows(windows)
    return value


@admin.register(Configuration)
class ConfigurationAdmin(SoftDeleteAdmin):
    form = ConfigurationForm
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
            {"fields": ("max_retries", "retry_delay_minutes", "retry_policy"), "description": RETRY_POLICY_HELP},
        ),
        (
            "Agent",
            {"fields": ("agent_external_id", "agent_version", "agent_number", "agent_config", "initial_context")},
        ),
    )

    @column("Hours")
    def hours(self, configuration: Configuration) -> str:
        return describe([Window.from_json(window) for window in configuration.windows])
