"""Imports in the admin. Every step calls the services the command and the APIs call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from customers.imports import (
    choose_columns,
    discard_draft,
    draft_import,
    preview_rows,
    propose_choices,
    rejected_table,
    sample_values,
)
from customers.models import CustomField, ImportJob
from lib.errors import DomainError
from organizations.admin_base import (
    WORKBOOK,
    Capability,
    FactAdmin,
    access_of,
    actor_of,
    column,
    file_response,
    operation,
)
from organizations.models import User
from targets.admin.imports.forms import ColumnsForm, UploadForm
from targets.admin.imports.report import COLOURS, in_words, is_busy, report_of, standing
from targets.import_undo import undo_import, why_not_undone
from targets.imports import headers_of, start_import, try_out_import

_STEPS = ("Upload", "Columns", "Check", "Import")


def _samples(job: ImportJob) -> list[list[str]]:
    """Return the first values of each column; none where the file cannot be read any more."""
    try:
        return list(sample_values(job=job).values())
    except DomainError:
        return [[] for _ in job.headers]


@admin.register(ImportJob)
class ImportJobAdmin(FactAdmin):
    """The list of imports, the steps that lead to one, and what became of each."""

    add_needs = Capability.OPERATE  # type: ignore[assignment]  # the base says that nobody adds facts: here, by a file
    list_display = (
        "filename",
        "where_it_stands",
        "campaign",
        "rows_read",
        "became",
        "created_by",
        "created_at",
    )
    list_filter = ("state", "dry_run")
    list_select_related = ("created_by", "campaign")
    search_fields = ("filename",)
    actions_detail = ("undo",)
    change_form_outer_before_template = "admin/customers/importjob/report.html"
    fieldsets = (
        ("The file", {"fields": ("filename", "campaign", "created_by", ("created_at", "started_at", "ended_at"))}),
        ("How it was read", {"fields": ("mapping", "default_region")}),
    )

    class Media:
        css = {"all": ["desk/imports.css"]}  # Django reads it so

    def get_urls(self) -> list[Any]:
        pages: dict[str, Callable[..., HttpResponseBase]] = {
            "columns": self.columns_page,
            "check": self.check_page,
            "start": self.start,
            "discard": self.discard,
            "status": self.status,
            "rejected": self.rejected,
        }
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        own = [path(f"<uuid:object_id>/{page}/", wrap(view), name=f"{name}_{page}") for page, view in pages.items()]
        return [*own, *super().get_urls()]

    @column("State", colours=COLOURS)
    def where_it_stands(self, job: ImportJob) -> str:
        return standing(job)

    @column("Rows", ordering="rows_total")
    def rows_read(self, job: ImportJob) -> str:
        return f"{job.rows_total:,}"

    @column("What became of them")
    def became(self, job: ImportJob) -> str:
        return in_words(job)

    # --- steps --------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take in a file."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None, access=access_of(request))
        if request.method == "POST" and form.is_valid():
            try:
                return redirect(self._address("columns", self._drafted(request, form)))
            except DomainError as refusal:
                form.show(refusal)
        return self._page(request, "upload", 0, "Import people", form=form)

    @staticmethod
    def _drafted(request: HttpRequest, form: UploadForm) -> ImportJob:
        campaign = form.cleaned_data["campaign"]
        return draft_import(
            organization=form.cleaned_data["organization"],
            filename=form.upload.name or "",
            file=form.upload,
            campaign_id=campaign.pk if campaign else None,
            default_region=form.cleaned_data["default_region"],
            created_by=request.user if isinstance(request.user, User) else None,
        )

    def columns_page(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Ask what each column holds, proposing what is remembered or what the headers say."""
        job = self._row(request, object_id, Capability.OPERATE)
        if not job.is_draft:
            return redirect(self._address("change", job))
        _proposed, is_remembered = propose_choices(organization=job.organization, headers=job.headers)
        chosen = {header: field for field, headers in job.mapping.items() for header in headers}
        custom = list(CustomField.objects.for_organization(job.organization_id))
        form = ColumnsForm(request.POST or None, headers=job.headers, proposed=chosen, custom=custom)
        if request.method == "POST" and form.is_valid():
            try:
                job = choose_columns(job=job, choices=form.choices)
                try_out_import(job=job)
                return redirect(self._address("check", job))
            except DomainError as refusal:
                form.show(refusal)
        lines = zip(form, _samples(job), strict=True)
        return self._page(
            request, "columns", 1, "What the columns hold", job, form=form, lines=lines, is_remembered=is_remembered
        )

    def check_page(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the first rows as they will be read, and what would become of all."""
        job = self._row(request, object_id, Capability.OPERATE)
        if not job.is_draft:
            return redirect(self._address("change", job))
        rows, refusal = [], ""
        try:
            rows = preview_rows(job=job)
        except DomainError as refused:
            refusal = refused.message
        context = {"rows": rows, "refusal": refusal, **report_of(job)}
        return self._page(request, "check", 2, "Check before importing", job, **context)

    def start(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Import a draft in earnest."""
        job = self._row(request, object_id, Capability.OPERATE)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            start_import(job=job, actor=actor_of(request))
        except DomainError as refused:
            messages.error(request, refused.message)
            return redirect(self._address("check", job))
        return redirect(self._address("change", job))

    def discard(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Forget a draft and its file."""
        job = self._row(request, object_id, Capability.OPERATE)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            discard_draft(job=job)
            messages.success(request, "The file was forgotten. Nobody was imported from it.")
        except DomainError as refused:
            messages.error(request, refused.message)
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    # --- one import ---------------------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show what became of an import; a draft goes on with its next step."""
        job = self.get_object(request, object_id)
        if job is not None and job.is_draft and job.file and self.may(request, Capability.OPERATE, job):
            return redirect(self._address("columns" if job.state == ImportJob.State.DRAFT else "check", job))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "show_save": False})  # type: ignore[no-any-return]  # untyped

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        job = context["original"]
        may_download = self.may(request, Capability.OPERATE, job)
        context.update(
            report_of(job), job=job, addresses=self._addresses(job), may_download=may_download, subtitle=job.filename
        )
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]  # untyped

    def status(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Answer a page that looks again: with the figures, or when all is over with the request to load it afresh."""
        job = self._row(request, object_id, Capability.VIEW)
        if not is_busy(job):
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {**report_of(job), "job": job, "addresses": self._addresses(job)}
        return TemplateResponse(request, "admin/customers/importjob/status.html", context)

    def rejected(self, request: HttpRequest, object_id: UUID) -> HttpResponseBase:
        """Hand back the rejected rows, with the reason in front of each."""
        job = self._row(request, object_id, Capability.OPERATE)
        table = rejected_table(job=job, headers=headers_of(job))
        return file_response(*table, name="rejected_rows", as_workbook=request.GET.get("format") == WORKBOOK)

    @operation(
        "Undo this import",
        needs=Capability.OPERATE,
        ask="The customers it created and the people it enrolled disappear, and values it changed become what they"
        " were. Whoever was contacted, wrote, was enrolled otherwise or was changed since stays, and is listed.",
        icon="undo",
        offered=lambda job: not why_not_undone(job),
        variant=ActionVariant.DANGER,
    )
    def undo(self, request: HttpRequest, form: BaseDialogForm, row: ImportJob) -> str:
        job = undo_import(job=row, actor=actor_of(request))
        return "The import was taken back." if job.undone_at else "The import is being taken back."

    # --- pages --------------------------------------------------------------------------------------------------

    def _row(self, request: HttpRequest, object_id: UUID, needs: Capability) -> ImportJob:
        """Return the import if the person may see it at all, and do what needs `needs`."""
        job: ImportJob | None = self.get_object(request, str(object_id))
        if job is None:
            raise Http404
        if not self.may(request, needs, job):
            raise PermissionDenied
        return job

    def _address(self, page: str, job: ImportJob) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[job.pk])

    def _addresses(self, job: ImportJob) -> dict[str, str]:
        return {
            page: self._address(page, job) for page in ("columns", "check", "start", "discard", "status", "rejected")
        }

    def _page(
        self, request: HttpRequest, name: str, step: int, title: str, job: ImportJob | None = None, **context: Any
    ) -> HttpResponse:
        shown = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": job.filename if job else None,
            "opts": self.opts,
            "media": self.media,
            "job": job,
            "addresses": self._addresses(job) if job else {},
            "steps": _STEPS,
            "step": step,
            **context,
        }
        return TemplateResponse(request, f"admin/customers/importjob/{name}.html", shown)
