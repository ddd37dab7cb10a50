from __future__ import annotations

from django.contrib import admin

from customers.models import ImportJob, ImportRejection
from organizations.admin_base import BigTable, FactAdmin, FactInline, RelatedFilter, column


class RejectionInline(FactInline):
    model = ImportRejection
    fields = ("row", "field", "message")
    verbose_name_plural = "rejected rows"
    per_page = 20
    show_change_link = False


@admin.register(ImportJob)
class ImportJobAdmin(FactAdmin):
    list_display = (
        "filename",
        "coloured_state",
        "rows_total",
        "rows_created",
        "rows_updated",
        "rows_rejected",
        "targets_created",
        "created_by",
        "created_at",
    )
    list_filter = ("state", "dry_run")
    list_select_related = ("created_by",)
    search_fields = ("filename",)
    inlines = (RejectionInline,)
    fieldsets = (
        (None, {"fields": ("filename", "coloured_state", "error", "campaign", "created_by", "dry_run")}),
        (
            "Rows",
            {
                "fields": (
                    ("rows_total", "last_row"),
                    ("rows_created", "rows_updated"),
                    ("rows_duplicate", "rows_rejected", "rows_blank"),
                    ("targets_created", "targets_skipped"),
                )
            },
        ),
        ("How it is read", {"fields": ("mapping", "default_region")}),
        ("Dates", {"fields": ("created_at", "started_at", "ended_at")}),
    )

    @column(
        "State",
        ordering="state",
        colours={"queued": "info", "running": "info", "completed": "success", "failed": "danger"},
    )
    def coloured_state(self, job: ImportJob) -> str:
        return job.state


class JobFilter(RelatedFilter):
    title = "import"
    parameter_name = "job"
    related_model = ImportJob


@admin.register(ImportRejection)
class ImportRejectionAdmin(BigTable, FactAdmin):
    list_display = ("job", "row", "field", "message")
    list_select_related = ("job",)
    list_filter = (JobFilter,)
    fieldsets = ((None, {"fields": ("job", "row", "field", "message", "values")}),)
