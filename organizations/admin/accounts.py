"""Accounts with vendors: what kind one is, is said once; its page then asks for just what that kind needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from lib.crypto import SecretError
from organizations import switches
from organizations.admin.reasons import ReasonForm
from organizations.admin_base import Capability, SoftDeleteAdmin, TenantForm, actor_of, column, operation
from organizations.credentials import EMAIL_SERVICES, SERVICE, Credential, credentials_of
from organizations.models import ProviderAccount
from organizations.services import change_credentials, read_credentials, set_credentials, webhook_address
from providers.email.services import MAIL_SERVER

EMAIL = ProviderAccount.Kind.EMAIL
_MAIL_SERVER_ADDRESS = "smtp://host:587, smtps://… or smtp+starttls://…; empty: the platform's own server"
_ADDRESSES: Mapping[str, str] = {
    EMAIL: "of the service's API, where that is not the usual one, such as for another region",
    ProviderAccount.Kind.ANALYSIS: "of the endpoint, up to …/v1",
}
_KEPT = "Kept encrypted. Secrets are never shown again: leave a field empty to keep what is stored."
_UNREADABLE = (
    "What is stored cannot be read with the keys this server is set up with, so nothing goes out through this account "
    "and nothing can be changed here until whoever runs it has brought the key back."
)


def _stored(account: ProviderAccount) -> dict[str, str] | None:
    """Return what is stored for an account, None where the server's keys cannot read it."""
    try:
        return read_credentials(account)
    except SecretError:
        return None


def _service(account: ProviderAccount) -> str:
    """Return the name of the email service an account is with, `MAIL_SERVER` for every other account."""
    stored = _stored(account) or {}
    return stored.get(SERVICE, MAIL_SERVER) if account.kind == EMAIL else MAIL_SERVER


def _address_help(account: ProviderAccount) -> str:
    is_mail_server = account.kind == EMAIL and _service(account) == MAIL_SERVER
    return _MAIL_SERVER_ADDRESS if is_mail_server else _ADDRESSES.get(account.kind, "")


class NewAccountForm(TenantForm):
    service = forms.ChoiceField(
        choices=[*EMAIL_SERVICES.items()],
        required=False,
        widget=UnfoldAdminSelectWidget,
        label="Email service",
        help_text="who sends this account's emails",
    )


