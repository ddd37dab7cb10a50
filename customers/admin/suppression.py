from __future__ import annotations

from contextlib import suppress as suppress_errors
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from customers.models import DialLedger, Suppression
from customers.services.addresses import address_hashes, stored_form
from customers.suppressions import lift_suppression, suppress
from lib import clock
from lib.errors import InvalidField
from lib.wakeup import wake
from organizations.admin_base import (
    BigTable,
    Capability,
    FactAdmin,
    TenantAdmin,
    TenantForm,
    access_of,
    actor_of,
    column,
    operation,
)
from organizations.models import Organization


class SuppressionForm(TenantForm):
    address = forms.CharField(
        max_length=254,
        widget=UnfoldAdminTextInputWidget,
        help_text="a phone number with its country code, or an email address; only a hash of it is kept",
    )


def _hashes_of(text: str, regions: set[str]) -> set[str]:
    """Return what an address as people write it may be kept by, none where it is no address.

    A number without a country code may belong to any of `regions`.
    """
    hashes: set[str] = set()
    for region in (None, *regions):
        with suppress_errors(InvalidField):
            hashes.update(address_hashes(stored_form(text.strip(), region)))
    return hashes


def _regions(request: HttpRequest) -> set[str]:
    """Return the countries of the organizations somebody sees."""
    organizations = Organization.objects.exclude(default_region="")
    if not access_of(request).is_superuser:
        organizations = organizations.filter(pk__in=access_of(request).organizations(Capability.VIEW))
    return set(organizations.order_by().values_list("default_region", flat=True).distinct())


@admin.register(Suppression)
class SuppressionAdmin(BigTable, TenantAdmin):
    """Addresses nobody contacts. They are added and lifted, never changed, so that what held when stays known."""

    form = SuppressionForm
    add_needs = Capability.OPERATE
    change_needs = delete_needs = None
    list_display = ("hint", "channel_or_all", "source", "reason", "state", "expires_at", "created_at")
    list_filter = ("channel", "source")
    search_fields = ("address_hash",)
    search_help_text = "a whole phone number or a whole email address, in any form"
    actions_detail = ("lift",)
    fieldsets = (
        (None, {"fields": ("organization", "hint", "channel_or_all", "state")}),
        ("Why", {"fields": ("source", "reason")}),
        ("Dates", {"fields": ("created_at", "expires_at", "lifted_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("organization", "address", "channel", "reason", "expires_at"),
                "description": "It holds at once, for every campaign. No organization: for the whole platform.",
            },
        ),
    )
    readonly_fields = ("hint", "channel_or_all", "state", "created_at")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(address_hash__in=_hashes_of(search_term, _regions(request))), False

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        suppression = suppress(
            organization=obj.organization,
            address=form.cleaned_data["address"],
            channel=obj.channel,
            source=Suppression.Source.OPERATOR,
            reason=obj.reason,
            expires_at=obj.expires_at,
            actor=actor_of(request),
        )
        wake("targets.apply_suppressions")
        self.adopt(obj, suppression)

    @column("Address")
    def hint(self, suppression: Suppression) -> str:
        return f"…{suppression.address_hint}"

    @column("Channel", ordering="channel")
    def channel_or_all(self, suppression: Suppression) -> str:
        return suppression.get_channel_display() or "every channel"

    @column("State", colours={"in force": "danger", "lifted": "success", "expired": "success"})
    def state(self, suppression: Suppression) -> str:
        if suppression.lifted_at:
            return "lifted"
        return "expired" if suppression.expires_at and suppression.expires_at <= clock.now() else "in force"

    @operation(
        "Lift",
        needs=Capability.OPERATE,
        ask="This person may be contacted again. Do it only where they asked for it.",
        icon="lock_open",
        offered=lambda row: row.lifted_at is None,
    )
    def lift(self, request: HttpRequest, form: BaseDialogForm, row: Suppression) -> str:
        lift_suppression(suppression=row, actor=actor_of(request))
        return "The suppression was lifted."


@admin.register(DialLedger)
class DialLedgerAdmin(BigTable, FactAdmin):
    list_display = ("submitted_at", "channel", "attempt_id")
    list_filter = ("channel",)
    search_fields = ("attempt_id__exact",)
    search_help_text = "the id of an attempt"
    fieldsets = ((None, {"fields": ("submitted_at", "channel", "attempt_id", "address_hash", "hash_key_version")}),)
