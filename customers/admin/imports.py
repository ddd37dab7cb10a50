from __future__ import annotations

from django.contrib import admin

from customers.models import ImportJob, ImportRejection
from organizations.admin_base import BigTable, FactAdmin, RelatedFilter


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
