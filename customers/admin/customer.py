from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from customers.bulk import DELETE, RESTORE
from customers.models import Customer, CustomField
from customers.services import CustomerData, create_customer, restore_customer, soft_delete_customer, update_customer
from organizations.admin_base import (
    BigTable,
    BulkActions,
    Capability,
    Exported,
    SoftDeleteAdmin,
    TenantAdmin,
    TenantForm,
    Wish,
    actor_of,
    column,
)

_DATA = (
    "customer_id",
    "name",
    "surname",
    "email",
    "phone",
    "other_phones",
    "status",
    "timezone",
    "language",
    "tags",
    "custom_fields",
    "agent",
)


class CustomerForm(TenantForm):
    """Take addresses as people write them; the service brings them into their one form."""

    checked_by_service = frozenset({"customer_id", "phone", "email"})
    field_of: ClassVar[Mapping[str, str]] = {"duplicate_customer_id": "customer_id"}

    phone = forms.CharField(
        max_length=40,
        required=False,
        empty_value=None,
        widget=UnfoldAdminTextInputWidget,
        help_text="without a country code it is taken as one of the organization's country",
    )


@admin.register(Customer)
class CustomerAdmin(Exported, BulkActions, BigTable, SoftDeleteAdmin):
    empty_words = "Add one, or import a file of them."
    form = CustomerForm
    export_columns: ClassVar[Mapping[str, str]] = {
        **{name: name for name in (*_DATA[:-1], "created_at", "updated_at", "deleted_at")},
        "organization": "organization__slug",
    }
    add_needs = change_needs = delete_needs = Capability.OPERATE
    list_display = ("person", "phone", "email", "customer_id", "status", "tags", "created_at")
    search_fields = ("name", "surname", "email", "phone", "customer_id")
    search_help_text = "a part of a name, email, phone number or customer id; three letters or more are fast"
    readonly_fields = ("last_inbound_at", "erased_at", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("organization", ("name", "surname"), ("customer_id", "status"))}),
        (
            "How to reach them",
            {
                "fields": ("phone", "other_phones", "email", "language", "timezone"),
                "description": "Other phones are tried in their order when the first does not answer; "
                "separate them with commas. The time zone decides when a call is allowed; "
                "empty: from the phone number.",
            },
        ),
        ("What we know", {"fields": ("tags", "custom_fields")}),
        ("Who looks after them", {"fields": ("owner", "agent")}),
        ("Record", {"fields": ("last_inbound_at", "created_at", "updated_at", "erased_at")}),
    )
    add_fieldsets = fieldsets[:-1]

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        # With one organization in view its own index gives the order; with several the primary key does.
        one = not self._sees_several(request) or request.GET.get("organization")
        return ("-created_at", "id") if one else ("-id",)

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        actor, data = actor_of(request), form.cleaned_data
        if change:
            stored = Customer.objects.get(pk=obj.pk)
            update_customer(customer=stored, changes={f: data[f] for f in form.changed_data}, actor=actor)
            return
        customer = create_customer(
            organization=obj.organization,
            data=CustomerData(**{field: data[field] for field in _DATA}),
            owner=data["owner"],
            actor=actor,
        )
        self.adopt(obj, customer)

    def hide(self, request: HttpRequest, row: Customer) -> None:
        soft_delete_customer(customer=row, actor=actor_of(request))

    def restore(self, request: HttpRequest, row: Customer) -> None:
        restore_customer(customer=row, actor=actor_of(request))

    @admin.action(description="Delete selected", permissions=["hide"])
    def delete_selected_rows(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        ask = "They disappear from every list. You can bring them back: filter the list by “deleted”."
        return self.carry_out(request, queryset, Wish(DELETE, "Delete", ask))

    @admin.action(description="Restore selected", permissions=["hide"])
    def restore_selected_rows(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self.carry_out(request, queryset, Wish(RESTORE, "Restore", "They will be there again, as they were."))

    @column("Name")
    def person(self, customer: Customer) -> str:
        return str(customer)


@admin.register(CustomField)
class CustomFieldAdmin(TenantAdmin):
    list_display = ("label", "key", "type")
    search_fields = ("label", "key")
    fieldsets = ((None, {"fields": ("organization", "label", "key", "type")}),)
