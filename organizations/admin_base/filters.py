"""Filters of lists that offer nobody the names of another organization's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.admin import site
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from organizations.admin_base.access import Capability, access_of
from organizations.models import Organization

_OFFERED = 200  # choices of one filter: more are found by searching the list of those rows itself


class OrganizationFilter(DropdownFilter):  # type: ignore[misc]  # unfold publishes no types
    """Narrow a list to one organization, for those who see several."""

    title = "organization"
    parameter_name = "organization"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.path = model_admin.organization_path
        access = access_of(request)
        rows = Organization.objects.all()
        if not access.is_superuser:
            rows = rows.filter(pk__in=access.organizations(Capability.VIEW))
        return [(str(key), name) for key, name in rows.values_list("pk", "name")[:_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return narrowed(queryset, self.path, self.value())


class DeletedFilter(DropdownFilter):  # type: ignore[misc]  # unfold publishes no types
    """Hide deleted rows unless they are asked for."""

    title = "deleted"
    parameter_name = "deleted"
    all_option = ["", "Not deleted"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("only", "Deleted"), ("too", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "too":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "only")


class RuleFilter(DropdownFilter):  # type: ignore[misc]  # unfold publishes no types
    """Narrow a list by a rule of its model. `rules` are ``{value: (words, what keeps the rows of a queryset)}``."""

    rules: ClassVar[Mapping[str, tuple[str, Callable[[Any], QuerySet[Any]]]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, words) for value, (words, _rule) in self.rules.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.rules.get(self.value())
        return chosen[1](queryset) if chosen else queryset


class RelatedFilter(DropdownFilter):  # type: ignore[misc]  # unfold publishes no types
    """Narrow a list to the rows of one parent, offering the newest parents the person may see."""

    related_model: type[Model]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = site.get_model_admin(self.related_model).get_queryset(request).order_by("-pk")[:_OFFERED]
        return [(str(row.pk), str(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return narrowed(queryset, self.parameter_name, self.value())


def narrowed(rows: QuerySet[Any], path: str, key: str | None) -> QuerySet[Any]:
    """Return the rows whose `path` is the id in `key`; all of them without one, none where it is no id."""
    if not key:
        return rows
    try:
        return rows.filter(**{path: UUID(key)})
    except ValueError:
        return rows.none()
