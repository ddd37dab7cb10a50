"""Decide who is who: which customer of an organization a customer id, an email address and a phone number mean."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError

from customers.models import Customer, CustomerQuerySet

_LOCK_SEED = 11  # keeps these locks apart from those of other purposes


def lock_identities(organization_id: UUID) -> None:
    """Let no one else look people up in order to create the missing ones, until the transaction ends.

    Imports take it for each batch, so that two of them cannot both create the same person. Raises
    TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("the lock on identities lives as long as a transaction: open one")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [str(organization_id), _LOCK_SEED])


def find_by_identity(
    *, organization_id: UUID, customer_id: str | None, email: str | None, phone: str | None
) -> Customer | None:
    """Return whom these mean, given in their stored form: by customer id, else by email, else by phone.

    Two different customer ids are never one person. Of several customers with one address, the oldest is meant.
    `customers.imports.matching` says the same for a whole batch.
    """
    people: CustomerQuerySet = Customer.objects.for_organization(organization_id).order_by("created_at", "id")
    found: Customer | None = None
    if customer_id:
        found = people.filter(customer_id=customer_id).first()
        people = people.filter(customer_id__isnull=True)
    if found is None and email:
        found = people.filter(email=email).first()
    if found is None and phone:
        found = people.filter(phone=phone).first()
    return found
