"""Hand out the rows of a list as a file: what the person may see, as filtered, in constant memory, and written down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Expression, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from lib.tabular import MOST_SHEET_ROWS, stream_csv_safe, stream_workbook
from organizations.admin_base.access import Capability, access_of, actor_of
from organizations.models import Organization, User
from organizations.services.audit import record_audit

ROWS_AT_ONCE = 2_000
WORKBOOK = "xlsx"  # what a request says that wants an Excel workbook and not CSV
_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TOO_LONG = (
    f"This list has more rows than a sheet of Excel takes, which is {MOST_SHEET_ROWS:,} with the header. "
    "Narrow it with a filter, or export it as CSV."
)


class Exported:
    """A list that can be taken away as CSV or as an Excel workbook by whoever may operate.

    `export_columns` is ``{header: field, by its look-up, or expression}``. Rows are read in parts by their primary key,
    newest first: no transaction stays open, and a row that changes meanwhile appears once, as it was when its part was
    read.
    """

    export_needs: ClassVar[Capability] = Capability.OPERATE
    export_columns: ClassVar[Mapping[str, str | Expression]]
    list_before_template = "admin/export.html"

    class Media:
        css = {"all": ["desk/imports.css"]}  # Django reads it so

    def get_urls(self: Any) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]  # type: ignore[misc]  # of the page this is mixed into

    def changelist_view(self: Any, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_export = self.may(request, self.export_needs)
        return super().changelist_view(request, {**(extra_context or {}), "may_export": may_export})  # type: ignore[misc, no-any-return]  # as above

    def export(self: Any, request: HttpRequest) -> HttpResponseBase:
        """Answer with the listed rows. A POST, so that no other site's link can start it."""
        if not self.may(request, self.export_needs):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            listed = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
        rows = self.permitted(request, listed.queryset, self.export_needs)
        as_workbook = request.POST.get("format") == WORKBOOK
        if as_workbook and rows.order_by()[:MOST_SHEET_ROWS].count() == MOST_SHEET_ROWS:  # the header is one of them
            self.message_user(request, _TOO_LONG, messages.ERROR)
            return redirect(f"../?{request.GET.urlencode()}")
        self._audit_export(request, sorted({*listed.get_filters_params(), *(["search"] if listed.query else [])}))
        return file_response(
            list(self.export_columns),
            in_parts(rows, list(self.export_columns.values())),
            name=f"{self.opts.model_name}s",
            as_workbook=as_workbook,
        )

    def _audit_export(self: Any, request: HttpRequest, filters: list[str]) -> None:
        """Write down who took what away: by organization, or for a superuser who asked for all, once for the platform.

        Only the names of the filters are kept: what somebody searched for may be a person.
        """
        action = f"{self.opts.verbose_name}s.exported".replace(" ", "_")
        changes = {"filters": [None, filters]}
        for organization in self._organizations_exported(request):
            subject: Any = organization or request.user
            record_audit(
                organization=organization,
                action=action,
                subject=subject,
                changes=changes,
                actor=actor_of(request),
            )

    def _organizations_exported(self: Any, request: HttpRequest) -> list[Organization | None]:
        access, asked = access_of(request), _id(request.GET.get("organization", ""))
        organizations = Organization.objects.all()
        if not access.is_superuser:
            organizations = organizations.filter(pk__in=access.organizations(self.export_needs))
        if asked:
            organizations = organizations.filter(pk=asked)
        elif access.is_superuser and isinstance(request.user, User):
            return [None]
        return list(organizations)


def in_parts(rows: QuerySet[Any], columns: Sequence[str | Expression]) -> Iterator[list[Any]]:
    """Yield these columns of rows by descending primary key, reading some thousand rows at a time."""
    chosen = rows.order_by("-pk").values_list("pk", *columns)
    part = list(chosen[:ROWS_AT_ONCE])
    while part:
        for _pk, *cells in part:
            yield [_plain(cell) for cell in cells]
        part = list(chosen.filter(pk__lt=part[-1][0])[:ROWS_AT_ONCE]) if len(part) == ROWS_AT_ONCE else []


def file_response(
    headers: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str, as_workbook: bool
) -> StreamingHttpResponse:
    """Answer with a file to be saved: CSV as it is made, or a workbook once it is."""
    suffix, content_type = ("xlsx", _WORKBOOK_TYPE) if as_workbook else ("csv", "text/csv; charset=utf-8")
    content: Iterator[Any] = (stream_workbook if as_workbook else stream_csv_safe)(headers, rows)
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    response["Cache-Control"] = "no-store"
    return response


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
