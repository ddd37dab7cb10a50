"""Actions on many rows: how far each is, and what became of its rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from organizations.admin_base import BigTable, Capability, FactAdmin, actor_of, column, operation
from organizations.bulk_actions import find_bulk_action
from organizations.models import BulkJob
from organizations.services.bulk_jobs import stop_bulk_job

COLOURS = {"queued": "info", "running": "info", "completed": "success", "stopped": "warning"}


def report_of(job: BulkJob) -> dict[str, Any]:
    """Return what the status of a job shows."""
    action = find_bulk_action(job.action)
    left = job.rows_total - job.position
    return {
        "job": job,
        "colour": COLOURS[job.state],
        "percent": int(100 * job.position / max(job.rows_total, 1)),
        "tiles": [
            ("Done", job.rows_done, action.done if action else "done"),
            ("Skipped", job.rows_skipped, "with a reason"),
            ("Failed", job.rows_failed, "could not be carried out"),
            ("Left", left, "nothing was done to them" if job.is_over else "to be seen to"),
        ],
        "reasons": sorted(job.reasons.items(), key=lambda found: -found[1]["rows"]),
        "page": _page_of(action),
        "status": reverse("admin:organizations_bulkjob_status", args=[job.pk]),
    }


def _page_of(action: Any) -> str:
    """Return the name of the page of one row of the action's model."""
    if action is None:
        return ""
    opts = action.rows().model._meta
    return f"admin:{opts.app_label}_{opts.model_name}_change"


@admin.register(BulkJob)
class BulkJobAdmin(BigTable, FactAdmin):
    """What was asked for many rows at once. The workers do it; here it is watched and stopped."""

    empty_words = "They begin in the lists of targets and customers: tick rows and choose an action."
    list_display = (
        "title",
        "standing",
        "rows_total",
        "rows_done",
        "rows_skipped",
        "rows_failed",
        "created_by",
        "created_at",
    )
    list_filter = ("state",)
    list_select_related = ("created_by",)
    actions_detail = ("stop",)
    change_form_outer_before_template = "admin/organizations/bulkjob/report.html"
    fieldsets = ((None, {"fields": ("created_by", ("created_at", "started_at", "ended_at"))}),)

    class Media:
        css = {"all": ["desk/imports.css"]}  # Django reads it so

    def get_urls(self) -> list[Any]:
        status = self.admin_site.admin_view(self.status)
        return [path("<uuid:object_id>/status/", status, name="organizations_bulkjob_status"), *super().get_urls()]

    @column("State", colours=COLOURS)
    def standing(self, job: BulkJob) -> str:
        return job.state

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context.update(report_of(context["original"]), subtitle=context["original"].title)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]  # untyped

    def status(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Answer a page that looks again: with the figures, or when all is over with the request to load it afresh."""
        job: BulkJob | None = self.get_object(request, str(object_id))
        if job is None:
            raise Http404
        if job.is_over:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return TemplateResponse(request, "admin/organizations/bulkjob/status.html", report_of(job))

    @operation(
        "Stop",
        needs=Capability.OPERATE,
        ask="Nothing is done to the rows that are left. What was done stays done.",
        icon="stop_circle",
        offered=lambda job: not job.is_over,
        variant=ActionVariant.WARNING,
    )
    def stop(self, request: HttpRequest, form: BaseDialogForm, row: BulkJob) -> str:
        job = stop_bulk_job(job=row, actor=actor_of(request))
        return f"Stopped after {job.position:,} of {job.rows_total:,}." if job.state == "stopped" else "It was over."
