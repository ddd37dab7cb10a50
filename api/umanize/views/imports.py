"""Take in files of people, and tell what became of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of
from api.umanize.filters import ImportParameters
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.imports import ImportJobOut, ImportOut, ImportRequest
from api.umanize.uploads import UploadParser, file_of
from campaigns.models import Campaign
from customers.imports import stream_rejected_rows
from customers.models import ImportJob
from targets.imports import headers_of, import_people, progress_of

_REQUEST = {"multipart/form-data": ImportRequest}
_ANSWERS = {200: ImportOut, 202: ImportJobOut}
_ADMINS = "Only admins may import: a file may name anybody the organization knows."


class ImportView(UmanizeView):
    parser_classes: Any = [UploadParser]
    leaves_the_database = True

    def imported(self, request: DialectRequest, campaign: Campaign | None) -> Response:
        caller = request.caller
        access.require_admin(caller, _ADMINS)
        file = file_of(request)
        job = import_people(
            organization=caller.organization,
            filename=file.name or "",
            file=file,
            campaign=campaign,
            user=caller.user,
        )
        if job.state == ImportJob.State.COMPLETED:
            return Response(ImportOut(job).data)
        return Response(ImportJobOut(shown(job)).data, status.HTTP_202_ACCEPTED)


class CustomersImport(ImportView):
    @extend_schema(operation_id="import_customers", tags=["imports"], request=_REQUEST, responses=_ANSWERS)
    def post(self, request: DialectRequest) -> Response:
        return self.imported(request, None)


class CampaignTargetsImport(ImportView):
    @extend_schema(operation_id="import_campaign_targets", tags=["imports"], request=_REQUEST, responses=_ANSWERS)
    def post(self, request: DialectRequest, campaign_id: str) -> Response:
        return self.imported(request, access.one(access.campaigns(request.caller), self.ids["campaign_id"]))


class Imports(UmanizeView):
    @extend_schema(
        operation_id="list_imports",
        tags=["imports"],
        parameters=[ImportParameters],
        responses=envelope(ImportJobOut),
    )
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, ImportParameters)
        rows = access.imports(request.caller)
        page = Page.of(rows.filter(filename__icontains=asked.q) if asked.q else rows, asked, ImportParameters)
        for job in page.rows:
            shown(job, with_progress=False)
        return page.answer(ImportJobOut, {} if asked.include_aggregations else None)


class ImportDetail(UmanizeView):
    @extend_schema(operation_id="get_import", tags=["imports"], responses=ImportJobOut)
    def get(self, request: DialectRequest, import_id: str) -> Response:
        job = access.one(access.imports(request.caller), self.ids["import_id"])
        return Response(ImportJobOut(shown(job)).data)


class ImportErrors(UmanizeView):
    @extend_schema(
        operation_id="download_import_errors", tags=["imports"], responses={(200, "text/csv"): OpenApiTypes.STR}
    )
    def get(self, request: DialectRequest, import_id: str) -> HttpResponse:
        """Answer with the rejected rows as CSV: corrected, without the first three columns, they can be imported."""
        job = access.one(access.imports(request.caller), self.ids["import_id"])
        lines = stream_rejected_rows(job=job, headers=headers_of(job))
        response = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="errors.csv"'
        return response


def shown(job: ImportJob, *, with_progress: bool = True) -> ImportJob:
    """Put on a job what its serializer shows and no column holds."""
    is_over = job.state == ImportJob.State.COMPLETED
    progress = progress_of(job) if with_progress else (1.0 if is_over else None)
    vars(job).update(total=job.rows_total - job.rows_blank, progress=progress, error=job.error or None)
    return job
