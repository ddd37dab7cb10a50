"""What a list can be asked for: the query parameters of each list, and what they mean for its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from api.caller import Caller
from api.fields import LARGEST_INTEGER, Id, Text, at_most
from api.umanize.fields import Several, Shape, Word
from api.umanize.filtersets import (
    ACTIONS,
    CALL_OUTCOMES,
    CALL_STATUSES,
    NO_OUTCOME,
    CallFilter,
    CustomerFilter,
    TargetFilter,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for. `filters` are those of this list alone, in the dialect's words."""

    limit: int
    offset: int
    sort_field: str
    sort_dir: str
    q: str | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None
    include_aggregations: bool = False
    include_deleted: bool = False
    only_deleted: bool = False
    include_stages: bool = False
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def narrows(self) -> bool:
        """Say whether anything but the page and its order was asked for."""
        return bool(self.q or self.date_from or self.date_to or self.filters or self.shows_deleted)

    @property
    def shows_deleted(self) -> bool:
        return self.include_deleted or self.only_deleted

    def dated(self, rows: QuerySet[Any], column: str = "created_at") -> QuerySet[Any]:
        """Return the rows whose `column` lies within the dates asked for, both included."""
        if self.date_from:
            rows = rows.filter(**{f"{column}__gte": self.date_from})
        return rows.filter(**{f"{column}__lte": self.date_to}) if self.date_to else rows


@extend_schema_field({"type": "string"})
class Day(serializers.DateTimeField):
    """A date or a time. A naive time is UTC; a date stands for its first instant, or its last where it ends a range."""

    def __init__(self, *, ends: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.clock_time = time.max if ends else time.min

    def to_internal_value(self, value: Any) -> datetime:
        try:
            return datetime.combine(date.fromisoformat(str(value)), self.clock_time, UTC)
        except ValueError:
            read: datetime = super().to_internal_value(value)
            return read.astimezone(UTC)


class ListParameters(Shape):
    """The parameters of every list."""

    sortable: ClassVar[Mapping[str, str]] = {"created_at": "created_at", "updated_at": "updated_at"}
    dated_by: ClassVar[str] = "created_at"
    filters: ClassVar[type[FilterSet] | None] = None

    limit = serializers.IntegerField(min_value=1, max_value=200, default=10)
    offset = serializers.IntegerField(min_value=0, default=0, validators=[at_most(LARGEST_INTEGER)])
    q = Text(longest=255, required=False)
    sort_field = Text(required=False)
    sort_dir = Word(["asc", "desc"], default="desc")
    include_aggregations = serializers.BooleanField(default=False)
    date_from = Day(required=False)
    date_to = Day(ends=True, required=False)

    def validate_sort_field(self, value: str) -> str:
        if value not in self.sortable:
            raise ValidationError(f"Input should be one of: {', '.join(sorted(self.sortable))}", code="enum")
        return value

    def asked(self) -> Asked:
        """Return what the validated parameters ask for."""
        values = dict(self.validated_data)
        common = {name: values.pop(name) for name in Asked.__slots__ if name in values}
        return Asked(**{"sort_field": "created_at", **common}, filters=values)


class DeletableParameters(ListParameters):
    """The parameters of a list whose rows can be soft-deleted."""

    include_deleted = serializers.BooleanField(default=False)
    only_deleted = serializers.BooleanField(default=False)


class CampaignParameters(DeletableParameters):
    sortable = {**ListParameters.sortable, "name": "name", "status": "status", "started_at": "started_at"}

    include_stages = serializers.BooleanField(default=False)


class CustomerCampaignParameters(DeletableParameters):
    sortable = CampaignParameters.sortable


class CustomerParameters(DeletableParameters):
    filters = CustomerFilter
    sortable = {**ListParameters.sortable, **{name: name for name in ("customer_id", "name", "surname", "email")}}

    status = Text(longest=50, required=False)


class TargetParameters(DeletableParameters):
    filters = TargetFilter
    sortable = {
        **ListParameters.sortable,
        **{name: name for name in ("stage", "ai_label", "ai_score", "calls_made", "last_contacted_at")},
    }

    stage = Text(longest=64, required=False)
    ai_label = Text(longest=16, required=False)
    action_required = serializers.RegexField(rf"^({'|'.join(ACTIONS)})$", required=False)
    assigned_agent_id = Id(required=False)


class CallParameters(ListParameters):
    """The parameters of the list of calls. Words with commas between them mean any of these."""

    sortable = {"created_at": "reserved_at", "started_at": "submit_started_at", "ended_at": "ended_at"}
    dated_by = "reserved_at"
    filters = CallFilter

    campaign_id = Several(one=Id(), required=False)
    customer_id = Id(required=False)
    status = Several(one=Word(CALL_STATUSES), required=False)
    outcome = Several(one=Word([*CALL_OUTCOMES, NO_OUTCOME]), required=False)


class ActivityParameters(ListParameters):
    sortable = {"created_at": "at"}
    dated_by = "at"


class ImportParameters(ListParameters):
    sortable = {"created_at": "created_at"}


class PurgeParameters(Shape):
    purge = serializers.BooleanField(default=False)


class CampaignPurgeParameters(PurgeParameters):
    delete_attempts = serializers.BooleanField(default=False)


class NamedParameters(ListParameters):
    """The parameters of a list of agents or channels."""

    sortable = {**ListParameters.sortable, "name": "name"}


class NumberParameters(ListParameters):
    sortable = {**ListParameters.sortable, "number": "number", "label": "label"}


class StrayParameters(Shape):
    """Parameters the vendor takes on some operations and makes no use of: checked, then ignored."""

    obj_id = Id(required=False)
    agent_id = Id(required=False)
    customer_id = Id(required=False)
    knowledge_base_id = Id(required=False)
    id = Id(required=False)


def check_deleted_allowed(asked: Asked, caller: Caller) -> None:
    """Raise PermissionDenied where somebody who is no admin asks for deleted rows."""
    if asked.shows_deleted and not caller.is_admin:
        raise PermissionDenied("Only admins may see what was deleted.")
