"""The envelope of every list: a page of rows, and an echo of what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from rest_framework import serializers
from rest_framework.response import Response

from api.umanize.fields import AnyObject, Shape, Word
from api.umanize.filters import Asked

Row = TypeVar("Row", bound=Model)


class SortOut(Shape):
    field = serializers.CharField()
    direction = Word(["asc", "desc"])


class MetaOut(Shape):
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    sort = SortOut(required=False)


class QueryOut(Shape):
    q = serializers.CharField(required=False)
    filters = AnyObject(required=False)
    date_from = serializers.DateTimeField(required=False)
    date_to = serializers.DateTimeField(required=False)
    sort = SortOut(required=False)


class AggregationsOut(Shape):
    quick_filters = serializers.DictField(child=serializers.IntegerField(), required=False)
    extra = AnyObject(required=False)


@cache
def envelope(item: type[Shape]) -> type[Shape]:
    """Return the shape of a page of `item`, under the name the contract gives it."""
    fields = {
        "data": item(many=True),
        "meta": MetaOut(),
        "query": QueryOut(),
        "aggregations": AggregationsOut(required=False),
    }
    return type(f"PaginatedResponse_{item.__name__}_", (Shape,), fields)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some of the rows that were asked for, and how many there are."""

    rows: list[Row]
    total: int
    asked: Asked

    @classmethod
    def of(
        cls,
        rows: QuerySet[Row],
        asked: Asked,
        sortable: Mapping[str, str],
        count: Callable[[], int] | None = None,
    ) -> Page[Row]:
        """Read a page of `rows`; `count` counts them where that is cheaper than asking the database to."""
        rows = asked.dated(rows)
        total = count() if count else rows.count()
        ordered = rows.order_by(*_order(rows, sortable[asked.sort_field], descends=asked.sort_dir == "desc"))
        return cls(list(ordered[asked.offset : asked.offset + asked.limit]), total, asked)

    def answer(self, item: type[Shape], aggregations: Mapping[str, Any] | None = None) -> Response:
        asked, sort = self.asked, {"field": self.asked.sort_field, "direction": self.asked.sort_dir}
        answer = {
            "data": self.rows,
            "meta": {"total": self.total, "limit": asked.limit, "offset": asked.offset, "sort": sort},
            "query": {
                "q": asked.q,
                "filters": _echo(asked),
                "date_from": asked.date_from,
                "date_to": asked.date_to,
                "sort": sort,
            },
            "aggregations": aggregations,
        }
        return Response(envelope(item)(answer).data)


def _order(rows: QuerySet[Any], column: str, *, descends: bool) -> tuple[OrderBy, str]:
    # Empty values come last both ways. Columns that have none must not say so: their indexes would not be used.
    empties = {"nulls_last": True} if rows.model._meta.get_field(column).null else {}
    # The ids break ties the way the indexes (…, -created_at, id) do, whichever way they are read.
    return (F(column).desc(**empties), "id") if descends else (F(column).asc(**empties), "-id")


def _echo(asked: Asked) -> dict[str, Any]:
    shown = {name: str(value) for name, value in asked.filters.items()}
    flags = ("include_deleted", "only_deleted", "include_stages")
    return shown | {name: True for name in flags if getattr(asked, name)}
