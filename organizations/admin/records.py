"""What the platform writes down about itself: answers kept for repeated requests, its switches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from organizations import switches
from organizations.admin_base import BigTable, Capability, FactAdmin, TenantAdmin, TenantForm, actor_of
from organizations.models import IdempotencyKey, SystemFlag
from organizations.quarantine import quarantine


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(BigTable, FactAdmin):
    view_needs = Capability.PLATFORM
    list_display = ("created_at", "method", "path", "key", "response_status", "expires_at")
    fieldsets = (
        (None, {"fields": ("organization", "credential", "key", "method", "path")}),
        ("Answer", {"fields": ("created_at", "locked_at", "response_status", "expires_at")}),
    )


class SystemFlagForm(TenantForm):
    key = forms.ChoiceField(choices=[(switches.DIALING_FLAG, "dialing")], widget=UnfoldAdminSelectWidget)
    value = forms.ChoiceField(
        choices=[(value, value) for value in ("on", "stopped", "quarantined")],
        widget=UnfoldAdminSelectWidget,
        help_text="stopped: by an operator; quarantined: after a restore from a backup, until `manage.py reconcile` "
        "has compared every account with its provider",
    )


@admin.register(SystemFlag)
class SystemFlagAdmin(TenantAdmin):
    """The platform's own switches. Only superusers see them: they have no organization."""

    form = SystemFlagForm
    delete_needs = None
    list_display = ("key", "value", "reason", "changed_at")
    fieldsets = ((None, {"fields": ("key", "value", "reason"), "description": "Stops every contact of everybody."}),)

    def rows(self) -> QuerySet[Any]:
        # The other flags are notes of the machinery to itself.
        rows: QuerySet[Any] = super().rows().filter(key=switches.DIALING_FLAG)
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("key",) if obj else ()

    def save_model(self, request: HttpRequest, obj: SystemFlag, form: Any, change: bool) -> None:
        value, reason = form.cleaned_data["value"], form.cleaned_data["reason"]
        if value == switches.QUARANTINED:
            quarantine(reason=reason, actor=actor_of(request))
        else:
            switches.set_dialing(value=value, reason=reason, actor=actor_of(request))
        self.adopt(obj, SystemFlag.objects.get(key=switches.DIALING_FLAG))
