from __future__ import annotations

from django.contrib import admin

from organizations.admin_base import BigTable, Capability, FactAdmin
from targets.models import InboxEvent, OutboxMessage


@admin.register(InboxEvent)
class InboxEventAdmin(BigTable, FactAdmin):
    """Webhooks as they came. Bodies stay in the database: they hold whole conversations."""

    view_needs = Capability.PLATFORM
    organization_path = "provider_account__organization_id"
    list_display = (
        "received_at",
        "receiver",
        "provider_account",
        "deliveries",
        "tries",
        "processed_at",
        "result",
        "error",
    )
    list_filter = ("receiver", ("processed_at", admin.EmptyFieldListFilter))
    list_select_related = ("provider_account",)
    search_fields = ("event_key__exact",)
    search_help_text = "the whole key of an event"
    fieldsets = (
        (None, {"fields": ("receiver", "provider_account", "event_key", "received_at", "deliveries")}),
        ("Processing", {"fields": ("processed_at", "result", "tries", "next_try_at", "error")}),
    )


@admin.register(OutboxMessage)
class OutboxMessageAdmin(BigTable, FactAdmin):
    view_needs = Capability.PLATFORM
    list_display = ("created_at", "topic", "target_id", "tries", "next_try_at", "sent_at", "error")
    list_filter = ("topic", ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("target_id__exact",)
    search_help_text = "the id of a target"
    fieldsets = (
        (None, {"fields": ("organization", "topic", "dedupe", "target_id", "body")}),
        ("Sending", {"fields": ("created_at", "sent_at", "tries", "next_try_at", "error")}),
    )