class AccountForm(TenantForm):
    """Credentials go in; secrets never come out: an empty field keeps what is stored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = _stored(self.instance)
        self._credentials = () if stored is None else credentials_of(self.instance.kind, _service(self.instance))
        stored = stored or {}
        for credential in self._credentials:
            self.fields[credential.name] = _field(credential, stored)
        self.fields["forget"] = forms.MultipleChoiceField(
            choices=[(each.name, each.label) for each in self._credentials if each.is_secret and each.name in stored],
            required=False,
            label="Delete what is stored",
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )

    @property
    def given(self) -> dict[str, str]:
        return {each.name: self.cleaned_data[each.name] for each in self._credentials}

    @property
    def forgotten(self) -> frozenset[str]:
        return frozenset(self.cleaned_data["forget"])


def _field(credential: Credential, stored: dict[str, str]) -> forms.Field:
    said: dict[str, Any] = {"required": False, "label": credential.label, "help_text": credential.meaning}
    if credential.is_secret:
        placeholder = "stored; leave it empty to keep it" if credential.name in stored else "not set"
        attrs = {"autocomplete": "new-password", "placeholder": placeholder}
        return forms.CharField(widget=UnfoldAdminPasswordWidget(attrs=attrs), **said)
    said["initial"] = stored.get(credential.name, next(iter(credential.choices), ""))
    if credential.choices:
        return forms.ChoiceField(choices=[*credential.choices.items()], widget=UnfoldAdminSelectWidget, **said)
    return forms.CharField(widget=UnfoldAdminTextInputWidget, **said)


def _asked_of(account: ProviderAccount) -> tuple[str, dict[str, Any]]:
    """Return the part of the page that asks for the credentials of an account."""
    stored = _stored(account)
    if stored is None:
        return "Credentials", {"fields": (), "description": _UNREADABLE}
    asked = credentials_of(account.kind, _service(account))
    may_forget = any(each.is_secret and each.name in stored for each in asked)
    names = (*(each.name for each in asked), *(("forget",) if may_forget else ()))
    return "Credentials", {"fields": names, "description": _KEPT}


@admin.register(ProviderAccount)
class ProviderAccountAdmin(SoftDeleteAdmin):
    form = AccountForm
    audit_hides = frozenset({"base_url"})  # of a mail server, it may hold a password
    list_display = ("name", "kind", "state", "concurrency_limit", "calls_per_second", "created_at")
    list_filter = ("kind",)
    search_fields = ("name",)
    readonly_fields = ("id", "state", "stopped_at", "stopped_reason", "email_service", "webhook_address")
    actions_detail = ("stop", "resume", *SoftDeleteAdmin.actions_detail)
    conditional_fields: ClassVar[Any] = {"service": f"kind == '{EMAIL.value}'"}
    add_fieldsets = (
        (
            None,
            {
                "fields": ("organization", "name", "kind", "service"),
                "description": "Its credentials are asked for on the next page. Kind and service stay as they are: "
                "for another one add another account.",
            },
        ),
        ("Limits", {"fields": ("concurrency_limit", "calls_per_second")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        kind = ("kind", "email_service") if obj.kind == EMAIL else ("kind",)
        fieldsets = [
            (None, {"fields": ("organization", "name", kind, "base_url")}),
            *([_asked_of(obj)] if self.has_change_permission(request, obj) else []),
            ("Webhooks", {"fields": ("webhook_address",)}),
            ("Limits", {"fields": (("concurrency_limit", "calls_per_second"),)}),
            ("State", {"fields": ("state", "stopped_at", "stopped_reason", "id")}),
        ]
        return self.for_viewer(request, fieldsets)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "kind"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            return super().get_form(request, obj, change, form=NewAccountForm, **kwargs)
        # Without the credentials, which are on the page but are no fields of the model.
        kwargs["fields"] = ("name", "base_url", "concurrency_limit", "calls_per_second")
        form = super().get_form(request, obj, change, **kwargs)
        if "base_url" in form.base_fields and (address := _address_help(obj)):
            form.base_fields["base_url"].help_text = address
        return form

    def save_model(self, request: HttpRequest, obj: ProviderAccount, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        actor, service = actor_of(request), form.cleaned_data.get(SERVICE)
        if change:
            change_credentials(account=obj, given=form.given, forgotten=form.forgotten, actor=actor)
        elif obj.kind == EMAIL and service:
            set_credentials(account=obj, credentials={SERVICE: service}, actor=actor)

    def response_add(self, request: HttpRequest, obj: ProviderAccount, *args: Any, **kwargs: Any) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:  # asked for by another page, which takes it and goes on
            return super().response_add(request, obj, *args, **kwargs)  # type: ignore[no-any-return]  # untyped
        self.message_user(request, "The account was added. It works once it has its credentials.")
        return redirect(reverse("admin:organizations_provideraccount_change", args=[obj.pk]))

    @column("State", colours={"on": "success", "stopped": "danger"})
    def state(self, account: ProviderAccount) -> str:
        return "stopped" if account.stopped_at else "on"

    @column("Email service")
    def email_service(self, account: ProviderAccount) -> str:
        return "unknown" if _stored(account) is None else EMAIL_SERVICES.get(_service(account), "unknown")

    @column("Address to give to the vendor")
    def webhook_address(self, account: ProviderAccount) -> str:
        if account.credentials_encrypted and _stored(account) is None:
            return "unknown until what is stored can be read"
        return webhook_address(account) or "none: nothing comes back through this account"

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
