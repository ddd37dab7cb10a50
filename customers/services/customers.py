from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from django.db import IntegrityError, transaction

from customers.exceptions import CustomerNotFound, DuplicateCustomerId, RestoreConflict
from customers.models import Customer
from customers.services.cleaning import CLEANERS
from customers.services.identity import find_by_identity, lock_identities
from lib.db.constraints import broken_constraint
from lib.errors import InvalidField
from organizations.models import Agent, Organization, User
from organizations.services import Actor, changes_between, record_audit

# What the audit log may tell the values of; of everything else about a person it tells only that it changed.
_NOT_PERSONAL = ("status", "timezone", "language", "agent_id")
_COLUMNS = (*CLEANERS, "agent_id")
_HIDDEN = ["hidden", "hidden"]


@dataclass(frozen=True, slots=True)
class CustomerData:
    """A customer as somebody writes them down; services bring every field into its stored form."""

    customer_id: str | None = None
    name: str | None = None
    surname: str | None = None
    email: str | None = None
    phone: str | None = None
    other_phones: Sequence[str] = ()
    status: str | None = None
    timezone: str = ""
    language: str = ""
    tags: Sequence[str] = ()
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    agent: Agent | None = None


def create_customer(
    *, organization: Organization, data: CustomerData, owner: User | None = None, actor: Actor | None = None
) -> Customer:
    """Create a customer. Numbers without a country are read as the organization's default region.

    Does not look for the same person: see `find_or_create_customer`. Raises InvalidField, DuplicateCustomerId.
    """
    customer = Customer(organization=organization, owner=owner)
    _assign(customer, {item.name: getattr(data, item.name) for item in fields(data)})
    with transaction.atomic():
        _write(customer, force_insert=True)
        record_audit(organization=organization, action="customer.created", subject=customer, actor=actor)
    return customer


@transaction.atomic
def find_or_create_customer(
    *, organization: Organization, data: CustomerData, owner: User | None = None, actor: Actor | None = None
) -> tuple[Customer, bool]:
    """Return whom `data` means, unchanged, or create them; and whether they were created.

    Takes the lock of `lock_identities`, so that two requests at once create one customer. Raises InvalidField.
    """
    lock_identities(organization.pk)
    found = find_customer(organization=organization, customer_id=data.customer_id, email=data.email, phone=data.phone)
    if found:
        return found, False
    return create_customer(organization=organization, data=data, owner=owner, actor=actor), True


@transaction.atomic
def create_or_update_customer(
    *,
    organization: Organization,
    phone: str,
    changes: Mapping[str, Any],
    owner: User | None = None,
    actor: Actor | None = None,
) -> tuple[Customer, bool]:
    """Give whoever has this number the values of `changes`, or create them; return them and whether they are new.

    `changes` are fields of `CustomerData`; of `custom_fields` those that are not named stay as they are. Of several
    customers with the number the oldest is meant. Takes the lock of `lock_identities`, so that two requests at once
    create one customer. Raises InvalidField (also for a text that is no number), DuplicateCustomerId.
    """
    lock_identities(organization.pk)
    if not CLEANERS["phone"](phone, organization.default_region or None):
        raise InvalidField("phone", "this must be a phone number")
    found = find_customer(organization=organization, phone=phone)
    if found is None:
        data = CustomerData(**{**changes, "phone": phone})
        return create_customer(organization=organization, data=data, owner=owner, actor=actor), True
    if "custom_fields" in changes:
        merged = {**found.custom_fields, **CLEANERS["custom_fields"](changes["custom_fields"], None)}
        changes = {**changes, "custom_fields": merged}
    return update_customer(customer=found, changes=changes, actor=actor), False


def find_customer(
    *, organization: Organization, customer_id: str | None = None, email: str | None = None, phone: str | None = None
) -> Customer | None:
    """Return the customer these mean: by customer id, else by email, else by phone; of several, the oldest.

    Values may be written in any form. Two different customer ids are never one person. Raises InvalidField.
    """
    given = {"customer_id": customer_id, "email": email, "phone": phone}
    keys = {name: CLEANERS[name](value, organization.default_region or None) for name, value in given.items()}
    return find_by_identity(organization_id=organization.pk, **keys)


@transaction.atomic
def update_customer(*, customer: Customer, changes: Mapping[str, Any], actor: Actor | None = None) -> Customer:
    """Change fields of `CustomerData`; return the fresh row, which is locked until the transaction ends.

    Lists and `custom_fields` are replaced as a whole. Raises InvalidField, DuplicateCustomerId, CustomerNotFound.
    """
    row = _locked(customer, deleted=False)
    before = {column: getattr(row, column) for column in _COLUMNS}
    _assign(row, changes)
    changed = changes_between(before, row)
    if changed:
        _write(row, update_fields=[*changed, "updated_at"])
        told = {column: values if column in _NOT_PERSONAL else _HIDDEN for column, values in changed.items()}
        record_audit(organization=row.organization, action="customer.updated", subject=row, changes=told, actor=actor)
    return row


@transaction.atomic
def soft_delete_customer(*, customer: Customer, actor: Actor | None = None) -> None:
    """Hide a customer, who keeps every row that belongs to them. Raises CustomerNotFound."""
    row = _locked(customer, deleted=False)
    Customer.all_objects.filter(pk=row.pk).soft_delete()
    record_audit(organization=row.organization, action="customer.deleted", subject=row, actor=actor)


@transaction.atomic
def restore_customer(*, customer: Customer, actor: Actor | None = None) -> Customer:
    """Bring a deleted customer back; suppressions stay as they are. Raises CustomerNotFound, RestoreConflict."""
    row = _locked(customer, deleted=True)
    row.deleted_at = None
    try:
        _write(row, update_fields=["deleted_at", "updated_at"])
    except DuplicateCustomerId as error:
        raise RestoreConflict from error
    record_audit(organization=row.organization, action="customer.restored", subject=row, actor=actor)
    return row


def _locked(customer: Customer, *, deleted: bool) -> Customer:
    rows = Customer.all_objects.select_for_update(no_key=True).filter(pk=customer.pk, deleted_at__isnull=not deleted)
    row: Customer | None = rows.first()
    if row is None:
        raise CustomerNotFound(customer.pk)
    return row


def _assign(customer: Customer, values: Mapping[str, Any]) -> None:
    """Set fields in their stored form; nothing is written."""
    region = customer.organization.default_region or None
    for name, value in values.items():
        if name == "agent":
            customer.agent = _own_agent(customer, value)
        elif name in CLEANERS:
            setattr(customer, name, CLEANERS[name](value, region))
        else:
            raise TypeError(f"a customer has no field {name} that can be set")
    customer.other_phones = [number for number in customer.other_phones if number != customer.phone]


def _own_agent(customer: Customer, agent: Agent | None) -> Agent | None:
    if agent is not None and agent.organization_id != customer.organization_id:
        raise InvalidField("agent", "there is no such agent")
    return agent


def _write(customer: Customer, **how: Any) -> None:
    try:
        with transaction.atomic():
            customer.save(**how)
    except IntegrityError as error:
        if broken_constraint(error) == "customer_id_unique":
            raise DuplicateCustomerId from None  # the database's message repeats the customer id
        raise
