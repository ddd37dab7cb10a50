"""The audit log, to be read: who changed what, when, and what it was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter

from lib import clock
from organizations.admin_base import BigTable, FactAdmin, RelatedFilter, column
from organizations.models import ApiKey, AuditEvent, User

_LONGEST_SUMMARY = 3
_PERIODS: Mapping[str, tuple[str, timedelta]] = {
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
    "month": ("the last 30 days", timedelta(days=30)),
}


class WhoFilter(RelatedFilter):
    title = "who"
    parameter_name = "user"
    related_model = User


class WhatFilter(DropdownFilter):  # type: ignore[misc]  # unfold publishes no types
    title = "what"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        models = sorted(admin.site._registry, key=lambda model: str(model._meta.verbose_name))
        return [(model._meta.label_lower, str(model._meta.verbose_name)) for model in models]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(object_type=self.value()) if self.value() else queryset


class WhenFilter(DropdownFilter):  # type: ignore[misc]  # unfold publishes no types
    title = "when"
    parameter_name = "within"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, words) for key, (words, _length) in _PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        period = _PERIODS.get(self.value() or "")
        return queryset.filter(at__gte=clock.now() - period[1]) if period else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(BigTable, FactAdmin):
    list_display = ("at", "who", "action", "what", "summary")
    list_select_related = ("user",)
    list_filter = (WhoFilter, WhatFilter, WhenFilter)
    search_fields = ("object_id__exact", "action__istartswith", "request_id__exact")
    search_help_text = "the id of what was changed, the start of an action such as campaign., or the id of a request"
    readonly_fields = ("who", "what", "before_and_after")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": (("at", "who"), ("action", "what"), "before_and_after")}),
        ("Request", {"fields": ("request_id",)}),
    )

    @column("Who")
    def who(self, event: AuditEvent) -> str:
        if event.user is not None:
            return str(event.user)
        return "a program with a key" if event.api_key_id else "the platform"

    @column("What")
    def what(self, event: AuditEvent) -> str:
        """Name the kind of object, as a link to its page where it has one."""
        try:
            meta = apps.get_model(event.object_type)._meta
            address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[event.object_id])
        except (LookupError, ValueError, NoReverseMatch):
            return event.object_type
        return format_html('<a href="{}">{}</a>', address, str(meta.verbose_name))

    @column("Changes")
    def summary(self, event: AuditEvent) -> str:
        names = sorted(event.changes)
        more = len(names) - _LONGEST_SUMMARY
        return ", ".join(names[:_LONGEST_SUMMARY]) + (f" and {more} more" if more > 0 else "")

    @column("Before and after")
    def before_and_after(self, event: AuditEvent) -> str:
        keys = ApiKey.objects.filter(pk=event.api_key_id) if event.api_key_id else ()
        context = {"changes": sorted(_pairs(event.changes)), "key": next(iter(keys), None)}
        return render_to_string("admin/organizations/audit_changes.html", context)


def _pairs(changes: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    for field, values in changes.items():
        before, after = values if isinstance(values, list) and len(values) == 2 else (None, values)
        yield field, before, after
