from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Number
from api.umanize.fields import Shape, Word
from customers.models import ImportJob

ERRORS_SHOWN = 1_000
_STATES = [state for state in ImportJob.State.values if state != ImportJob.State.DRAFT]  # drafts are the admin's


@extend_schema_field({"type": "string", "format": "binary"})
class Upload(serializers.FileField):
    """A file of a multipart body."""


class ImportRequest(Shape):
    """A CSV file or an Excel workbook (.xlsx) whose first row names the columns, in any usual spelling."""

    file = Upload()


class ImportErrorOut(Shape):
    """Why a row was not imported. `row` counts as a spreadsheet does, the header being 1."""

    row = serializers.IntegerField()
    field = serializers.CharField(required=False)
    message = serializers.CharField()


class ImportOut(Shape):
    """What became of a file: `total` = `created` + `updated` + `skipped` + rows with an error."""

    id = serializers.UUIDField()
    state = Word(_STATES)
    total = serializers.IntegerField()
    created = serializers.IntegerField(source="rows_created")
    updated = serializers.IntegerField(source="rows_updated")
    skipped = serializers.IntegerField(source="rows_duplicate")
    rejected = serializers.IntegerField(source="rows_rejected")
    targets_created = serializers.IntegerField()
    targets_skipped = serializers.IntegerField()
    errors = ImportErrorOut(many=True)  # type: ignore[assignment]  # a property of the answer, not of the class

    def to_representation(self, instance: Any) -> dict[str, Any]:
        vars(instance)["total"] = instance.rows_total - instance.rows_blank
        vars(instance)["errors"] = [
            {"row": found.row, "field": found.field or None, "message": found.message}
            for found in instance.rejections.order_by("row")[:ERRORS_SHOWN]
        ]
        return super().to_representation(instance)


class ImportJobOut(Shape):
    """A file on its way into the database. `progress` is 0..1, absent while nobody knows how many rows there are."""

    id = serializers.UUIDField()
    state = Word(_STATES)
    filename = serializers.CharField()
    campaign_id = serializers.UUIDField(required=False)
    progress = Number(required=False)
    total = serializers.IntegerField()
    created = serializers.IntegerField(source="rows_created")
    updated = serializers.IntegerField(source="rows_updated")
    skipped = serializers.IntegerField(source="rows_duplicate")
    rejected = serializers.IntegerField(source="rows_rejected")
    targets_created = serializers.IntegerField()
    targets_skipped = serializers.IntegerField()
    error = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(required=False)
    ended_at = serializers.DateTimeField(required=False)
