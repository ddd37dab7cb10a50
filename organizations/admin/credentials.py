from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
)

from lib import clock
from organizations import switches
from organizations.admin.reasons import ReasonForm
from organizations.admin_base import (
    Capability,
    SoftDeleteAdmin,
    TenantAdmin,
    TenantForm,
    actor_of,
    column,
    operation,
)
from organizations.models import ApiKey, ProviderAccount
from organizations.services import (
    SCOPES,
    issue_api_key,
    read_credentials,
    revoke_api_key,
    set_credentials,
    webhook_address,
)
from providers.email.services import MAIL_SERVER, SERVICES

# What the adapters and the webhook receivers read.
_CREDENTIALS = (
    "api_key",
    "access_token",
    "webhook_secret",
    "previous_webhook_secret",
    "verify_token",
    "model",
    "telephony",
    "service",
    "api_secret",
    "sender_domain",
    "message_stream",
    "username",
    "password",
)
_SERVICES = {MAIL_SERVER: "none: a mail server", **{name: service.label for name, service in SERVICES.items()}}


def _write_only(meaning: str) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "placeholder": "unchanged"})
    return forms.CharField(required=False, help_text=meaning, widget=widget)


class ProviderAccountForm(TenantForm):
    """Credentials go in and never come out: an empty field keeps what is stored."""

    api_key = _write_only("ElevenLabs, model endpoint, email service: API key (Postmark: server token)")
    access_token = _write_only("WhatsApp: access token")
    webhook_secret = _write_only(
        "ElevenLabs: webhook secret; WhatsApp: app secret; email service: what it signs with, or user:password"
    )
    previous_webhook_secret = _write_only("the former one, accepted too while you rotate it")
    verify_token = _write_only("WhatsApp: verify token of the webhook")
    model = _write_only("model endpoint: name of the model")
    telephony = _write_only("ElevenLabs: twilio (the default) or sip_trunk")
    service = forms.ChoiceField(
        choices=[("", "unchanged"), *_SERVICES.items()],
        required=False,
        widget=UnfoldAdminSelectWidget,
        label="Email service",
        help_text="who sends this account's emails; its base URL is then of the service's API, empty for the usual one",
    )
    api_secret = _write_only("Mailjet: secret key")
    sender_domain = _write_only("Mailgun: the domain it sends from, where that is not the sender's")
    message_stream = _write_only("Postmark: message stream, such as broadcast; without one it is outbound")
    username = _write_only("mail server: user name")
    password = _write_only("mail server: password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        service = SERVICES.get(cleaned.get("service") or self._stored.get("service", ""))
        if service and cleaned.get("kind") == ProviderAccount.Kind.EMAIL:
            for name in ("webhook_secret", "previous_webhook_secret"):
                if cleaned.get(name) and not service.can_prove_with(cleaned[name]):
                    self.add_error(name, f"{service.label} signs nothing: give a user name, a colon and a password.")
        return cleaned

    @property
    def _stored(self) -> dict[str, str]:
        return read_credentials(self.instance) if self.instance.pk else {}

    @property
    def given_credentials(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in _CREDENTIALS if self.cleaned_data.get(name)}


@admin.register(ProviderAccount)
class ProviderAccountAdmin(SoftDeleteAdmin):
    form = ProviderAccountForm
    audit_hides = frozenset({"base_url"})  # of a mail server, it may hold a password
    list_display = ("name", "kind", "state", "concurrency_limit", "calls_per_second", "created_at")
    list_filter = ("kind",)
    search_fields = ("name",)
    readonly_fields = ("id", "state", "stopped_at", "stopped_reason", "stored", "email_service", "webhook_address")
    actions_detail = ("stop", "resume", *SoftDeleteAdmin.actions_detail)
    fieldsets = (
        (None, {"fields": ("organization", "kind", "name", "base_url")}),
        ("Limits", {"fields": ("concurrency_limit", "calls_per_second")}),
        (
            "Credentials",
            {
                "fields": ("stored", *_CREDENTIALS),
                "description": "Kept encrypted and never shown again. Leave a field empty to keep what is stored.",
            },
        ),
        ("Webhooks", {"fields": ("webhook_address", "email_service")}),
        ("State", {"fields": ("state", "stopped_at", "stopped_reason", "id")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [f for f in fieldsets if f[0] != "Credentials"]

    def save_model(self, request: HttpRequest, obj: ProviderAccount, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.given_credentials:
            credentials = {**read_credentials(obj), **form.given_credentials}
            set_credentials(account=obj, credentials=credentials, actor=actor_of(request))

    @column("State", colours={"on": "success", "stopped": "danger"})
    def state(self, account: ProviderAccount) -> str:
        return "stopped" if account.stopped_at else "on"

    @column("Stored now")
    def stored(self, account: ProviderAccount) -> str:
        return ", ".join(sorted(read_credentials(account))) if account.credentials_encrypted else "nothing yet"

    @column("Email service in use")
    def email_service(self, account: ProviderAccount) -> str:
        if account.kind != ProviderAccount.Kind.EMAIL:
            return "-"
        return _SERVICES.get(read_credentials(account).get("service", MAIL_SERVER), "unknown")

    @column("Address to give to the vendor")
    def webhook_address(self, account: ProviderAccount) -> str:
        address = webhook_address(account)
        if address and account.kind == ProviderAccount.Kind.EMAIL:
            return f"{address} (where the webhook secret is user:password, write it as https://user:password@…)"
        return address or "none: this account hears nothing"

    @operation(
        "Stop",
        needs=Capability.OPERATE,
        ask="Nothing goes out through this account any more until you resume. Calls under way go on to their end.",
        icon="phone_disabled",
        offered=lambda row: row.stopped_at is None and not row.is_deleted,
        form=ReasonForm,
        variant=ActionVariant.DANGER,
    )
    def stop(self, request: HttpRequest, form: ReasonForm, row: ProviderAccount) -> str:
        switches.stop_account(account=row, reason=form.cleaned_data["reason"], actor=actor_of(request))
        return "Nothing goes out through this account any more."

    @operation(
        "Resume",
        needs=Capability.OPERATE,
        ask="Running campaigns contact people through this account again.",
        icon="phone_enabled",
        offered=lambda row: row.stopped_at is not None and not row.is_deleted,
        variant=ActionVariant.SUCCESS,
    )
    def resume(self, request: HttpRequest, form: BaseDialogForm, row: ProviderAccount) -> str:
        switches.resume_account(account=row, actor=actor_of(request))
        return "The account is used again."


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
