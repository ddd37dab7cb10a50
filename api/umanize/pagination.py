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

from api.fields import AnyObject
from api.umanize.fields import Shape, Word
from api.umanize.filters import Asked, ListParameters
from api.umanize.filtersets import narrowed

Row = TypeVar("Row", bound=Model)
# Counting costs a look at every row: beyond so many, the total says only that there are more.
MOST_COUNTED = 10_000


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
        parameters: type[ListParameters],
        count: Callable[[], int] | None = None,
    ) -> Page[Row]:
        """Read the page of `rows` that was asked for; `count` counts them where that is cheaper than the database."""
        rows = narrowed(asked.dated(rows, parameters.dated_by), parameters.filters, asked.filters)
        column = parameters.sortable[asked.sort_field]
        ordered = rows.order_by(*_order(rows, column, descends=asked.sort_dir == "desc"))
        page = list(ordered[asked.offset : asked.offset + asked.limit])
        return cls(page, count() if count else _capped(rows, asked, len(page)), asked)

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


def _capped(rows: QuerySet[Any], asked: Asked, on_page: int) -> int:
    """Count `rows` up to `MOST_COUNTED`. Of more, say as many as are known, so that nobody stops reading too early."""
    counted = rows.order_by()[: MOST_COUNTED + 1].count()
    if counted <= MOST_COUNTED:
        return counted
    another = 1 if on_page == asked.limit else 0
    return max(MOST_COUNTED, asked.offset + on_page + another)


def _order(rows: QuerySet[Any], column: str, *, descends: bool) -> tuple[OrderBy, str]:
    # Empty values come last both ways. Columns that have none must not say so: their indexes would not be used.
    empties = {"nulls_last": True} if rows.model._meta.get_field(column).null else {}
    # The ids break ties the way the indexes (…, -created_at, id) do, whichever way they are read.
    return (F(column).desc(**empties), "id") if descends else (F(column).asc(**empties), "-id")


def _echo(asked: Asked) -> dict[str, Any]:
    shown: dict[str, Any] = {name: _shown(value) for name, value in asked.filters.items()}
    flags = ("include_deleted", "only_deleted", "include_stages")
    return shown | {name: True for name in flags if getattr(asked, name)}


def _shown(value: Any) -> Any:
    return [str(item) for item in value] if isinstance(value, list) else str(value)
