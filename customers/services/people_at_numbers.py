"""Find the customers that phone numbers mean, many at once, and create those who are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from customers.models import Customer, CustomerQuerySet
from customers.services.cleaning import MOST_PHONES
from customers.services.identity import lock_identities
from lib.db.bulk import insert_rows
from lib.db.clock import read_clock
from lib.ids import new_id
from organizations.models import Organization


def people_at_numbers(
    *, organization: Organization, numbers: Sequence[Sequence[str]], other_than: Collection[UUID] = ()
) -> list[UUID]:
    """Return a customer for each of `numbers`, lists of E.164 numbers of one person each: a constant of statements.

    The person is who has the first of the numbers, the oldest of several; who is `other_than`, or was named before, is
    somebody else. Whoever is not there is created with these numbers. Takes the lock of `lock_identities`.
    """
    lock_identities(organization.pk)
    known = _known(organization, [each[0] for each in numbers], other_than)
    at = read_clock()
    new: list[Customer] = []
    people: list[UUID] = []
    for each in numbers:
        same_number = known[each[0]]
        if same_number:
            people.append(same_number.pop())
            continue
        new.append(_somebody(organization, each, at))
        people.append(new[-1].pk)
    insert_rows(new)
    return people


def _known(organization: Organization, firsts: Sequence[str], other_than: Collection[UUID]) -> dict[str, list[UUID]]:
    """Return the customers at each number, the oldest last."""
    rows: CustomerQuerySet = Customer.objects.for_organization(organization).filter(phone__in=set(firsts))
    found: defaultdict[str, list[UUID]] = defaultdict(list)
    for number, customer_id in rows.order_by("-created_at", "-id").values_list("phone", "pk"):
        if customer_id not in other_than:
            found[number].append(customer_id)
    return found


def _somebody(organization: Organization, numbers: Sequence[str], at: datetime) -> Customer:
    phone, *others = numbers
    return Customer(
        id=new_id(),
        organization=organization,
        phone=phone,
        other_phones=[number for number in others if number != phone][:MOST_PHONES],
        created_at=at,
    )
