from __future__ import annotations

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from lib import phone
from organizations.admin_base import SoftDeleteAdmin, TenantForm
from organizations.models import Agent, EmailChannel, PhoneNumber, WhatsAppChannel


@admin.register(Agent)
class AgentAdmin(SoftDeleteAdmin):
    list_display = ("name", "language", "timezone", "provider_account", "external_id", "owner")
    list_filter = ("language",)
    list_select_related = ("provider_account", "owner")
    search_fields = ("name", "external_id")
    fieldsets = (
        (None, {"fields": ("organization", "name", "owner")}),
        ("At the provider", {"fields": ("provider_account", "external_id")}),
        ("Speaking", {"fields": ("language", "timezone", "opening_message")}),
    )


class PhoneNumberForm(TenantForm):
    """Take a number as people write it; it is kept in E.164."""

    number = forms.CharField(
        max_length=40, widget=UnfoldAdminTextInputWidget, help_text="with its country code, such as +39 02 1234 5678"
    )

    def clean_number(self) -> str:
        try:
            return phone.normalize(self.cleaned_data["number"], default_region=None)
        except phone.PhoneError as error:
            raise ValidationError(str(error)) from error


@admin.register(PhoneNumber)
class PhoneNumberAdmin(SoftDeleteAdmin):
    form = PhoneNumberForm
    list_display = ("number", "label", "provider_account", "external_id", "concurrency_limit")
    list_select_related = ("provider_account",)
    search_fields = ("number", "label", "external_id")
    fieldsets = (
        (None, {"fields": ("organization", "number", "label")}),
        (
            "At the provider",
            {
                "fields": ("provider_account", "external_id", "concurrency_limit"),
                "description": "The limit is how many calls may be placed from this number at once; empty: no limit.",
            },
        ),
    )


@admin.register(WhatsAppChannel)
class WhatsAppChannelAdmin(SoftDeleteAdmin):
    list_display = ("name", "provider_account", "external_id", "template_name", "template_language")
    list_select_related = ("provider_account",)
    search_fields = ("name", "external_id", "template_name")
    fieldsets = (
        (None, {"fields": ("organization", "name")}),
        ("At the provider", {"fields": ("provider_account", "external_id")}),
        (
            "Template",
            {
                "fields": ("template_name", "template_language"),
                "description": "Free text may only be sent within 24 hours of a person's own message; "
                "at any other time the provider wants a template it has approved.",
            },
        ),
    )


@admin.register(EmailChannel)
class EmailChannelAdmin(SoftDeleteAdmin):
    list_display = ("name", "from_address", "reply_to", "provider_account")
    list_select_related = ("provider_account",)
    search_fields = ("name", "from_address")
    fieldsets = (
        (None, {"fields": ("organization", "name", "from_address", "reply_to")}),
        ("At the provider", {"fields": ("provider_account",)}),
    )
