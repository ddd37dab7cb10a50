"""Find targets and attempts by the person they are about, through the indexes of customers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from customers.models import Customer
from organizations.admin_base import Capability, access_of


class SearchByPerson:
    """Search rows that have a `customer` by the customer's name, email, phone or customer id, or by an id of their own.

    Joining and searching in one condition would read every row; customers are found first, by their trigram indexes.
    """

    search_fields = ("customer__name",)
    search_help_text = "a part of the person's name, email, phone number or customer id; or an id"
    id_fields: tuple[str, ...] = ("id",)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        term = search_term.strip()
        if not term:
            return queryset, False
        for field in self.id_fields:
            found = _with_id(queryset, field, term)
            if found is not None and found.exists():
                return found, False
        return queryset.filter(customer__in=_people(request, term)), False


def _with_id(rows: QuerySet[Any], field: str, term: str) -> QuerySet[Any] | None:
    if rows.model._meta.get_field(field).get_internal_type() == "UUIDField":
        try:
            return rows.filter(**{field: UUID(term)})
        except ValueError:
            return None
    return rows.filter(**{field: term})


def _people(request: HttpRequest, term: str) -> QuerySet[Any]:
    access, people = access_of(request), Customer.all_objects.all()
    if not access.is_superuser:
        people = people.filter(organization__in=access.organizations(Capability.VIEW))
    for word in term.split():
        people = people.matching(word)
    return people.order_by().values("pk")
