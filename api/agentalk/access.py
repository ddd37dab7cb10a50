"""What a caller may see: their organization, and of a superuser every one. Every query of the dialect starts here."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404

from api.caller import Caller
from campaigns.models import Campaign
from customers.models import Customer, CustomerQuerySet, CustomField
from organizations.models import Agent, PhoneNumber

Row = TypeVar("Row", bound=Model)


def campaigns(caller: Caller) -> QuerySet[Campaign]:
    """Return the campaigns; not the one that only holds contacts of no campaign."""
    rows: QuerySet[Campaign] = Campaign.objects.for_organization(caller.reach)
    return rows.filter(is_adhoc=False)


def customers(caller: Caller) -> CustomerQuerySet:
    rows: CustomerQuerySet = Customer.objects.for_organization(caller.reach)
    return rows


def custom_fields(caller: Caller) -> QuerySet[CustomField]:
    rows: QuerySet[CustomField] = CustomField.objects.for_organization(caller.reach)
    return rows


def only_agent(caller: Caller) -> Agent | None:
    """Return the agent of an organization that has one, None where there is none or a choice."""
    rows: QuerySet[Agent] = Agent.objects.for_organization(caller.organization)
    return _only(rows)


def only_phone_number(caller: Caller) -> PhoneNumber | None:
    """Return the number of an organization that has one, None where there is none or a choice."""
    rows: QuerySet[PhoneNumber] = PhoneNumber.objects.for_organization(caller.organization)
    return _only(rows)


def one(rows: QuerySet[Row], id_in_path: str) -> Row:
    """Return the row with this id. Raises Http404 alike for what is no id, not there, or not the caller's to see."""
    try:
        key = UUID(id_in_path)
    except ValueError:
        raise Http404 from None
    row = rows.filter(pk=key).first()
    if row is None:
        raise Http404
    return row


def _only(rows: QuerySet[Row]) -> Row | None:
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None
