from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html_join
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from organizations.admin_base import BigTable, FactAdmin, column
from targets.admin.search import SearchByPerson
from targets.models import Appointment, InboundMessage, ReviewItem, Verification


@admin.register(Verification)
class VerificationAdmin(BigTable, FactAdmin):
    list_display = ("at", "person", "campaign", "coloured_verdict", "label", "score", "analyzer")
    list_select_related = ("target__customer", "target__campaign")
    readonly_fields = ("evidence",)
    fieldsets = (
        (None, {"fields": ("organization", "target", ("verdict", "label", "score"), "rationale", "evidence")}),
        ("Read by", {"fields": ("analyzer", "analyzer_version", "at", "analysis")}),
    )

    @column("Person")
    def person(self, verification: Verification) -> str:
        return str(verification.target.customer)

    @column("Campaign")
    def campaign(self, verification: Verification) -> str:
        return str(verification.target.campaign)

    @column("Verdict", colours={"met": "success", "not_met": "danger", "unclear": "warning"})
    def coloured_verdict(self, verification: Verification) -> str:
        return verification.verdict

    @column("In the person's words")
    def evidence(self, verification: Verification) -> str:
        quotes = ((quote.get("text", ""),) for quote in verification.quotes if isinstance(quote, dict))
        return format_html_join("", '<blockquote class="desk-quote">{}</blockquote>', quotes)


@admin.register(InboundMessage)
class InboundMessageAdmin(SearchByPerson, BigTable, FactAdmin):
    list_display = ("received_at", "customer", "channel", "text")
    list_filter = ("channel",)
    list_select_related = ("customer",)
    fieldsets = (
        (None, {"fields": ("organization", "customer", "target", "channel", "text", "received_at", "provider_id")}),
    )


@admin.register(ReviewItem)
class ReviewItemAdmin(BigTable, FactAdmin):
    list_display = ("created_at", "person", "campaign", "kind", "reason", "state", "decided_by")
    list_filter = (("kind", ChoicesDropdownFilter), ("decided_at", admin.EmptyFieldListFilter))
    list_select_related = ("target__customer", "target__campaign", "decided_by")
    fieldsets = (
        (None, {"fields": ("organization", "target", "attempt", "kind", "reason", "created_at")}),
        ("Decision", {"fields": ("decision", "decided_by", "decided_at")}),
    )

    @column("Person")
    def person(self, item: ReviewItem) -> str:
        return str(item.target.customer)

    @column("Campaign")
    def campaign(self, item: ReviewItem) -> str:
        return str(item.target.campaign)

    @column("State", colours={"open": "warning", "decided": "success"})
    def state(self, item: ReviewItem) -> str:
        return "decided" if item.decided_at else "open"


@admin.register(Appointment)
class AppointmentAdmin(BigTable, FactAdmin):
    list_display = ("starts_at", "person", "campaign", "label", "cancelled_at")
    list_select_related = ("target__customer", "target__campaign")
    fieldsets = (
        (None, {"fields": ("organization", "target", "attempt", "starts_at", "label", "cancelled_at", "created_at")}),
    )

    @column("Person")
    def person(self, appointment: Appointment) -> str:
        return str(appointment.target.customer)

    @column("Campaign")
    def campaign(self, appointment: Appointment) -> str:
        return str(appointment.target.campaign)
