"""The two envelopes of lists: by limit and offset under the rows' own name, and DRF's numbered pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

Row = TypeVar("Row", bound=Model)


def slice_of(rows: QuerySet[Row], asked: Mapping[str, Any]) -> tuple[list[Row], int]:
    """Return the rows a list was asked for, newest first, and how many there are."""
    total, limit, offset = rows.count(), asked["limit"], asked["offset"]
    return list(rows.order_by("-created_at", "id")[offset : offset + limit]), total


def envelope(name: str, shown: Sequence[Any], total: int, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shown, "total": total, "limit": asked["limit"], "offset": asked["offset"]}


def page_of(rows: QuerySet[Row], asked: Mapping[str, Any]) -> tuple[list[Row], int]:
    """Return the rows of a numbered page in the order given, and how many there are. Raises NotFound beyond the end."""
    total, size = rows.count(), asked["page_size"]
    first = (asked["page"] - 1) * size
    if first and first >= total:
        raise NotFound("Invalid page.")
    return list(rows[first : first + size]), total


def numbered(request: Request, shown: Sequence[Any], total: int, asked: Mapping[str, Any]) -> dict[str, Any]:
    page, size = asked["page"], asked["page_size"]
    return {
        "count": total,
        "next": _address(request, page + 1, size) if page * size < total else None,
        "previous": _address(request, page - 1, size) if page > 1 else None,
        "results": shown,
    }


def _address(request: Request, page: int, size: int) -> str:
    return request.build_absolute_uri(f"{request.path}?page={page}&page_size={size}")
