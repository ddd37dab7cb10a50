"""Take a customer out of the organization's book, and with that out of every campaign."""

from __future__ import annotations

from django.db import transaction

from customers.models import Customer
from customers.services import soft_delete_customer
from lib.db.clock import read_clock
from organizations.services import Actor
from targets.models import CampaignTarget


@transaction.atomic
def remove_customer(*, customer: Customer, actor: Actor | None = None) -> None:
    """Hide a customer and their targets: nobody contacts them any more. What is under way ends as it does.

    An attempt that is only reserved is given back when it would be sent. Raises CustomerNotFound.
    """
    soft_delete_customer(customer=customer, actor=actor)
    CampaignTarget.objects.filter(customer=customer).soft_delete(read_clock())
