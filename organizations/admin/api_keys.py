from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from lib import clock
from organizations.admin_base import Capability, TenantAdmin, TenantForm, actor_of, column, operation
from organizations.models import ApiKey
from organizations.services import SCOPES, issue_api_key, revoke_api_key


class ApiKeyForm(TenantForm):
    person: ClassVar[Any]  # who fills in the form
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="what the key may do, where its kind knows scopes",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        user, personal = cleaned.get("user"), cleaned.get("kind") == ApiKey.Kind.PERSONAL
        if personal and not self.access.is_superuser and user != self.person:
            self.add_error("user", "A personal token acts as its person: you can only issue your own.")
        return cleaned


@admin.register(ApiKey)
class ApiKeyAdmin(TenantAdmin):
    form = ApiKeyForm
    change_needs = delete_needs = None  # a key is issued, used and revoked; a row that explains old calls stays
    list_display = ("name_or_id", "kind", "state", "user", "last_used_at", "expires_at", "created_at")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("name", "public_id")
    actions_detail = ("revoke",)
    readonly_fields = ("public_id", "state", "last_used_at", "revoked_at", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "kind", "public_id", "state", "user", "scopes")}),
        ("Dates", {"fields": ("created_at", "last_used_at", "expires_at", "revoked_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("organization", "kind", "name", "user", "scopes", "expires_at"),
                "description": "The token is shown once, on the next page.",
            },
        ),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.person = request.user
        return form

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        issued = issue_api_key(
            organization=obj.organization,
            kind=ApiKey.Kind(obj.kind),
            name=obj.name,
            user=obj.user,
            scopes=obj.scopes,
            expires_at=obj.expires_at,
            actor=actor_of(request),
        )
        self.adopt(obj, issued.key)
        text = format_html("The token, shown only this once: <code>{}</code>", issued.token)
        self.message_user(request, text, messages.WARNING)

    @column("Name")
    def name_or_id(self, key: ApiKey) -> str:
        return str(key)

    @column("State", colours={"in use": "success", "revoked": "danger", "expired": "warning"})
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        return "in use" if key.is_usable(clock.now()) else "expired"

    @operation(
        "Revoke",
        needs=Capability.CONFIGURE,
        ask="Every program that uses this key is refused from now on. This cannot be undone.",
        icon="block",
        offered=lambda row: row.revoked_at is None,
        variant=ActionVariant.DANGER,
    )
    def revoke(self, request: HttpRequest, form: BaseDialogForm, row: ApiKey) -> str:
        revoke_api_key(key=row, actor=actor_of(request))
        return "The key was revoked."
