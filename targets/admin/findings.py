from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html_join

from organizations.admin_base import BigTable, FactAdmin, column
from targets.admin.search import SearchByPerson
from targets.models import Appointment, InboundMessage, Verification


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
