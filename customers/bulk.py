"""What may be done to many customers at once, each through the service that does it to one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from customers.models import Customer
from customers.services import restore_customer, soft_delete_customer
from organizations.access import Capability
from organizations.bulk_actions import BulkAction, NotForThisRow, Options, register_bulk_action
from organizations.services import Actor


def _delete(customer: Customer, actor: Actor, options: Options) -> None:
    if customer.is_deleted:
        raise NotForThisRow("they are deleted already")
    soft_delete_customer(customer=customer, actor=actor)


def _restore(customer: Customer, actor: Actor, options: Options) -> None:
    if not customer.is_deleted:
        raise NotForThisRow("they are not deleted")
    restore_customer(customer=customer, actor=actor)


def _rows() -> QuerySet[Any]:
    rows: QuerySet[Any] = Customer.all_objects.select_related("organization")
    return rows


DELETE = register_bulk_action(BulkAction("customers.delete", "deleted", Capability.OPERATE, _rows, _delete))
RESTORE = register_bulk_action(BulkAction("customers.restore", "restored", Capability.OPERATE, _rows, _restore))
